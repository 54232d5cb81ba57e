using Pare.Evaluation;

namespace Pare.Tests.Evaluation;

public sealed class WilsonTests
{
    // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void The_interval_is_the_published_one_and_mirrors_with_right_and_wrong(int right, int images, double low, double high)
    {
        (double Low, double High) interval = Wilson.Interval(right, images), mirrored = Wilson.Interval(images - right, images);
        Assert.Equal(low, interval.Low, 0.00006);
        Assert.Equal(high, interval.High, 0.00006);
        Assert.Equal(1 - high, mirrored.Low, 0.00006);
        Assert.Equal(1 - low, mirrored.High, 0.00006);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 5)]
    [InlineData(6, 5)]
    public void What_no_measurement_can_give_is_refused(int right, int images) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Wilson.Interval(right, images));

    [Theory]
    [InlineData(0.6, 5, 3)]
    [InlineData(0.333333, 3, 1)]
    [InlineData(1, 7, 7)]
    public void A_share_stands_for_the_nearest_count(double share, int images, int right) =>
        Assert.Equal(Wilson.Interval(right, images), Wilson.Interval(share, images));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    public void What_is_no_share_is_refused(double share) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Wilson.Interval(share, 10));
}
