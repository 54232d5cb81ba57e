namespace Pare.Evaluation;

/// <summary>How often a network errs on the images that it is surest of.</summary>
/// <param name="Coverage">Their share of all images, above 0 and up to 1.</param>
/// <param name="Risk">The share of them that is wrong, 0 to 1.</param>
public sealed record RiskPoint(double Coverage, double Risk);
