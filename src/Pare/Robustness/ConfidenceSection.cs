using Pare.Evaluation;

namespace Pare.Robustness;

/// <summary>What is gained where the network may say that it is not sure.</summary>
internal sealed class ConfidenceSection : RobustnessSection
{
    private static readonly double[] s_wished = [0.9, 0.95, 0.99, 0.995, 0.999];

    public override string Name => "confidence";

    public override long Passes(RobustnessInputs inputs) => inputs.ValidationPasses(this);

    public override RobustnessRecord Measure(RobustnessInputs inputs, RobustnessRecord record)
    {
        double[] confidences = inputs.Clean.Confidences();
        bool[] correct = inputs.Clean.Correct();
        var curve = RiskCoverage.Of(confidences, correct);
        IReadOnlyList<ThresholdRecord> thresholds = [];
        if (inputs.Validation is { } validation)
        {
            (double[] held, bool[] right) = (validation.Confidences(), validation.Correct());
            thresholds = [.. s_wished.Select(wished => Of(wished, SureThreshold.Choose(held, right, wished)))];
        }

        return record with
        {
            Confidence = new ConfidenceRecord(curve.AccuracyAt(0.9), curve.AccuracyAt(0.95), curve.Area, curve.Curve(), thresholds),
        };

        ThresholdRecord Of(double wished, SureThreshold? chosen)
        {
            if (chosen is null) return new ThresholdRecord(wished, null, null, null);
            int[] sure = [.. Enumerable.Range(0, correct.Length).Where(i => confidences[i] >= chosen.Threshold)];
            return new ThresholdRecord(wished, chosen, (double)sure.Length / correct.Length,
                sure.Length == 0 ? null : (double)sure.Count(i => correct[i]) / sure.Length);
        }
    }
}
