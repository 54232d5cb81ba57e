using System.Collections.Concurrent;
using Pare.Data;
using Pare.Graphs;
using Pare.Training;
using Pare.Training.Losses;

namespace Pare.Recipes;

/// <summary>Finds and reads the network that a recipe names as a teacher.</summary>
internal static class TeacherFile
{
    private const string Where = "techniques.distillation.teacher";

    // Hundreds of rows of an ablation name one teacher: it is read and digested once, and in memory once, while any of them holds it.
    private static readonly ConcurrentDictionary<string, Known> s_known = new(StringComparer.Ordinal);

    /// <summary>A teacher that is read when a training begins: a run can be evaluated after its teacher is gone.</summary>
    /// <param name="path">The folder of a run or the weights in it, from the recipe's folder or the current one.</param>
    /// <param name="recipeFile">The recipe's file.</param>
    public static Teacher Named(string path, string recipeFile) => new(new Lazy<Teacher>(() => Read(path, recipeFile)));

    /// <summary>Whether a path is one of weights, or of a folder with weights in it.</summary>
    public static bool IsThere(string path) => Files(path).Any(File.Exists);

    private static Teacher Read(string path, string recipeFile)
    {
        string model = RecipePaths.Candidates(path, recipeFile).SelectMany(Files).FirstOrDefault(File.Exists)
            ?? throw NotThere(path, recipeFile);
        try
        {
            var file = new FileInfo(model);
            (long length, DateTime written) = (file.Length, file.LastWriteTimeUtc);
            if (s_known.TryGetValue(model, out Known? known) && (known.Length, known.Written) == (length, written)
                && known.Teacher.TryGetTarget(out Teacher? teacher)) return teacher;
            var trained = TrainedModel.Open(model);
            teacher = new Teacher(() => (trained.Network, trained.Normalization, trained.Classes, trained.Location));
            s_known[model] = new Known(length, written, new WeakReference<Teacher>(teacher));
            return teacher;
        }
        catch (PareException error)
        {
            throw new RecipeException(error.Message, $"{Where}, {error.Where}", error.Remedy, error);
        }
    }

    // Of a phase that is not trained, or not with this seed, and of a recipe that is read outside of its build.
    private static RecipeException NotThere(string path, string recipeFile)
    {
        if (!path.StartsWith(PhaseSection.TeacherPrefix, StringComparison.Ordinal))
            return new RecipeException($"There is no trained network at {path}.", Where,
                RecipePaths.Candidates(path, recipeFile).Select(RunsBelow.Suggest).FirstOrDefault(static found => found is not null)
                ?? $"Name the folder of a run, or the {TrainedModel.WeightsFile} in it; the path starts at the recipe's folder or the " +
                $"current one.");
        string phase = path[PhaseSection.TeacherPrefix.Length..], name = Path.GetFileName(recipeFile);
        string? build = name == RecipeStore.FileName ? Path.GetDirectoryName(recipeFile) : null;
        return build is { Length: > 0 }
            ? new RecipeException($"There is no trained network of phase '{phase}' in this build with the seed of this run.",
                $"{Where}, {build}",
                $"Train it first: `pare down {build} --only {phase}`, with --seeds for more than one seed; or name the folder of a run.")
            : new RecipeException($"There is no trained network of phase '{phase}' beside a recipe alone.", Where,
                "Train the phases with `pare down`, and name the folder of that build instead of the recipe; or name the folder of a run.");
    }

    private static string[] Files(string path) => [path, Path.Combine(path, TrainedModel.WeightsFile)];

    /// <summary>What was read of a file as it was then.</summary>
    private sealed record Known(long Length, DateTime Written, WeakReference<Teacher> Teacher);
}
