using Pare.Evaluation;

namespace Pare.Robustness;

/// <summary>How right the network is where it answers only for the test images that it is surest of, at temperature 1.</summary>
/// <param name="AccuracyAt90">The accuracy on the surest 90 % of the images, 0 to 1.</param>
/// <param name="AccuracyAt95">The accuracy on the surest 95 %.</param>
/// <param name="Area">The area under risk and coverage, 0 to 1: less is better.</param>
/// <param name="Curve">Risk over coverage.</param>
/// <param name="Thresholds">How sure it must be for some wished accuracies; empty without validation images.</param>
public sealed record ConfidenceRecord(double AccuracyAt90, double AccuracyAt95, double Area, IReadOnlyList<RiskPoint> Curve,
    IReadOnlyList<ThresholdRecord> Thresholds);
