using System.Globalization;
using Pare.Data;
using Pare.Graphs;
using Pare.Recipes;
using Pare.Runs;
using Pare.Training;

namespace Pare.Phases;

/// <summary>
/// Trains a recipe phase by phase and judges what each change bought. What is finished in the build's folder is not trained again, so
/// that a build that was stopped goes on where it was; since a seed gives the same network, it ends the same.
/// </summary>
public sealed class PhaseBuild : IDisposable
{
    private readonly PhasedRecipe _recipe;
    private readonly Dataset _data;
    private readonly PhaseBuildOptions _options;
    private readonly BuildFolder _folder;
    private readonly int[] _seeds;

    private PhaseBuild(PhasedRecipe recipe, Dataset data, PhaseBuildOptions options, int firstSeed)
    {
        (_recipe, _data, _options) = (recipe, data, options);
        _seeds = [.. Enumerable.Range(firstSeed, options.Seeds)];
        _folder = BuildFolder.Open(options.Folder, recipe.ToYaml(), options.EpochsScale, data.Source);
    }

    /// <summary>Begins a build in a new folder, or goes on with the one that is there.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">The images.</param>
    /// <param name="options">How to run it.</param>
    /// <exception cref="RecipeException">An option does not fit the recipe, or the folder holds something else.</exception>
    /// <exception cref="RunException">The folder cannot be written, or another program works in it.</exception>
    public static PhaseBuild Open(PhasedRecipe recipe, Dataset data, PhaseBuildOptions options)
    {
        if (options.From is not null) recipe.Find(options.From);
        if (options.Only is not null) recipe.Find(options.Only);
        foreach (Phase phase in recipe.Phases.Where(phase => options.Auto && recipe.Resolve(phase).Training.ValidationFraction == 0))
            throw new RecipeException($"Phases are undone by their accuracy on a validation split, and phase '{phase.Name}' has none.", $"key training.validation, recipe {recipe.Name}", "Hold some training images out, such as training.validation=0.1.") { Setting = "overrides" };
        return new PhaseBuild(recipe, data, options, recipe.Resolve(recipe.Phases[0]).Training.Seed);
    }

    /// <summary>What there is to do, with a guess at the time from a few steps of each network.</summary>
    public IReadOnlyList<PlannedPhase> Plan() => [.. _recipe.Phases.Select(phase =>
    {
        Recipe[] recipes = [.. _seeds.Select(seed => RecipeOf(phase, seed, []))];
        int done = recipes.Count(recipe => Finished(phase, recipe) is not null), runs = IsWanted(phase) ? recipes.Length - done : 0;
        var cost = Cost.Of(recipes[0].Graph);
        return new PlannedPhase(phase, cost.Parameters, cost.Macs, runs, done, runs == 0 ? TimeSpan.Zero : RunEstimate.Of(recipes[0], _data, _options.Threads));
    })];

    /// <summary>Trains what is not trained yet.</summary>
    /// <param name="progress">Told when a training begins, a few times a second while it goes on, and when a phase is done.</param>
    /// <param name="cancellation">Stops between two steps; what is finished stays in the folder.</param>
    /// <exception cref="RunException">A loss left the finite numbers, the disk is full, or a phase needs one that was undone.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public BuildRecord Run(IProgress<BuildProgress>? progress = null, CancellationToken cancellation = default)
    {
        var outcomes = new List<PhaseOutcome>();
        var undone = new List<Phase>();
        BuildRecord record = Keep(outcomes);
        foreach (Phase phase in _recipe.Phases)
        {
            Recipe[] recipes = [.. _seeds.Select(seed => RecipeOf(phase, seed, undone))];
            if (!IsWanted(phase) && recipes.Any(recipe => Finished(phase, recipe) is null)) continue;
            RunSummary[] runs = [.. recipes.Select((recipe, i) => Finished(phase, recipe) ?? Train(phase, recipe, i + 1, progress, cancellation))];
            PhaseOutcome outcome = Judge(Outcome(phase, runs), outcomes.LastOrDefault(static before => before.Kept), recipes[0]);
            if (!outcome.Kept) undone.Add(phase);
            outcomes.Add(outcome);
            record = Keep(outcomes);
            progress?.Report(new BuildProgress(phase, runs.Length, null, outcome));
        }

        return record;
    }

    /// <summary>Lets others work in the folder.</summary>
    public void Dispose() => _folder.Dispose();

