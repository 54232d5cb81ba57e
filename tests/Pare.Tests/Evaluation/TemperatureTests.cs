using Pare.Evaluation;

namespace Pare.Tests.Evaluation;

public class TemperatureTests
{
    [Fact]
    public void It_never_raises_the_loss_never_changes_a_class_and_nothing_near_it_is_better()
    {
        var random = new SeededRandom(5);
        for (int trial = 0; trial < 200; trial++)
        {
            int classes = 1 + random.NextInt(6), images = 1 + random.NextInt(40);
            float scale = MathF.Exp(random.NextBetween(-4, 4));
            float[] logits = [.. Enumerable.Range(0, images * classes).Select(_ => scale * random.NextNormal())];
            int[] labels = [.. Enumerable.Range(0, images).Select(_ => random.NextInt(classes))];
            var validation = new LabelledLogits(logits, labels, classes);
            TemperatureFit fit = Temperature.Fit(validation);
            Assert.True(fit.After <= fit.Before, $"{trial}: {fit}");
            Assert.Equal(validation.NegativeLogLikelihood(fit.Temperature), fit.After);
            Assert.True(Temperature.IsValid(fit.Temperature));
            float[] divided = [.. logits.Select(logit => (float)(logit / fit.Temperature))];
            Assert.Equal(validation.Predicted, new LabelledLogits(divided, labels, classes).Predicted);
            if (fit.Kept is not null)
            {
                Assert.Equal(1, fit.Temperature);
                continue;
            }

            foreach (double factor in new[] { 0.9, 0.999, 1.001, 1.1 })
                Assert.True(validation.NegativeLogLikelihood(fit.Temperature * factor) >= fit.After - 1e-12, $"{trial}: {factor} {fit}");
        }
    }

    [Theory]
    [InlineData("every image is right", 2f, 0f, 0f, 1f)]
    [InlineData("every image is right", 2f, 0f, 1f, 1f)]
    [InlineData("further from 1", 3e35f, 1e35f, 2e35f, 1e35f)]
    [InlineData("no larger than the others", 0f, 0f, 0f, 0f)]
    [InlineData("no larger than the others", 0f, 2f, 1f, 0f)]
    public void Where_no_temperature_is_best_it_stays_1(string why, params float[] logits)
    {
        TemperatureFit fit = Temperature.Fit(new LabelledLogits(logits, [0, 1], 2));
        Assert.Equal((1, fit.Before), (fit.Temperature, fit.After));
        Assert.Contains(why, fit.Kept, StringComparison.Ordinal);
    }

    [Fact]
    public void Logits_far_apart_are_no_trouble()
    {
        TemperatureFit fit = Temperature.Fit(new LabelledLogits([3000, 0, 0, 2000, 1500, 0], [0, 1, 1], 2));
        Assert.InRange(fit.Temperature, 100, 10_000);
        Assert.True(fit.After < fit.Before);
    }

    [Theory]
    [InlineData(1e-20f)]
    [InlineData(1e-4f)]
    [InlineData(1e4f)]
    [InlineData(1e20f)]
    public void It_is_found_however_large_logits_are(float scale)
    {
        float[] logits = [3, 1, 2, 1.5f, 0, 2];
        double usual = Temperature.Fit(new LabelledLogits(logits, [0, 1, 1], 2)).Temperature;
        TemperatureFit fit = Temperature.Fit(new LabelledLogits([.. logits.Select(logit => scale * logit)], [0, 1, 1], 2));
        Assert.Null(fit.Kept);
        Assert.Equal(usual, fit.Temperature / scale, 1e-5);
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Temperature.Fit(new LabelledLogits([], [], 3)));
        Assert.Throws<ArgumentException>(() => new LabelledLogits([1, 2, 3], [0], 2));
        Assert.Throws<ArgumentException>(() => new LabelledLogits([1, 2], [2], 2));
        Assert.Throws<ArgumentException>(() => new LabelledLogits([1, 2], [-1], 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LabelledLogits([], [], 0));
        var images = new LabelledLogits([1, 2], [0], 2);
        foreach (double temperature in new[] { 0, -1, double.NaN, double.PositiveInfinity })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => images.NegativeLogLikelihood(temperature));
            Assert.Throws<ArgumentOutOfRangeException>(() => images.Confidences(temperature));
            Assert.False(Temperature.IsValid(temperature));
        }

        Assert.Throws<InvalidOperationException>(() => new LabelledLogits([], [], 2).BrierScore());
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Logits_that_are_no_numbers_are_refused(float value)
    {
        RunException error = Assert.Throws<RunException>(() => new LabelledLogits([0, 1, 2, value], [0, 1], 2));
        Assert.Contains("output 1 for image 1", error.Where, StringComparison.Ordinal);
    }
}
