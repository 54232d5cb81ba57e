using Pare.Evaluation;

namespace Pare.Tests.Evaluation;

/// <summary>Against NumPy and exact fractions: <c>tools/golden/confidence.py</c> printed the numbers.</summary>
public class ConfidenceGoldenTests
{
    private const int Images = 400, Classes = 5;

    [Theory]
    [InlineData(1.0, 0.245912873203, 0.240320019965, 1.022662995862, 0.457346882077)]
    [InlineData(2.5, 0.399099635511, 0.399099635511, 1.097737415017, 0.554306721422)]
    public void Calibration_errors_likelihood_and_Brier_score(double temperature, double equalWidth, double equalMass, double likelihood,
        double brier)
    {
        LabelledLogits images = Make();
        double[] confidences = images.Confidences(temperature);
        Assert.Equal(equalWidth, Calibration.Of(confidences, images.Correct()).ExpectedError, 1e-11);
        Assert.Equal(equalMass, Calibration.OfEqualMass(confidences, images.Correct()).ExpectedError, 1e-11);
        Assert.Equal(likelihood, images.NegativeLogLikelihood(temperature), 1e-11);
        Assert.Equal(brier, images.BrierScore(temperature), 1e-11);
    }

    [Fact]
    public void The_temperature_is_that_of_a_search_without_derivatives()
    {
        TemperatureFit fit = Temperature.Fit(Make());
        Assert.Equal(1.3126749, fit.Temperature, 1e-6);
        Assert.Equal(1.022662995862, fit.Before, 1e-11);
        Assert.Equal(0.997670871010, fit.After, 1e-11);
        Assert.InRange(fit.Steps, 1, 10);
        Assert.Null(fit.Kept);
    }

    [Fact]
    public void Risk_and_coverage()
    {
        LabelledLogits images = Make();
        var curve = RiskCoverage.Of(images.Confidences(), images.Correct());
        Assert.Equal(0.162872633215, curve.Area, 1e-11);
        Assert.Equal(0.830555555556, curve.AccuracyAt(0.9), 1e-11);
        Assert.Equal(0.826315789474, curve.AccuracyAt(0.95), 1e-11);
        Assert.Equal(images.Accuracy, curve.AccuracyAt(1), 1e-12);
    }

    [Fact]
    public void Known_images_and_strangers()
    {
        double[] all = Make().Confidences(), known = all[..250];
        double[] strangers = [.. known[..50], .. all[300..].Select(static confidence => Math.Pow(confidence, 1.2))];
        Assert.Equal(0.495680000000, RocArea.Of(known, strangers), 1e-11);
        Assert.Equal(0.873333333333, RocArea.StrangersPassing(known, strangers), 1e-11);
    }

    [Theory]
    [InlineData(0, 10, 0.1, 3.486784401000e-01)]
    [InlineData(3, 50, 0.01, 9.984038269093e-01)]
    [InlineData(37, 1000, 0.05, 3.066439004793e-02)]
    [InlineData(400, 1000, 0.5, 1.364232078033e-10)]
    public void The_binomial_distribution(int failures, int images, double probability, double expected) =>
        Assert.Equal(1, Binomial.AtMost(failures, images, probability) / expected, 1e-9);

    [Theory]
    [InlineData(0, 10, 0.05, 0.258865550893)]
    [InlineData(3, 50, 0.025, 0.165481946604)]
    [InlineData(37, 1000, 0.0025, 0.057006661315)]
    public void The_bound_of_Clopper_and_Pearson(int failures, int images, double risk, double expected) =>
        Assert.Equal(expected, Binomial.UpperBound(failures, images, risk), 1e-9);

    [Theory]
    [InlineData(0.80, 0, 2000, 267, 0.843873919461)]
    [InlineData(0.90, 0.349723569809, 1300, 94, 0.905252252566)]
    public void The_threshold_of_a_wished_accuracy(double wished, double above, int sure, int wrong, double bound)
    {
        (double[] confidences, bool[] right) = TwoThousand();
        SureThreshold? chosen = SureThreshold.Choose(confidences, right, wished);
        Assert.NotNull(chosen);
        Assert.Equal((sure, wrong), (chosen.Sure, chosen.Wrong));
        Assert.Equal(above, chosen.Threshold, 1e-11);
        Assert.Equal(bound, chosen.Bound, 1e-9);
        Assert.True(chosen.Bound >= wished);
        Assert.Equal(sure, confidences.Count(confidence => confidence >= chosen.Threshold));
    }

    [Fact]
    public void A_wish_that_no_threshold_surely_fulfils_has_none()
    {
        (double[] confidences, bool[] right) = TwoThousand();
        Assert.Null(SureThreshold.Choose(confidences, right, wished: 0.95));
    }

    private static (double[] Confidences, bool[] Right) TwoThousand()
    {
        double[] confidences = [.. Enumerable.Range(0, 2000).Select(static m => m * 0.6180339887498949 % 1)];
        return (confidences, [.. confidences.Select(static (sure, m) => m * 0.7548776662466927 % 1 < 0.6 + (0.4 * Math.Sqrt(sure)))]);
    }

    private static LabelledLogits Make()
    {
        float[] logits = [.. Enumerable.Range(0, Images * Classes).Select(static k => (float)(3 * Math.Sin((0.7 * k * k) + (0.1 * k))))];
        int[] labels = [.. Enumerable.Range(0, Images).Select(n => n % 4 < 3 ? Largest(logits.AsSpan(n * Classes, Classes))
            : ((n * n) + (n / 2)) % Classes)];
        return new LabelledLogits(logits, labels, Classes);
    }

    private static int Largest(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int k = 1; k < values.Length; k++) best = values[k] > values[best] ? k : best;
        return best;
    }
}
