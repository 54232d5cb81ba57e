using Pare.Inference;

namespace Pare.Tests.Inference;

public sealed class IntegerLossTests
{
    [Theory]
    [InlineData(244, 1, 0, true, false)]      // One picture of a small set is above the tolerance, and chance.
    [InlineData(50, 50, 0, true, true)]
    [InlineData(244, 0, 1, false, false)]
    [InlineData(10_000, 30, 0, false, false)] // Just what is allowed.
    [InlineData(10_000, 80, 40, true, false)] // 0.40 points, standard error 0.11.
    [InlineData(10_000, 100, 40, true, true)]
    public void A_loss_counts_beyond_the_standard_error_of_paired_differences(int images, int worse, int better, bool above, bool missed)
    {
        var loss = new IntegerLoss(images, worse, better);
        Assert.Equal((above, missed), (loss.IsAbove(0.3), loss.IsMissed(0.3)));
    }

    [Fact]
    public void The_standard_error_is_that_of_the_differences_image_by_image()
    {
        double[] differences = [.. Enumerable.Repeat(1.0, 12), .. Enumerable.Repeat(-1.0, 5), .. Enumerable.Repeat(0.0, 83)];
        double mean = differences.Average(), variance = differences.Average(value => (value - mean) * (value - mean));
        Assert.Equal(100 * Math.Sqrt(variance / differences.Length), new IntegerLoss(100, 12, 5).StandardError, 9);
    }
}
