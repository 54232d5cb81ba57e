namespace Pare.Robustness;

/// <summary>How well confidence tells the test images from pictures of none of the classes.</summary>
/// <param name="Sets">A result a set of strangers.</param>
public sealed record StrangersRecord(IReadOnlyList<StrangerResult> Sets);
