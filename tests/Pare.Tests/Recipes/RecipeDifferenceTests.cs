using Pare.Recipes;
using Pare.Tests.Cli;

namespace Pare.Tests.Recipes;

public sealed class RecipeDifferenceTests
{
    [Theory]
    [InlineData("description=another", null)]
    [InlineData("target.test_accuracy=0.5", null)]
    [InlineData("dataset.path=elsewhere", null)]
    [InlineData("training.epochs=3", null)]
    [InlineData("training.epochs=4", "training.epochs is 3 there, 4 now")]
    [InlineData("training.optimizer=adam", "training.optimizer is sgd there, adam now")]
    [InlineData("techniques.label_smoothing=0.1", "techniques.label_smoothing is nothing there, amount 0.1 now")]
    [InlineData("techniques.swa=true", "techniques.swa is nothing there, ")]
    [InlineData("model.layers.2=silu", "model.layers.2 is relu there, silu now")]
    [InlineData("model.layers.0.conv.channels=5", "model.layers.0.conv.channels is 4 there, 5 now")]
    public void The_first_key_with_another_meaning_is_named(string change, string? difference)
    {
        Recipe before = Recipe.Parse(CliData.RecipeText, "a.yaml"), now = Recipe.Parse(CliData.RecipeText, "a.yaml", [change]);
        string? found = RecipeDifference.First(before, now)?.ToString();
        if (difference is null) Assert.Null(found);
        else Assert.StartsWith(difference, found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_an_older_version_did_not_have_is_its_default()
    {
        var now = Recipe.Parse(CliData.RecipeText, "a.yaml");
        string[] lines = now.ToYaml().Split('\n');
        int without = 0;
        for (int i = 0; i < lines.Length; i++)
        {
            // What the recipe says itself has no default to fall back to.
            if (!lines[i].StartsWith("  weight_decay", StringComparison.Ordinal)
                && !lines[i].StartsWith("description:", StringComparison.Ordinal)
                && !lines[i].StartsWith("  seed:", StringComparison.Ordinal)) continue;
            Assert.Null(RecipeDifference.First(Recipe.Parse(string.Join('\n', lines.Where((_, line) => line != i)), "a.yaml"), now));
            without++;
        }

        Assert.InRange(without, 2, 3);
    }

    [Fact]
    public void Builds_differ_in_their_phases_and_in_what_each_is()
    {
        PhasedRecipe Read(string text, params string[] overrides) => PhasedRecipe.Parse(text, "a.yaml", overrides);
        PhasedRecipe before = Read(DownFiles.RecipeText);
        Assert.Null(
            RecipeDifference.First(before,
            Read(DownFiles.RecipeText.Replace("half the channels", "a half", StringComparison.Ordinal) + "\ntolerance: 0.005\n")));
        Assert.Equal("phases is wide, narrow, smooth there, wide, slim, smooth now",
            RecipeDifference.First(before, Read(DownFiles.RecipeText.Replace("narrow", "slim", StringComparison.Ordinal)))?.ToString());
        Assert.Equal("tolerance is 0.005 there, 0.1 now",
            RecipeDifference.First(before, Read(DownFiles.RecipeText, "tolerance=0.1"))?.ToString());
        Assert.Equal(
            "techniques.label_smoothing.amount of phase smooth is 0.1 there, 0.2 now",
            RecipeDifference.First(before,
            Read(DownFiles.RecipeText.Replace("label_smoothing: 0.1", "label_smoothing: 0.2", StringComparison.Ordinal)))?.ToString());
    }
}
