using Pare.Evaluation;
using Pare.Graphs;
using Pare.Robustness;

namespace Pare.Tests.Robustness;

public class ConfidenceSectionTests
{
    [Fact]
    public void Temperature_and_thresholds_come_from_the_validation_images_alone()
    {
        RobustnessRecord with = Measure(new ChosenImages(GoldenNetwork.Pictures(), [.. Enumerable.Range(0, 30)]));
        var validation = new LabelledLogits(Logits().AsSpan(..(30 * 3)), GoldenNetwork.Pictures().Labels[..30], 3);
        TemperatureFit fit = Temperature.Fit(validation);
        Assert.Equal(fit, with.Calibration!.Tempered!.Fit);
        Assert.Null(fit.Kept);
        var test = new LabelledLogits(Logits(), GoldenNetwork.Pictures().Labels, 3);
        Assert.Equal(test.NegativeLogLikelihood(fit.Temperature), with.Calibration.Tempered.NegativeLogLikelihood);
        Assert.Equal(test.NegativeLogLikelihood(), with.Calibration.NegativeLogLikelihood);
        Assert.Equal(test.BrierScore(), with.Calibration.BrierScore);
        Assert.Equal([0.9, 0.95, 0.99, 0.995, 0.999], with.Confidence!.Thresholds.Select(static threshold => threshold.Wished));
        Assert.All(with.Confidence.Thresholds, static threshold => Assert.Null(threshold.Chosen));

        RobustnessRecord without = Measure(null);
        Assert.Null(without.Calibration!.Tempered);
        Assert.Empty(without.Confidence!.Thresholds);
        Assert.Equal(with.Calibration with { Tempered = null, Bins = [] }, without.Calibration with { Bins = [] });
    }

    private static RobustnessRecord Measure(ChosenImages? validation)
    {
        Network network = GoldenNetwork.Make("silu");
        using var classifier = ImageClassifier.Of(network, GoldenNetwork.Normalization, threads: 1);
        return RobustnessEvaluation.Measure(classifier,
            new RobustnessData { Name = "golden", Test = GoldenNetwork.Pictures(), Validation = validation },
            new RobustnessOptions { Sections = ["calibration", "confidence"], Threads = 1 });
    }

    private static float[] Logits()
    {
        using var classifier = ImageClassifier.Of(GoldenNetwork.Make("silu"), GoldenNetwork.Normalization, threads: 1);
        var logits = new float[GoldenNetwork.Images * GoldenNetwork.Classes];
        classifier.Logits(GoldenNetwork.Pictures().Pixels.ToArray(), logits);
        return logits;
    }
}
