using Pare.Recipes;
using Pare.Runs;

namespace Pare.Phases;

/// <summary>What each phase of a build trains, as far as the verdicts that its folder has tell it.</summary>
internal sealed class PhaseRecipes
{
    private readonly PhasedRecipe _recipe;
    private readonly PhaseBuildOptions _options;
    private readonly BuildFolder _folder;
    private readonly int[] _seeds;

    /// <param name="recipe">The recipe.</param>
    /// <param name="options">How the build is run.</param>
    /// <param name="folder">The build's folder.</param>
    /// <param name="seeds">The seeds of each phase.</param>
    /// <param name="images">What is trained on.</param>
    public PhaseRecipes(PhasedRecipe recipe, PhaseBuildOptions options, BuildFolder folder, int[] seeds, DataIdentity images)
    {
        (_recipe, _options, _folder, _seeds) = (recipe, options, folder, seeds);
        if (options.Auto) return;
        PlannedRow[] rows = [.. recipe.Phases.Select(phase => RowOf(phase, []))];
        var plan = RunPlan.Of(PlanKind.Build, recipe.Name, rows, seeds, images, (row, seed) => BuildFolder.RunOf(recipe.Phases[row], seed));
        Plan = plan with { EpochsScale = options.EpochsScale };
    }

    /// <summary>All runs of all phases; null where phases may be undone.</summary>
    public RunPlan? Plan { get; }

    /// <summary>What a phase trains as far as the verdicts so far tell it.</summary>
    public Recipe Of(Phase phase, int seed) => Of(phase, seed, UndoneSoFar(phase));

    /// <summary>What a phase trains without others.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="undone">The phases that were undone before it.</param>
    /// <exception cref="RunException">The phase needs one of them.</exception>
    public Recipe Of(Phase phase, int seed, List<Phase> undone)
    {
        PlannedRow row = RowOf(phase, undone);
        return RunPlan.RecipeAt(row.Recipe, seed, _folder.PathOf(BuildFolder.RunOf(phase, seed)),
            row.Teacher is int teacher ? BuildFolder.RunOf(_recipe.Phases[teacher], seed) : null);
    }

    /// <summary>The phase of this build that a phase learns from as far as the verdicts so far tell it; null where none does.</summary>
    public Phase? TeacherOf(Phase phase) => TeacherOf(phase, UndoneSoFar(phase));

    /// <summary>The phase of this build that a phase learns from without others; null where none does.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="undone">The phases that were undone before it.</param>
    /// <exception cref="RunException">The phase needs one of them.</exception>
    public Phase? TeacherOf(Phase phase, List<Phase> undone) =>
        RowOf(phase, undone).Teacher is int number ? _recipe.Phases[number] : null;

    /// <summary>
    /// What the phase trained when none of those before it was undone, or those that the folder's table says: other verdicts, as of more
    /// seeds or without --auto, change it. Verdicts may have been written anew since the phase was trained; its row says what it lacks.
    /// </summary>
    public IEnumerable<Recipe> Superseded(Phase phase, int seed)
    {
        yield return Of(phase, seed, []);
        if (_folder.Before is not { } before) yield break;
        yield return Of(phase, seed, UndoneBefore(phase));
        if (before.Phases.FirstOrDefault(row => row.Name == phase.Name)?.Without is { } without)
            yield return Of(phase, seed, [.. _recipe.Phases.Where(other => without.Contains(other.Name))]);
    }

    private List<Phase> UndoneSoFar(Phase phase) => _options.Auto ? UndoneBefore(phase) : [];

    // What a phase that is undone trained itself is none without it.
    private List<Phase> UndoneBefore(Phase phase) => [.. _recipe.Phases.Where(other => other.Number < phase.Number
        && _folder.Before?.Phases.Any(row => row.Name == other.Name && !row.Kept) == true)];

    private PlannedRow RowOf(Phase phase, List<Phase> undone)
    {
        if (undone.Count == 0 && Plan is { } plan) return plan.Rows[phase.Number - 1];
        try
        {
            int epochs = Math.Max(1, (int)Math.Round(_recipe.Resolve(phase, undone).Training.Epochs * _options.EpochsScale));

            // A quick look's runs promise no accuracy, each by itself neither.
            string[] quick = _options.EpochsScale < 1 ? ["target.test_accuracy="] : [];
            Phase? teacher = null;
            Recipe recipe = _recipe.Resolve(phase, undone,
                [Invariant($"training.seed={_seeds[0]}"), Invariant($"training.epochs={epochs}"), .. quick],
                named => (teacher = named).Name);
            return new PlannedRow
            {
                Name = phase.Name,
                Teacher = teacher?.Number - 1,
                Epochs = epochs,
                Recipe = teacher is null ? RunPlan.TextOf(recipe) : recipe.ToYaml(),
            };
        }
        catch (RecipeException error) when (undone.Count > 0)
        {
            throw new RunException(
                $"Phase '{phase.Name}' does not work without what was undone " +
                $"({string.Join(", ", undone.Select(static other => other.Name))}): {error.Message}", error.Where,
                "Let the phase stand on its own, raise the recipe's tolerance, or undo no phases.", error)
            { Setting = "auto" };
        }
    }
}
