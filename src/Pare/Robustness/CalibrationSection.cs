using Pare.Evaluation;

namespace Pare.Robustness;

/// <summary>Whether the network is as often right as it is sure.</summary>
internal sealed class CalibrationSection : RobustnessSection
{
    public override string Name => "calibration";

    public override long Passes(RobustnessInputs inputs) => inputs.ValidationPasses(this);

    public override RobustnessRecord Measure(RobustnessInputs inputs, RobustnessRecord record)
    {
        LabelledLogits test = inputs.Clean;
        bool[] correct = test.Correct();
        (double error, double adaptive, IReadOnlyList<CalibrationBin> bins) = Errors(1);
        TemperedCalibration? tempered = null;
        if (inputs.Validation is { } validation)
        {
            TemperatureFit fit = Temperature.Fit(validation);
            (double temperedError, double temperedAdaptive, _) = Errors(fit.Temperature);
            tempered = new TemperedCalibration(fit, temperedError, temperedAdaptive, test.NegativeLogLikelihood(fit.Temperature),
                test.BrierScore(fit.Temperature));
        }

        return record with
        {
            Calibration = new CalibrationRecord(error, adaptive, test.NegativeLogLikelihood(), test.BrierScore(), bins, tempered),
        };

        (double Error, double Adaptive, IReadOnlyList<CalibrationBin> Bins) Errors(double temperature)
        {
            double[] confidences = test.Confidences(temperature);
            var bins = Evaluation.Calibration.Of(confidences, correct);
            return (bins.ExpectedError, Evaluation.Calibration.OfEqualMass(confidences, correct).ExpectedError, bins.Bins);
        }
    }
}