    private bool IsWanted(Phase phase) =>
        (_options.Only is null || phase.Name == _options.Only) && (_options.From is null || phase.Number >= _recipe.Find(_options.From).Number);

    private static string RunOf(Phase phase, int seed) => string.Create(CultureInfo.InvariantCulture, $"{phase.Folder}/seed-{seed}");

    private RunSummary? Finished(Phase phase, Recipe recipe) => _folder.Finished(RunOf(phase, recipe.Training.Seed), recipe);

    private Recipe RecipeOf(Phase phase, int seed, List<Phase> undone)
    {
        try
        {
            int epochs = Math.Max(1, (int)Math.Round(_recipe.Resolve(phase, undone).Training.Epochs * _options.EpochsScale));
            string[] overrides = [string.Create(CultureInfo.InvariantCulture, $"training.seed={seed}"), string.Create(CultureInfo.InvariantCulture, $"training.epochs={epochs}")];
            return _recipe.Resolve(phase, undone, overrides, teacher => Path.Combine(_folder.PathOf(RunOf(teacher, seed)), RunFolder.ModelFile));
        }
        catch (RecipeException error) when (undone.Count > 0)
        {
            throw new RunException(
                $"Phase '{phase.Name}' does not work without what was undone ({string.Join(", ", undone.Select(static other => other.Name))}): {error.Message}", error.Where,
                "Let the phase stand on its own, raise the recipe's tolerance, or undo no phases.", error) { Setting = "auto" };
        }
    }

    private RunSummary Train(Phase phase, Recipe recipe, int number, IProgress<BuildProgress>? progress, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        progress?.Report(new BuildProgress(phase, number, null, null));
        using RunFolder run = _folder.Begin(RunOf(phase, recipe.Training.Seed), recipe.Name, _options.Clock);
        RecipeRun.Train(run, recipe, _data, Environment(recipe.Training.Seed), progress is null ? null : new Relay(phase, number, progress), cancellation);

        // As it was written, so that a build that goes on later has the same figures to the digit.
        return Finished(phase, recipe) ?? throw new RunException("The run's result cannot be read back.", run.Location, "Check the disk, and start the build again.");
    }

    private static PhaseOutcome Outcome(Phase phase, RunSummary[] runs) => new()
    {
        Name = phase.Name,
        Target = phase.Target,
        Change = phase.Change,
        Parameters = runs[0].Parameters,
        Macs = runs[0].Macs,
        Runs = [.. runs.Select(run => RunOf(phase, run.Seed))],
        Train = Spread.Of([.. runs.Select(static run => (double)run.TrainAccuracy)]),
        Validation = runs[0].ValidationAccuracy is null ? null : Spread.Of([.. runs.Select(static run => (double)run.ValidationAccuracy!)]),
        Test = Spread.Of([.. runs.Select(static run => (double)run.TestAccuracy)]),
        Seconds = runs.Average(static run => run.Seconds),
    };

    private PhaseOutcome Judge(PhaseOutcome outcome, PhaseOutcome? before, Recipe recipe)
    {
        var verdict = Verdict.Of(before, outcome, _recipe.Tolerance, recipe.Training.Split(_data).Validation.Length, _data.Test.Count);
        return outcome with { Kept = verdict.Keep || !_options.Auto, Why = verdict.Keep || _options.Auto ? verdict.Why : $"{verdict.Why}: consider leaving it out" };
    }

    private BuildRecord Keep(List<PhaseOutcome> outcomes)
    {
        var record = new BuildRecord
        {
            Recipe = _recipe.Name,
            Description = _recipe.Description,
            Seeds = _seeds,
            EpochsScale = _options.EpochsScale,
            Auto = _options.Auto,
            Phases = [.. outcomes],
            Environment = Environment(_seeds[0]),
            Finished = outcomes.Count == _recipe.Phases.Count,
        };
        _folder.Write(record);
        return record;
    }

    private RunEnvironment Environment(int seed) => new()
    {
        Started = _options.Clock.GetUtcNow(),
        CommandLine = _options.CommandLine,
        Seed = seed,
        Threads = _options.Threads,
        DataSource = _data.Source,
    };

    // What one training tells, with where in the build it is.
    private sealed class Relay(Phase phase, int number, IProgress<BuildProgress> progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => progress.Report(new BuildProgress(phase, number, value, null));
    }
}
