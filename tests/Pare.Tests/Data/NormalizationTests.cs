using Pare.Data;

namespace Pare.Tests.Data;

public sealed class NormalizationTests
{
    // Two images of two channels, 1x2: channel 0 holds 0, 100, 200, 100; channel 1 is always 51.
    private static readonly ImageSet Images = new(2, 1, 2, [0, 100, 51, 51, 200, 100, 51, 51], [0, 1], ["a", "b"]);

    [Fact]
    public void Each_channel_has_its_own_mean_and_deviation()
    {
        Normalization normalization = Normalization.Of(Images);

        Assert.Equal([100f / 255, 51f / 255], normalization.Mean);
        Assert.Equal((float)(Math.Sqrt(5000) / 255), normalization.StandardDeviation[0]);
    }

    [Fact]
    public void A_channel_that_never_varies_can_still_be_divided() => Assert.Equal(1, Normalization.Of(Images).StandardDeviation[1]);

    [Fact]
    public void Only_the_chosen_images_count()
    {
        Normalization normalization = Normalization.Of(Images, [1]);

        Assert.Equal((150f / 255, 50f / 255), (normalization.Mean[0], normalization.StandardDeviation[0]));
        Assert.Throws<ArgumentException>(() => Normalization.Of(Images, []));
    }
}
