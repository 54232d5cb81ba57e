using Pare.Recipes;

namespace Pare.Runs;

/// <summary>What the folder of a build stands for where one network is trained or looked at.</summary>
public static class BuildRecipe
{
    /// <summary>
    /// Reads the recipe of a phase as the build's folder has it: without the phases that were undone there, and with the networks of the
    /// phases that teach it. The folder of a run stands for its recipe.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="overrides">Each <c>key=value</c> with a dotted key.</param>
    /// <param name="phase">
    /// The phase to read; null for the recipe's own choice, or for the one that the build ended in where that was undone.
    /// </param>
    /// <exception cref="RecipeException">There is none, or it is wrong.</exception>
    /// <exception cref="RunException">A later version of Pare wrote the build's record.</exception>
    public static Recipe Open(string folder, IReadOnlyList<string> overrides, string? phase = null)
    {
        var build = BuildRecord.TryRead(folder);
        string[] undone = [.. build?.Phases.Where(static outcome => !outcome.Kept).Select(static outcome => outcome.Name) ?? []];
        return RecipeStore.Open(folder, overrides, phase, (recipe, asked, rest) =>
        {
            Phase taken = asked ?? (undone.Contains(recipe.Single.Name) && build!.Final is { } final ? recipe.Find(final.Name)
                : recipe.Single);
            Phase[] without = [.. recipe.Phases.Where(other => other != taken && undone.Contains(other.Name))];
            int seed = recipe.Resolve(taken, without, rest).Training.Seed;
            return recipe.Resolve(taken, without, rest, teacher => ModelOf(folder, teacher, seed));
        });
    }

    // One that is not trained keeps its name, which the error says when it is to teach.
    private static string ModelOf(string folder, Phase teacher, int seed)
    {
        string run = Path.GetFullPath(FolderFiles.Below(folder, BuildFolder.RunOf(teacher, seed)));
        return RunFolder.IsFinished(run) ? Path.Combine(run, RunFolder.ModelFile) : PhaseSection.TeacherPrefix + teacher.Name;
    }
}
