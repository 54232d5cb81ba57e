using Pare.Recipes;
using Pare.Tests.Cli;
using Pare.Training;
using Pare.Training.Losses;

namespace Pare.Tests.Recipes;

public sealed class TeacherFileTests : IDisposable
{
    private readonly CliData _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_recipe_names_its_teacher_by_its_whole_path_wherever_that_was_found()
    {
        string run = _files.Train(), name = Path.GetFileName(run), file = _files.Folder["mine.yaml"];
        string text = File.ReadAllText(_files.Recipe), off = text + "\ntechniques: { distillation: false }";
        string weights = Path.Combine(run, TrainedModel.WeightsFile), inName = $"{name}/{TrainedModel.WeightsFile}";
        (string, string)[] cases =
        [
            (run, run), (weights, weights), (name, run), (inName, weights), (Path.GetRelativePath(".", run), run), ("nowhere", "nowhere"),
        ];
        foreach ((string path, string whole) in cases)
        {
            Assert.Equal(whole, Teacher($"{text}\ntechniques: {{ distillation: {{ teacher: {path} }} }}"));
            Assert.Equal(whole, Teacher(text, $"techniques.distillation={{teacher: {path}}}"));
        }

        // What is switched off names nothing, and a recipe may be of no file.
        File.Copy(weights, _files.Folder["false"]);
        Assert.Null(Recipe.Parse(off, file).Training.Distillation);
        Assert.Contains("nowhere", Recipe.Parse($"{text}\ntechniques: {{ distillation: {{ teacher: nowhere }} }}", "").ToYaml(),
            StringComparison.Ordinal);

        // A run of a build names another one from its own folder.
        string inBuild = $"../../{name}/{TrainedModel.WeightsFile}", student = _files.Folder[$"02-two/seed-1/{RecipeStore.FileName}"];
        Assert.Contains(inBuild, Recipe.Parse($"{text}\ntechniques: {{ distillation: {{ teacher: {inBuild} }} }}", student).ToYaml(),
            StringComparison.Ordinal);

        // In what a phase sets, too.
        string phases = $"{text}\nphases:\n  - one: {{}}\n  - two: {{ set: {{ techniques: {{ distillation: {{ teacher: {name} }} }} }} }}";
        Assert.Contains(run, PhasedRecipe.Parse(phases, file).ToYaml(), StringComparison.Ordinal);

        string Teacher(string recipe, params string[] overrides)
        {
            string[] lines = Recipe.Parse(recipe, file, overrides).ToYaml().Split('\n');
            return lines.Single(static line => line.Contains("teacher:", StringComparison.Ordinal)).Split(": ")[1].Trim(' ', '}', '"');
        }
    }

    [Fact]
    public void Rows_that_name_one_teacher_have_it_in_memory_once_and_read_it_again_when_its_file_changes()
    {
        string run = _files.Train(), model = Path.Combine(run, TrainedModel.WeightsFile);
        Teacher first = TeacherFile.Named(run, "recipe.yaml"), same = TeacherFile.Named(model, "other.yaml");
        Assert.Same(first.Network, same.Network);
        Assert.Equal((first.Location, first.Normalization, first.Digest), (same.Location, same.Normalization, same.Digest));
        Assert.Same(first.Digest, same.Digest);
        Assert.Equal(first.Classes, same.Classes);

        Assert.Equal(0, new TestCli().Run("train", _files.Recipe, "--data", _files.Data, "--epochs", "2", "--out",
            _files.Folder["second"]));
        File.Copy(Path.Combine(_files.Folder["second"], TrainedModel.WeightsFile), model, overwrite: true);
        Assert.NotEqual(first.Digest, TeacherFile.Named(run, "recipe.yaml").Digest);
        GC.KeepAlive(first);
    }
}
