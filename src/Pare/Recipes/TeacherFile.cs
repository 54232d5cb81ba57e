using Pare.Data;
using Pare.Graphs;
using Pare.Training;

namespace Pare.Recipes;

/// <summary>Finds and reads the network that a recipe names as a teacher.</summary>
internal static class TeacherFile
{
    private const string Where = "techniques.distillation.teacher";

    /// <summary>A teacher that is read when a training begins: a run can be evaluated after its teacher is gone.</summary>
    /// <param name="path">The folder of a run or the weights in it, from the recipe's folder or the current one.</param>
    /// <param name="recipeFile">The recipe's file.</param>
    public static Teacher Named(string path, string recipeFile) => new(() => Read(path, recipeFile));

    private static (Network Network, Normalization Normalization, IReadOnlyList<string>? Classes, string? Location) Read(
        string path, string recipeFile)
    {
        string model = Candidates(path, recipeFile).FirstOrDefault(File.Exists)
            ?? throw new RecipeException($"There is no trained network at {path}.", Where,
                path.StartsWith(PhaseSection.TeacherPrefix, StringComparison.Ordinal)
                    ? "A phase's network is a teacher within `pare down`: name the folder of its run in the build, such as " +
                        "build/01-wide/seed-1."
                    : $"Name the folder of a run, or the {TrainedModel.WeightsFile} in it; the path starts at the recipe's folder or the " +
                        $"current one.");
        try
        {
            var trained = TrainedModel.Open(model);
            return (trained.Network, trained.Normalization, trained.Classes, trained.Location);
        }
        catch (PareException error)
        {
            throw new RecipeException(error.Message, $"{Where}, {error.Where}", error.Remedy, error);
        }
    }

    private static IEnumerable<string> Candidates(string path, string recipeFile)
    {
        foreach (string folder in new[] { Path.GetDirectoryName(Path.GetFullPath(recipeFile))!, Environment.CurrentDirectory })
        {
            string full = Path.GetFullPath(path, folder);
            yield return full;
            yield return Path.Combine(full, TrainedModel.WeightsFile);
        }
    }
}
