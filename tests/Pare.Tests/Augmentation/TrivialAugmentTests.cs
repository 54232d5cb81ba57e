using Pare.Augmentation;

namespace Pare.Tests.Augmentation;

public class TrivialAugmentTests
{
    private const int Height = 8;
    private const int Width = 12;

    private static readonly RunFacts Color = Pictures.Facts(3, Height, Width);

    [Fact]
    public void Every_operation_is_as_likely_as_any_other_and_one_in_fourteen_does_nothing()
    {
        // All values differ and none is a byte's: whatever is chosen but identity leaves rounded values.
        float[] image = [.. Pictures.Ramp(Color)];
        int same = Pictures.Augmented(new TrivialAugment(), Color, image, 7000).Count(image.SequenceEqual);
        Assert.InRange(same, 400, 600);
    }

    [Theory]
    [InlineData(nameof(ImageOperation.Identity))]
    [InlineData(nameof(ImageOperation.Posterize))]
    [InlineData(nameof(ImageOperation.Color))]
    [InlineData(nameof(ImageOperation.Contrast))]
    [InlineData(nameof(ImageOperation.Brightness))]
    [InlineData(nameof(ImageOperation.Sharpness))]
    [InlineData(nameof(ImageOperation.Rotate))]
    [InlineData(nameof(ImageOperation.ShearX))]
    [InlineData(nameof(ImageOperation.ShearY))]
    [InlineData(nameof(ImageOperation.TranslateX))]
    [InlineData(nameof(ImageOperation.TranslateY))]
    public void A_strength_of_0_changes_nothing(string operation)
    {
        byte[] image = Image(Color);
        Assert.Equal(image, Changed(Enum.Parse<ImageOperation>(operation), 0, negative: false, Color));
        Assert.Equal(image, Changed(Enum.Parse<ImageOperation>(operation), 0, negative: true, Color));
    }

    [Fact]
    public void Ranges_are_the_wide_ones_of_the_paper()
    {
        RunFacts facts = Pictures.Facts(1, Height, Width);
        byte[] image = Image(facts), spare = new byte[image.Length];
        Assert.Equal(By(static (i, _) => ImageOperations.Posterize(i, 2)), Changed(ImageOperation.Posterize, 30, false, facts));
        Assert.Equal(By(static (i, _) => ImageOperations.Posterize(i, 5)), Changed(ImageOperation.Posterize, 14, false, facts));
        Assert.Equal(By(static (i, _) => ImageOperations.Solarize(i, 0)), Changed(ImageOperation.Solarize, 30, false, facts));
        Assert.Equal(By(static (i, _) => ImageOperations.Solarize(i, 247)), Changed(ImageOperation.Solarize, 1, true, facts));
        Assert.Equal(By(static (i, _) => ImageOperations.Brightness(i, 1.99f)), Changed(ImageOperation.Brightness, 30, false, facts));
        Assert.Equal(By(static (i, _) => ImageOperations.Contrast(i, 1, 0.505f)), Changed(ImageOperation.Contrast, 15, true, facts));
        Assert.Equal(By(static (i, s) => ImageOperations.Sharpness(i, Height, Width, 1.495f, s)),
            Changed(ImageOperation.Sharpness, 15, false, facts));
        Assert.Equal(Warped(PixelMap.Turn(Height, Width, -135)), Changed(ImageOperation.Rotate, 30, true, facts));
        Assert.Equal(Warped(PixelMap.ShearAlongRows(0.99)), Changed(ImageOperation.ShearX, 30, false, facts));
        Assert.Equal(Warped(PixelMap.ShearAlongColumns(-0.495)), Changed(ImageOperation.ShearY, 15, true, facts));
        Assert.Equal(Warped(PixelMap.Shift(4, 0)), Changed(ImageOperation.TranslateX, 30, false, facts));
        Assert.Equal(Warped(PixelMap.Shift(0, -2)), Changed(ImageOperation.TranslateY, 30, true, facts));
        Assert.Equal(By(static (i, _) => ImageOperations.AutoContrast(i, Height * Width)),
            Changed(ImageOperation.AutoContrast, 3, false, facts));
        Assert.Equal(By(static (i, _) => ImageOperations.Equalize(i, Height * Width)), Changed(ImageOperation.Equalize, 9, false, facts));
        Assert.Equal(By(static (i, _) => ImageOperations.Color(i, 3, 0.01f), Color), Changed(ImageOperation.Color, 30, true, Color));

        byte[] Warped(PixelMap map) => By((i, s) => ImageOperations.Warp(i, Height, Width, map, smooth: false, s));
        byte[] By(Action<byte[], byte[]> change, RunFacts? of = null)
        {
            byte[] changed = Image(of ?? facts);
            change(changed, new byte[changed.Length]);
            return changed;
        }
    }

    [Fact]
    public void A_probability_of_a_half_leaves_more_than_half_as_they_are()
    {
        float[] image = Pictures.Ramp(Color);
        int same = Pictures.Augmented(new TrivialAugment { Probability = 0.5f }, Color, image, 7000).Count(image.SequenceEqual);
        Assert.InRange(same, 3550, 3950);
        Assert.False(new TrivialAugment { Probability = 0 }.Acts);
        Assert.Throws<ArgumentException>(() => new TrivialAugment { Probability = 1.5f }.Validate(Color));
    }

    private static byte[] Changed(ImageOperation operation, int strength, bool negative, RunFacts facts)
    {
        byte[] image = Image(facts);
        TrivialAugment.Change(operation, strength, negative, facts, image, new byte[image.Length]);
        return image;
    }

    private static byte[] Image(RunFacts facts) =>
        [.. Enumerable.Range(0, facts.Channels * facts.Height * facts.Width).Select(static i => (byte)((i * 37) + (i / 5)))];
}
