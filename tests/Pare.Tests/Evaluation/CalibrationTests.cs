using Pare.Evaluation;

namespace Pare.Tests.Evaluation;

public class CalibrationTests
{
    [Fact]
    public void The_error_is_the_distance_of_accuracy_and_confidence_weighted_by_images()
    {
        // Two bins of a half each: 0.25 and 0.5 fall into the first (0.5 belongs to the bin below it), 0.75 and 1 into the second.
        var calibration = Calibration.Of([0.25, 0.5, 0.75, 1], [false, true, true, true], bins: 2);
        Assert.Equal([new CalibrationBin(0, 0.5, 2, 0.375, 0.5), new CalibrationBin(0.5, 1, 2, 0.875, 1)], calibration.Bins);
        Assert.Equal((2 * 0.125 / 4) + (2 * 0.125 / 4), calibration.ExpectedError, 12);
    }

    [Fact]
    public void Without_images_every_bin_is_empty_and_the_error_0()
    {
        var calibration = Calibration.Of([], []);
        Assert.Equal(15, calibration.Bins.Count);
        Assert.All(calibration.Bins, static bin => Assert.Equal(0, bin.Images));
        Assert.Equal(0, calibration.ExpectedError);
    }

    [Fact]
    public void The_order_of_images_of_one_confidence_does_not_matter()
    {
        // As a network without weights sees ten classes one after another.
        double[] same = [.. Enumerable.Repeat(0.1, 150)];
        bool[] right = [.. Enumerable.Range(0, 150).Select(static i => i < 15)];
        Assert.Equal(0, Calibration.OfEqualMass(same, right).ExpectedError, 1e-12);

        // Two of the three in the middle are right: a third of them lies in the first bin.
        double[] confidences = [0.4, 0.6, 0.6, 0.6];
        foreach (bool[] order in new bool[][] { [false, true, true, false], [false, false, true, true], [false, true, false, true] })
            Assert.Equal([1.0 / 3, 2.0 / 3],
                Calibration.OfEqualMass(confidences, order, bins: 2).Bins.Select(static bin => Math.Round(bin.Accuracy, 12)),
                static (expected, actual) => Math.Abs(expected - actual) < 1e-11);
    }

    [Fact]
    public void The_lowest_and_the_highest_confidence_have_a_bin()
    {
        var calibration = Calibration.Of([0, 1], [true, true]);
        Assert.Equal((1, 1), (calibration.Bins[0].Images, calibration.Bins[^1].Images));
    }

    // Against the mean over many draws of a network that is right as often as it says.
    [Fact]
    public void What_chance_alone_shows_of_a_calibrated_network_is_its_mean_over_draws()
    {
        var random = new SeededRandom(1, 2);
        double[] confidences = [.. Enumerable.Range(0, 257).Select(i => 0.4 + (0.6 * Math.Sqrt(i / 257.0)))];
        double sum = 0, past = 0, expected = 0;
        const int draws = 2000;
        for (int draw = 0; draw < draws; draw++)
        {
            bool[] correct = new bool[confidences.Length];
            for (int i = 0; i < correct.Length; i++) correct[i] = random.NextSingle() < confidences[i];
            var drawn = Calibration.Of(confidences, correct);
            expected = drawn.ChanceError;
            sum += drawn.ExpectedError;
            if (Math.Abs(drawn.Excess) > drawn.ExcessByChance) past++;
        }

        Assert.Equal(expected, sum / draws, 0.0015);
        Assert.InRange(past / draws, 0.03, 0.07);
    }

    [Theory]
    [InlineData(1, 0.5, 0.5)]
    [InlineData(2, 0.5, 0.25)]
    [InlineData(4, 0.25, 0.158203125)]
    [InlineData(10, 0, 0)]
    [InlineData(10, 1, 0)]
    [InlineData(0, 0.5, 0)]
    public void The_mean_deviation_of_a_share_is_that_of_the_binomial_distribution(int images, double probability, double deviation) =>
        Assert.Equal(deviation, Binomial.MeanDeviation(images, probability), 12);
}
