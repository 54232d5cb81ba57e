using Pare.Augmentation;

namespace Pare.Tests.Augmentation;

public class ColorJitterTests
{
    // Two pixels: [0.2, 0.4, 0.6] and [1, 0.5, 0]; grey 0.36298 and 0.5924, mean 0.47769.
    private static readonly float[] s_image = [0.2f, 1, 0.4f, 0.5f, 0.6f, 0];

    [Fact]
    public void Brightness_multiplies_and_cuts()
    {
        float[] image = [.. s_image];
        ColorJitter.Brighten(image, 1.5f);
        Near([0.3f, 1, 0.6f, 0.75f, 0.9f, 0], image);
    }

    [Fact]
    public void Contrast_moves_away_from_the_mean_grey()
    {
        float[] image = [.. s_image];
        ColorJitter.ChangeContrast(image, 3, 0.5f);
        Near([0.338845f, 0.738845f, 0.438845f, 0.488845f, 0.538845f, 0.238845f], image);
        float[] grey = [0.2f, 0.4f];
        ColorJitter.ChangeContrast(grey, 1, 2);
        Near([0.1f, 0.5f], grey);
    }

    [Fact]
    public void Saturation_moves_away_from_each_pixels_grey()
    {
        float[] image = [.. s_image];
        ColorJitter.Saturate(image, 3, 0, new float[2]);
        Near([0.36298f, 0.5924f, 0.36298f, 0.5924f, 0.36298f, 0.5924f], image);
        image = [.. s_image];
        ColorJitter.Saturate(image, 3, 1.5f, new float[2]);
        Near([0.11851f, 1, 0.41851f, 0.4538f, 0.71851f, 0], image);
    }

    [Fact]
    public void Factors_fill_their_range_and_pixels_stay_between_0_and_1()
    {
        RunFacts facts = Pictures.Facts(1, 1, 2);
        float[] values =
            [.. Pictures.Augmented(new ColorJitter { Brightness = 0.5f, Contrast = 0, Saturation = 0 }, facts, [0.5f, 0.5f], 2_000)
            .Select(static image => image[0])];
        Assert.InRange(values.Min(), 0.25f, 0.26f);
        Assert.InRange(values.Max(), 0.74f, 0.75f);
        facts = Pictures.Facts(3, 4, 5);
        foreach (
            float[] image in Pictures.Augmented(new ColorJitter { Brightness = 2, Contrast = 2, Saturation = 2 }, facts,
            Pictures.Ramp(facts), 500))
            Assert.All(image, static value => Assert.InRange(value, 0, 1));
    }

    private static void Near(float[] expected, float[] got)
    {
        Assert.Equal(expected.Length, got.Length);
        for (int i = 0; i < got.Length; i++) Assert.Equal(expected[i], got[i], 1e-5f);
    }
}
