using Pare.Augmentation;

namespace Pare.Tests.Augmentation;

public class HorizontalFlipTests
{
    [Fact]
    public void Rows_are_reversed_and_twice_is_not_at_all()
    {
        float[] image = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        HorizontalFlip.Flip(image, 3);
        Assert.Equal([3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10], image);
        HorizontalFlip.Flip(image, 3);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], image);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0.3f, 2_850, 3_150)]
    [InlineData(1, 10_000, 10_000)]
    public void The_probability_is_the_share_of_flipped_images(float probability, int least, int most)
    {
        int flipped = Pictures.Augmented(new HorizontalFlip { Probability = probability }, Pictures.Facts(1, 1, 2), [1, 2], 10_000)
            .Count(static image => image[0] == 2);
        Assert.InRange(flipped, least, most);
    }
}
