using Pare.Augmentation;
using Pare.Recipes;

namespace Pare.Tests.Augmentation;

public class GaussianNoiseTests
{
    private static readonly RunFacts Facts = Pictures.Facts(3, 8, 9);

    [Fact]
    public void Noise_is_added_in_pixel_units_and_cut_to_0_and_1()
    {
        float[] image = [0.5f, 0.25f, 0, 1];
        GaussianNoise.Add(image, [1, -2, -1, 3], 0.125f);
        Assert.Equal([0.625f, 0, 0, 1], image);
    }

    [Fact]
    public void Its_deviation_is_that_of_the_setting_and_each_value_has_its_own()
    {
        float[] grey = [.. Enumerable.Repeat(0.5f, 216)];
        float[][] noisy = [.. Pictures.Augmented(new GaussianNoise { Sigma = 0.08f, Probability = 1 }, Facts, grey, 400)];
        double[] differences = [.. noisy.SelectMany(static image => image).Select(static value => value - 0.5)];
        Assert.Equal(0, differences.Average(), 0.002);
        Assert.Equal(0.08, Math.Sqrt(differences.Average(static d => d * d)), 0.001);

        // No pixel knows of the one before it, nor of its other channels.
        Assert.All(new[] { 1, 9, 72 }, apart => Assert.Equal(0,
            noisy.Average(image => Enumerable.Range(0, 216 - apart).Average(i => (image[i] - 0.5) * (image[i + apart] - 0.5))), 1e-4));
    }

    [Fact]
    public void Half_of_the_images_stay_clean_unless_said_otherwise()
    {
        float[] image = Pictures.Ramp(Facts);
        Assert.InRange(Pictures.Augmented(new GaussianNoise(), Facts, image, 2000).Count(image.SequenceEqual), 900, 1100);
        Assert.Equal(0, Pictures.Augmented(new GaussianNoise { Probability = 1 }, Facts, image, 200).Count(image.SequenceEqual));
        Assert.False(new GaussianNoise { Sigma = 0 }.Acts);
    }

    [Theory]
    [InlineData("0.2", 0.2f, 0.5f)]
    [InlineData("{ sigma: 0.3, probability: 1 }", 0.3f, 1)]
    public void A_recipe_switches_it_on(string value, float sigma, float probability) => Assert.Equal(
        [new GaussianNoise { Sigma = sigma, Probability = probability }],
        RecipeStore.Open("glyphs", [$"techniques.gaussian_noise={value}"]).Training.Techniques);

    [Theory]
    [InlineData("-0.1")]
    [InlineData("1.5")]
    [InlineData("{ probability: 2 }")]
    public void A_recipe_with_a_wrong_setting_is_refused(string value)
    {
        RecipeException error = Assert.Throws<RecipeException>(() => RecipeStore.Open("glyphs", [$"techniques.gaussian_noise={value}"]));
        Assert.Contains("gaussian_noise", error.Where, StringComparison.Ordinal);
    }
}
