namespace Pare.Evaluation;

/// <summary>A mistake and how often it was made.</summary>
/// <param name="True">The true class, by its index.</param>
/// <param name="Predicted">The class that it was taken for, by its index.</param>
/// <param name="Images">How many images.</param>
public sealed record ConfusedPair(int True, int Predicted, int Images);
