using Pare.Augmentation;
using Pare.Recipes;
using Pare.Tests.Support;

namespace Pare.Tests.Augmentation;

/// <summary>Whole draws of the technique; <c>tools/golden/augmix.py</c> made the numbers with the imaging library of Python.</summary>
public class AugMixTests
{
    private const int Height = 26;
    private const int Width = 28;

    [Theory]
    [InlineData(3, 0, 130.0313, 196.6974)]
    [InlineData(3, 1, 134.4639, 202.9847)]
    [InlineData(3, 2, 232.6341, 350.7276)]
    [InlineData(3, 3, 125.2123, 188.7892)]
    [InlineData(8, 0, 121.5059, 183.2971)]
    [InlineData(8, 1, 124.1157, 187.0672)]
    [InlineData(8, 2, 231.5010, 346.9994)]
    [InlineData(8, 3, 113.2387, 167.5019)]
    public void A_blend_of_chains_is_that_of_the_formula_with_the_imaging_librarys_operations(float severity, int image, double sum,
        double weighted)
    {
        RunFacts facts = Pictures.Facts(1, Height, Width);
        var technique = new AugMix { Severity = severity };
        float[] picture = Ring(), spare = new float[technique.SpareSize(facts)];
        var random = new SeededRandom(1, (long)AugmentationOrder.AugMix, 2, image);
        technique.Apply(ref random, new ImageFacts(facts, default, image, default), picture, spare);
        Assert.Equal(sum, picture.Sum(static value => (double)value), 1e-3);
        Assert.Equal(weighted, picture.Index().Sum(static pair => pair.Item * (1 + (pair.Index % 97 / 97.0))), 1e-3);
    }

    [Fact]
    public void Without_geometry_pixels_of_one_value_stay_of_one_value_and_with_it_they_do_not()
    {
        // Left and right half are the same, column by column: an operation on values keeps that.
        RunFacts facts = Pictures.Facts(3, 8, 10);
        float[] image = [.. Enumerable.Range(0, 240).Select(static i => (((i % 5) * 7) + (i / 10)) / 60f)];
        Assert.All(Pictures.Augmented(new AugMix { Geometry = false, Severity = 10 }, facts, image, 300), static blended =>
        {
            for (int i = 0; i < 240; i++) Assert.Equal(blended[i], blended[(i / 10 * 10) + (i % 5)]);
        });
        Assert.Contains(Pictures.Augmented(new AugMix { Severity = 10 }, facts, image, 30),
            static blended => Enumerable.Range(0, 240).Any(i => blended[i] != blended[(i / 10 * 10) + (i % 5)]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Blends_stay_between_black_and_white(int channels)
    {
        RunFacts facts = Pictures.Facts(channels, 7, 9);
        Assert.All(
            Pictures.Augmented(new AugMix { Severity = 10, Width = 10, Depth = 10, Alpha = 0.01f }, facts, Pictures.Ramp(facts), 200),
            static image => Assert.All(image, static value => Assert.InRange(value, 0, 1.00001f)));
    }

    [Fact]
    public void A_tiny_alpha_takes_the_image_itself_or_one_chain()
    {
        // With one operation of the least severity a chain is the image, but for rounding and what ignores its level.
        RunFacts facts = Pictures.Facts(1, 6, 7);
        float[] image = [.. Enumerable.Repeat(40 / 255f, 41), 1];
        var technique = new AugMix { Alpha = 1e-3f, Depth = 1, Severity = 0.1f };
        int same = Pictures.Augmented(technique, facts, image, 1000)
            .Count(blended => blended.Zip(image).All(static pair => Math.Abs(pair.First - pair.Second) < 1e-3f));

        // Half of the blends are the image; of the others those whose chain changes nothing.
        Assert.InRange(same, 500, 950);
    }

    [Theory]
    [InlineData("true", 3, 12)]
    [InlineData("5", 5, 12)]
    [InlineData("{ severity: 2, consistency: 0, width: 2, depth: 1, geometry: false }", 2, 0)]
    public void A_recipe_switches_it_on(string value, float severity, float consistency)
    {
        var read = (AugMix)Assert.Single(RecipeStore.Open("glyphs", [$"techniques.augmix={value}"]).Training.Techniques);
        Assert.Equal((severity, consistency), (read.Severity, read.Consistency));
    }

    private static float[] Ring()
    {
        var image = new float[Height * Width];
        for (int i = 0; i < image.Length; i++)
        {
            double distance = Math.Sqrt(Math.Pow((i / Width) - 12, 2) + Math.Pow((i % Width) - 15, 2));
            double value = 255 * Math.Exp(-Math.Pow((distance - 7) / 2, 2));
            image[i] = value < 20 ? 0 : (byte)value / 255f;
        }

        return image;
    }
}
