using Pare.Evaluation;

namespace Pare.Robustness;

/// <summary>How far the network's confidence can be trusted on the test images, without a temperature.</summary>
/// <param name="ExpectedError">Expected calibration error with 15 bins of equal width, 0 to 1.</param>
/// <param name="AdaptiveError">The same with 15 bins of as many images each.</param>
/// <param name="NegativeLogLikelihood">The mean of -log p of the true class, in nats.</param>
/// <param name="BrierScore">The mean of sum (p - y)^2 over the classes, 0 to 2.</param>
/// <param name="Bins">The bins of equal width.</param>
/// <param name="Tempered">The same with a temperature that was fitted to the validation images; null where there are none.</param>
public sealed record CalibrationRecord(double ExpectedError, double AdaptiveError, double NegativeLogLikelihood, double BrierScore,
    IReadOnlyList<CalibrationBin> Bins, TemperedCalibration? Tempered);
