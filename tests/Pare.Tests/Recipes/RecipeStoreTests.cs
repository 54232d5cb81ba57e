using Pare.Recipes;

namespace Pare.Tests.Recipes;

public sealed class RecipeStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pare-recipes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_shipped_recipe_is_sound_and_goes_by_its_own_name()
    {
        Assert.NotEmpty(RecipeStore.Names);
        foreach (string name in RecipeStore.Names)
        {
            Recipe recipe = RecipeStore.Open(name);
            Assert.Equal(name, recipe.Name);
            Assert.NotEmpty(recipe.Description);
            Assert.Equal(recipe.ToYaml(), Recipe.Parse(recipe.ToYaml(), "resolved.yaml").ToYaml());
        }
    }

    [Fact]
    public void A_path_opens_a_file_and_takes_overrides()
    {
        string path = Path.Combine(_folder, "own.yaml");
        File.WriteAllText(path, RecipeStore.Open(RecipeStore.Names[0]).ToYaml());
        Assert.Equal(3, RecipeStore.Open(path, ["training.epochs=3"]).Training.Epochs);
    }

    [Fact]
    public void The_folder_of_a_run_or_of_a_build_stands_for_the_recipe_in_it()
    {
        File.WriteAllText(Path.Combine(_folder, RecipeStore.FileName), Cli.DownFiles.RecipeText);
        Assert.Equal("paring", RecipeStore.Open(_folder, phase: "wide").Name);
        Assert.Equal(3, RecipeStore.OpenPhases(_folder + Path.DirectorySeparatorChar).Phases.Count);
        Directory.CreateDirectory(Path.Combine(_folder, "other"));
        Assert.Contains(RecipeStore.FileName, Assert.Throws<RecipeException>(() => RecipeStore.Open(Path.Combine(_folder, "other")))
            .Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistyped_name_gets_the_nearest()
    {
        string name = RecipeStore.Names[0];
        RecipeException exception = Assert.Throws<RecipeException>(() => RecipeStore.Open(name + "x"));
        Assert.Contains($"'{name}'", exception.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing.yaml")]
    [InlineData("")]
    [InlineData(".")]
    public void A_file_that_is_not_there_is_a_recipe_error(string file) =>
        Assert.Throws<RecipeException>(() => RecipeStore.Open(Path.Combine(_folder, file)));
}
