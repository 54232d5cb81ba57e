namespace Pare.Evaluation;

/// <summary>The images whose confidence lies in one interval.</summary>
/// <param name="From">Confidences above this, 0 to 1.</param>
/// <param name="To">Confidences up to and with this, 0 to 1.</param>
/// <param name="Images">How many images.</param>
/// <param name="Confidence">Their mean confidence, 0 to 1; 0 without images.</param>
/// <param name="Accuracy">Their accuracy, 0 to 1; 0 without images.</param>
public sealed record CalibrationBin(double From, double To, int Images, double Confidence, double Accuracy);
