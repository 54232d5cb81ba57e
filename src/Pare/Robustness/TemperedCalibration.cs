using Pare.Evaluation;

namespace Pare.Robustness;

/// <summary>What a temperature, fitted to validation images, does to the calibration on the test images; it changes no class.</summary>
/// <param name="Fit">The temperature, and its effect on the validation images.</param>
/// <param name="ExpectedError">Expected calibration error on the test images with 15 bins of equal width, 0 to 1.</param>
/// <param name="AdaptiveError">The same with 15 bins of as many images each.</param>
/// <param name="NegativeLogLikelihood">On the test images, in nats.</param>
/// <param name="BrierScore">On the test images, 0 to 2.</param>
public sealed record TemperedCalibration(TemperatureFit Fit, double ExpectedError, double AdaptiveError, double NegativeLogLikelihood,
    double BrierScore);
