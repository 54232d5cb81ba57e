namespace Pare.Robustness;

/// <summary>A section that could not be measured.</summary>
/// <param name="Section">Its name.</param>
/// <param name="Reason">Why, a sentence.</param>
public sealed record NotMeasured(string Section, string Reason);
