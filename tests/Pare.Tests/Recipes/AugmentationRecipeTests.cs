using Pare.Recipes;

namespace Pare.Tests.Recipes;

public class AugmentationRecipeTests
{
    private const string Text = """
        dataset: { name: glyphs }
        model:
          input: 1x12x10
          layers:
            - global_average_pool
            - linear: 10
        """;

    [Theory]
    [InlineData("mixup.alpha=0")]
    [InlineData("mixup.alpha=-0.2")]
    [InlineData("mixup.until=0")]
    [InlineData("mixup.until=1.5")]
    [InlineData("cutmix.alpha=0")]
    [InlineData("cutmix.probability=1.1")]
    [InlineData("cutout.length=11")]
    [InlineData("cutout.length=-1")]
    [InlineData("cutout.holes=0")]
    [InlineData("cutout.probability=-0.1")]
    [InlineData("random_crop.padding=10")]
    [InlineData("random_crop.padding=-1")]
    [InlineData("random_crop.fill=mirror")]
    [InlineData("horizontal_flip.probability=2")]
    [InlineData("affine.rotate=-1")]
    [InlineData("affine.shift=1.5")]
    [InlineData("affine.scale_min=0")]
    [InlineData("affine.scale_max=0.5")]
    [InlineData("affine.shear=90")]
    [InlineData("color_jitter.brightness=-1")]
    [InlineData("color_jitter.contrast=-1")]
    [InlineData("color_jitter.saturation=-1")]
    [InlineData("random_erasing.area_min=0")]
    [InlineData("random_erasing.area_max=0.01")]
    [InlineData("random_erasing.aspect_min=1.2")]
    [InlineData("random_erasing.probability=5")]
    public void A_setting_out_of_range_is_refused_by_name(string pair)
    {
        string key = pair[..pair.IndexOf('.', StringComparison.Ordinal)],
            setting = pair[(key.Length + 1)..pair.IndexOf('=', StringComparison.Ordinal)];
        string value = pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..];
        string text = $"{Text}\ntechniques:\n  {key}:\n    {setting}: {value}\n";
        RecipeException error = Assert.Throws<RecipeException>(() => Recipe.Parse(text, "my.yaml"));
        Assert.Contains($"techniques.{key}", error.Where, StringComparison.Ordinal);
        Assert.Contains("my.yaml, line ", error.Where, StringComparison.Ordinal);
        Assert.Contains(setting, error.Message + error.Where, StringComparison.Ordinal);
        Assert.NotEmpty(error.Remedy);
    }

    [Theory]
    [InlineData("random_crop=3", "random_crop: { padding: 3, fill: zero, until: 1 }")]
    [InlineData("horizontal_flip=0.25", "horizontal_flip: { probability: 0.25, until: 1 }")]
    [InlineData("affine=15", "affine: { rotate: 15, shift: 0.1, scale_min: 0.9, scale_max: 1.1, shear: 0, until: 1 }")]
    [InlineData("color_jitter=0.3", "color_jitter: { brightness: 0.3, contrast: 0.2, saturation: 0.2, until: 1 }")]
    [InlineData("cutout=6", "cutout: { length: 6, holes: 1, probability: 1, until: 1 }")]
    [InlineData("random_erasing=0.4",
        "random_erasing: { probability: 0.4, area_min: 0.02, area_max: 0.4, aspect_min: 0.3, fill: noise, until: 1 }")]
    [InlineData("mixup={alpha: 0.1, until: 0.8}", "mixup: { alpha: 0.1, until: 0.8 }")]
    [InlineData("cutmix=0.5", "cutmix: { alpha: 0.5, probability: 0.5, until: 1 }")]
    public void A_single_value_is_the_setting_that_matters_most(string pair, string same)
    {
        Recipe recipe = Recipe.Parse(Text, "my.yaml", [$"techniques.{pair}"]),
            spelledOut = Recipe.Parse($"{Text}\ntechniques:\n  {same}\n", "my.yaml");
        Assert.Equal(Assert.Single(spelledOut.Training.Techniques), Assert.Single(recipe.Training.Techniques));
        Assert.Equal(spelledOut.ToYaml(), Recipe.Parse(recipe.ToYaml(), "my.yaml").ToYaml());
    }
}
