using Pare.Data;

namespace Pare.Robustness;

/// <summary>Some images of a set.</summary>
/// <param name="Images">The set; its classes are numbered as the network's outputs.</param>
/// <param name="Indices">Which of them.</param>
public sealed record ChosenImages(ImageSet Images, IReadOnlyList<int> Indices);
