using Pare.Evaluation;

namespace Pare.Robustness;

/// <summary>A threshold that was chosen on the validation images, and what comes of it on the test images.</summary>
/// <param name="Wished">The accuracy that is wished, 0 to 1.</param>
/// <param name="Chosen">The threshold; null where none is sure to be enough.</param>
/// <param name="Coverage">The share of the test images that get an answer, 0 to 1; null without a threshold.</param>
/// <param name="Accuracy">Their accuracy, 0 to 1; null where there are none.</param>
public sealed record ThresholdRecord(double Wished, SureThreshold? Chosen, double? Coverage, double? Accuracy);
