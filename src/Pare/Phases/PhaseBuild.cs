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
    private readonly DataIdentity _images;
    private readonly BuildFolder _folder;
    private readonly PhaseRecipes _recipes;
    private readonly int[] _seeds;
    private readonly Dictionary<string, RunSummary> _finished = [];

    private PhaseBuild(PhasedRecipe recipe, Dataset data, PhaseBuildOptions options, int firstSeed)
    {
        (_recipe, _data, _options) = (recipe, data, options);
        _seeds = SeedRange.From(firstSeed, options.Seeds);
        _images = DataIdentity.Of(data);
        _folder = BuildFolder.Open(options.Folder, recipe, options.EpochsScale, _images);
        try
        {
            _recipes = new PhaseRecipes(recipe, options, _folder, _seeds, _images);
            RefuseLeaks();
            RefuseOtherTeachers();
            Notes =
            [
                .. _folder.Before is { } before ? NotesOn(before) : [],
                .. recipe.Phases.Where(phase => options.Wants(recipe, phase)).SelectMany(NotesOn),
            ];
        }
        catch
        {
            _folder.Dispose();
            throw;
        }
    }

    /// <summary>What one should know of what lies in the folder already, and of phases that are too short for their settings.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>
    /// All runs of all phases; null where phases may be undone: what the later ones train is then open until the earlier ones are judged.
    /// </summary>
    public RunPlan? Runs => _recipes.Plan;

    /// <summary>Whether a run is in the folder that is to be trained on from a checkpoint.</summary>
    public bool HasCheckpoint => OpenRuns().Any(run => RunFolder.HasCheckpoint(RunPathOf(run.Phase, run.Seed)));

    /// <summary>Whether a run in the folder is finished.</summary>
    public bool HasFinished => _recipe.Phases.Any(phase => _seeds.Any(seed => IsFinished(phase, seed)));

    /// <summary>Refuses what cannot be built, before the images are read.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="options">How to run it.</param>
    /// <exception cref="RecipeException">An option does not fit the recipe, or the folder holds something else.</exception>
    /// <exception cref="RunException">The folder cannot be read.</exception>
    public static void Check(PhasedRecipe recipe, PhaseBuildOptions options)
    {
        if (options.From is not null) recipe.Find(options.From);
        if (options.Only is not null) recipe.Find(options.Only);
        string[] order = [.. recipe.Phases.Select(static phase => phase.Name)];
        if (options.Only is not null && options.From is not null && order.IndexOf(options.Only) < order.IndexOf(options.From))
            throw new RecipeException(
                $"Phase '{options.Only}' comes before '{options.From}': of phases from there on it is none, and nothing is trained.",
                $"recipe {recipe.Name}", "Name one of the two.");
        foreach (Phase phase in recipe.Phases) RunBudget.Refuse(recipe.Resolve(phase));
        BuildFolder.Check(options.Folder, recipe, options.EpochsScale);
    }

    /// <summary>Begins a build in a new folder, or goes on with the one that is there.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">The images.</param>
    /// <param name="options">How to run it.</param>
    /// <exception cref="RecipeException">
    /// An option does not fit the recipe, the folder holds something else, or a phase's teacher is not there or knows images that the
    /// phase holds out.
    /// </exception>
    /// <exception cref="RunException">The folder cannot be written, or another program works in it.</exception>
    public static PhaseBuild Open(PhasedRecipe recipe, Dataset data, PhaseBuildOptions options)
    {
        Check(recipe, options);
        foreach (Phase phase in recipe.Phases.Where(phase =>
            options.Auto && recipe.Resolve(phase).Training.Split(data).Validation.Length == 0))
            throw new RecipeException($"Phases are undone by their accuracy on a validation split, and phase '{phase.Name}' has none.",
                $"key training.validation, recipe {recipe.Name}",
                recipe.Resolve(phase).Training.ValidationFraction == 0 ? "Hold some training images out, such as training.validation=0.1."
                    : "Classes with so few images can spare none: hold a larger part out, or keep all phases.")
            { Setting = "overrides" };
        return new PhaseBuild(recipe, data, options, recipe.Resolve(recipe.Phases[0]).Training.Seed);
    }

    /// <summary>
    /// What is held to a target: each phase that sets one, is trained and was kept, and, to the last phase's, the network that a finished
    /// build ends in.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="record">Its build.</param>
    /// <returns>
    /// The recipe whose target counts, what is held to it, and its test accuracy, 0 to 1; null in a quick look, which is not held to it.
    /// </returns>
    public static IEnumerable<(Recipe Recipe, PhaseOutcome Outcome, double? Accuracy)> Held(PhasedRecipe recipe, BuildRecord record)
    {
        foreach (Recipe held in recipe.Held())
        {
            PhaseOutcome? outcome = record.Finished && held.Phase!.Number == recipe.Phases.Count ? record.Final
                : held.Phase!.HasTarget ? record.Phases.FirstOrDefault(phase => phase.Kept && phase.Name == held.Phase.Name) : null;
            if (outcome is not null) yield return (held, outcome, record.EpochsScale < 1 ? null : outcome.Test.Mean);
        }
    }

    /// <summary>Trains one run of a build's plan, whoever else trains its other runs at the same time.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="run">The run; those that it needs are finished.</param>
    /// <param name="data">The images.</param>
    /// <param name="options">Folder, threads, clock and command line count.</param>
    /// <param name="progress">Told a few times a second, and at each epoch's end.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="RecipeException">The folder holds a finished run of another recipe or on other images.</exception>
    /// <exception cref="RunException">
    /// The loss left the finite numbers, the disk is full, or another program trains this run.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static RunSummary Train(RunPlan plan, PlannedRun run, Dataset data, PhaseBuildOptions options,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        var folder = BuildFolder.ForRuns(options.Folder);
        Recipe recipe = plan.RecipeOf(run, options.Folder);
        return Train(folder, run.Folder, recipe, data, options, progress, cancellation)
            ?? folder.Finished(run.Folder, recipe, DataIdentity.Of(data), []) ?? throw NotReadBack(folder, run.Folder);
    }

    /// <summary>Keeps the list of all runs in the folder, so that others can train them.</summary>
    /// <exception cref="RecipeException">Phases may be undone, or were undone before a finished run of the folder.</exception>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public RunPlan WritePlan()
    {
        RunPlan plan = Runs ?? throw new RecipeException(
            "Which runs there are is open where phases may be undone: what a phase trains depends on the verdict on those before it.",
            "auto", "Plan the build without it, or train it in one process.")
        { Setting = "auto" };

        // Who trains a planned run by its number moves nothing aside.
        if (plan.Runs.FirstOrDefault(run => RunFolder.IsFinished(_folder.PathOf(run.Folder))
            && _recipes.Of(_recipe.Phases[run.Row], run.Seed, []) is var recipe && Finished(_recipe.Phases[run.Row], recipe) is null
            && !_folder.IsOutdated(run.Folder, recipe)) is { } other)
            throw new RecipeException($"The folder's {other.Folder} was trained without phases that were undone: a plan undoes none.",
                Path.GetFullPath(_folder.PathOf(other.Folder)),
                "Plan in another folder; or train the build in one process, which moves such runs aside.")
            { Setting = "folder" };
        _folder.WriteRecipe();
        plan.Write(_folder.Location);
        return plan;
    }

    /// <summary>What there is to do, with a guess at the time from a few steps of each network.</summary>
    /// <exception cref="RecipeException">A finished run in the folder is one of another recipe or on other images.</exception>
    /// <exception cref="RunException">A phase needs one that was undone.</exception>
    public IReadOnlyList<PlannedPhase> Plan()
    {
        var undone = new List<Phase>();
        PhaseOutcome? kept = null;
        bool known = true;

        // What is to be trained in the place of something else, as RunFolder.IsBegun tells it: what learned from that is finished no more.
        // IsDone asks the same by the verdicts that the folder has; these are by those that this plan comes to as it goes.
        var anew = new HashSet<(int Phase, int Seed)>();
        return [.. _recipe.Phases.Select(phase =>
        {
            Recipe[] recipes = [.. _seeds.Select(seed => _recipes.Of(phase, seed, undone))];
            Phase? teacher = _recipes.TeacherOf(phase, undone);
            bool IsTaughtAnew(int seed) => teacher is not null && anew.Contains((teacher.Number, seed));

            // Where phases may be undone, what the later ones train is open until the earlier ones are done.
            RunSummary?[] runs = known || !_options.Auto
                ? [.. recipes.Select((recipe, i) => IsTaughtAnew(_seeds[i]) ? null : Finished(phase, recipe))]
                : new RunSummary?[recipes.Length];
            if (_options.Wants(_recipe, phase))
                anew.UnionWith(_seeds.Where((seed, i) => runs[i] is null && RunFolder.IsBegun(RunPathOf(phase, seed)))
                    .Select(seed => (phase.Number, seed)));
            int done = runs.Count(static run => run is not null), open = _options.Wants(_recipe, phase) ? recipes.Length - done : 0;
            if (done < recipes.Length) known = false;
            else if (Judge(Outcome(phase, runs!, undone), kept) is { Kept: true } outcome) kept = outcome;
            else undone.Add(phase);
            var cost = Cost.Of(recipes[0].Graph);
            return new PlannedPhase(phase, cost.Parameters, cost.Macs, open, done, open == 0 ? TimeSpan.Zero
                : RunEstimate.Of(recipes[0], _data, _options.Threads,
                    teacher is null ? null : _recipes.Of(teacher, _seeds[0], undone).Graph))
            { Claims = recipes[0].Claims };
        })];
    }

    /// <summary>Trains what is not trained yet.</summary>
    /// <param name="progress">Told when a training begins, a few times a second while it goes on, and when a phase is done.</param>
    /// <param name="cancellation">Stops between two steps; what is finished stays in the folder.</param>
    /// <exception cref="RunException">A loss left the finite numbers, the disk is full, or a phase needs one that was undone.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public BuildRecord Run(IProgress<BuildProgress>? progress = null, CancellationToken cancellation = default)
    {
        var outcomes = new List<PhaseOutcome>();
        var undone = new List<Phase>();
        RequireTeachers();
        RequireSpace();
        _folder.WriteRecipe();
        if (Runs is { } plan) plan.Write(_folder.Location);
        else RunPlan.Discard(_folder.Location);
        BuildRecord record = Keep(outcomes);
        foreach (Phase phase in _recipe.Phases)
        {
            Recipe[] recipes = [.. _seeds.Select(seed => _recipes.Of(phase, seed, undone))];
            if (!_options.Wants(_recipe, phase) && recipes.Any(recipe => Finished(phase, recipe) is null)) continue;
            RunSummary[] runs =
                [.. recipes.Select((recipe, i) => Finished(phase, recipe) ?? Train(phase, recipe, i + 1, progress, cancellation))];
            PhaseOutcome outcome = Judge(Outcome(phase, runs, undone), outcomes.LastOrDefault(static before => before.Kept));
            if (!outcome.Kept) undone.Add(phase);
            outcomes.Add(outcome);
            record = Keep(outcomes);
            progress?.Report(new BuildProgress(phase, runs.Length, null, outcome));
        }

        return record;
    }

    /// <summary>Lets others work in the folder.</summary>
    public void Dispose() => _folder.Dispose();

    // A phase that is trained alone learns from one that was trained before.
    private void RequireTeachers()
    {
        foreach (Phase phase in _recipe.Phases.Where(phase => _options.Wants(_recipe, phase) && !IsTrained(phase)))
        {
            if (_recipes.TeacherOf(phase, []) is { } teacher && !_options.Wants(_recipe, teacher) && !IsTrained(teacher))
                throw new RunException($"Phase '{phase.Name}' learns from phase '{teacher.Name}', which is not trained.",
                    Path.GetFullPath(_folder.PathOf(teacher.Folder)), $"Train phase '{teacher.Name}' first, or leave no phase out.")
                { Setting = "only" };
        }

        bool IsTrained(Phase phase) => _seeds.All(seed => IsFinished(phase, seed));
    }

    // Of all phases that are to come, before the first of them has taken its hours. What is undone in the end may take a leak with it; the
    // run itself is held against its teacher once more.
    private void RefuseLeaks()
    {
        foreach ((Phase phase, int seed) in OpenRuns().DistinctBy(static run => run.Phase))
        {
            try
            {
                HeldOutCheck.Check(_recipes.Of(phase, seed).Training, _data, planned: OpenTeacherOf(phase, seed));
            }
            catch (RecipeException error)
            {
                throw new RecipeException(error.Message, $"{error.Where}, phase {phase.Name}", error.Remedy, error)
                {
                    Setting = error.Setting,
                };
            }
        }
    }

    // A teacher in another place is the same one by what each run recorded. Before the folder's recipe names that place: a refusal leaves
    // it as it was.
    private void RefuseOtherTeachers()
    {
        if (!_folder.NamesOtherPlaces) return;
        foreach (Phase phase in _recipe.Phases)
        {
            foreach (int seed in _seeds) Finished(phase, _recipes.Of(phase, seed));
        }
    }

    // Null where no phase of this build teaches it, and where the one that does is trained: its run knows its images itself.
    private PlannedTeacher? OpenTeacherOf(Phase phase, int seed)
    {
        if (_recipes.TeacherOf(phase) is not { } teacher) return null;
        bool isThere = _options.Wants(_recipe, teacher) ? IsDone(teacher, seed) : IsFinished(teacher, seed);
        return isThere ? null : new PlannedTeacher(teacher.Name, Path.Combine(RunPathOf(teacher, seed), RunFolder.ModelFile),
            _recipes.Of(teacher, seed).Training, OpenTeacherOf(teacher, seed));
    }

    /// <summary>What is to be trained, as far as the verdicts so far tell it; others may train planned runs between two calls.</summary>
    internal IEnumerable<(Phase Phase, int Seed)> OpenRuns() =>
        from phase in _recipe.Phases
        where _options.Wants(_recipe, phase)
        from seed in _seeds
        where !IsDone(phase, seed)
        select (phase, seed);

    // Finished as it is to be trained now, and not by a teacher of the same build that was trained once more since, or will be. Of one from
    // outside it is told later whether it is another.
    private bool IsDone(Phase phase, int seed) =>
        _folder.IsDone(BuildFolder.RunOf(phase, seed), _recipes.Of(phase, seed), BuildFolder.MayBeSame)
        && !(_recipes.TeacherOf(phase) is { } teacher && _options.Wants(_recipe, teacher)
            && RunFolder.IsBegun(RunPathOf(teacher, seed)) && !IsDone(teacher, seed));

    private bool IsFinished(Phase phase, int seed) => RunFolder.IsFinished(RunPathOf(phase, seed));

    private string RunPathOf(Phase phase, int seed) => _folder.PathOf(BuildFolder.RunOf(phase, seed));

    // Of all runs that are to come, before the first of them has taken its hours.
    private void RequireSpace() => RunSize.Require(_folder.Location,
        OpenRuns().Sum(run => RunSize.Of(_recipes.Of(run.Phase, run.Seed), _data, isTraining: false)));

    private IEnumerable<string> NotesOn(BuildRecord before)
    {
        if (_images.Doubt(before.Environment.Data) is { } doubt) yield return $"the build in the folder: {doubt}";
        if (before.Auto != _options.Auto)
            yield return before.Auto
                ? "in the folder's build phases were undone that cost more than they save; now none is, and what was trained without " +
                    "them is trained again: what was there is moved aside. --auto keeps them undone"
                : "in the folder's build no phase was undone; now those are that cost more than they save, and what was trained on top " +
                    "of them is trained again: what was there is moved aside";
        if (before.Seeds.Count > _seeds.Length)
            yield return
                Invariant($"the folder's table is of {before.Seeds.Count} seeds, and is written again with {_seeds.Length}; no run is ") +
                Invariant($"lost: ask for {before.Seeds.Count} seeds to have it back");
    }

    private IEnumerable<string> NotesOn(Phase phase)
    {
        TrainingOptions training = _recipes.Of(phase, _seeds[0], []).Training;
        return TrainingCheck.Length(training, training.Split(_data).Train.Length).Select(note => $"phase {phase.Name}, {note}");
    }

    // What is finished stays so; only where phases may be undone it can come to be superseded.
    private RunSummary? Finished(Phase phase, Recipe recipe)
    {
        string run = BuildFolder.RunOf(phase, recipe.Training.Seed);
        if (_finished.TryGetValue(run, out RunSummary? known)) return known;
        RunSummary? found = _folder.Finished(run, recipe, _images, _recipes.Superseded(phase, recipe.Training.Seed));
        if (found is not null && !_options.Auto) _finished.Add(run, found);
        return found;
    }

    private RunSummary Train(Phase phase, Recipe recipe, int number, IProgress<BuildProgress>? progress, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        progress?.Report(new BuildProgress(phase, number, null, null));
        Train(_folder, BuildFolder.RunOf(phase, recipe.Training.Seed), recipe, _data, _options, progress is null ? null
            : new Relay(phase, number, progress), cancellation);

        // What learned from it is finished no more.
        _finished.Clear();

        // As it was written, so that a build that goes on later has the same figures to the digit.
        return Finished(phase, recipe) ?? throw NotReadBack(_folder, BuildFolder.RunOf(phase, recipe.Training.Seed));
    }

    private static RunException NotReadBack(BuildFolder folder, string run) =>
        new("The run's result cannot be read back.", folder.PathOf(run), "Check the disk, and start the build again.");

    // Null where another program has done it meanwhile.
    private static RunSummary? Train(BuildFolder folder, string location, Recipe recipe, Dataset data, PhaseBuildOptions options,
        IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        using RunFolder? run = folder.Begin(location, recipe, DataIdentity.Of(data), options.Clock, options.Runs.Note);
        return run is null ? null : RecipeRun.Train(run, recipe, data, Environment(recipe.Training.Seed, data, options), options.Runs,
            progress, cancellation);
    }

    private static PhaseOutcome Outcome(Phase phase, RunSummary[] runs, List<Phase> undone) => new()
    {
        Name = phase.Name,
        Target = phase.Target,
        Change = phase.Change,
        Parameters = runs[0].Parameters,
        Macs = runs[0].Macs,
        Runs = [.. runs.Select(run => BuildFolder.RunOf(phase, run.Seed))],
        Train = Spread.Of([.. runs.Select(static run => (double)run.TrainAccuracy)]),
        Validation = Over(runs, static run => run.ValidationAccuracy),
        Test = Spread.Of([.. runs.Select(static run => (double)run.TestAccuracy)]),
        Balanced = Over(runs, static run => run.BalancedTestAccuracy),
        Corrupted = Over(runs, static run => run.CorruptedAccuracy),
        Seconds = runs.Average(static run => run.Seconds),
        Without = undone.Count == 0 ? null : [.. undone.Select(static other => other.Name)],
    };

    // Null where a run has none.
    private static Spread? Over(RunSummary[] runs, Func<RunSummary, double?> figure) =>
        runs.Any(run => figure(run) is null) ? null : Spread.Of([.. runs.Select(run => figure(run)!.Value)]);

    private PhaseOutcome Judge(PhaseOutcome outcome, PhaseOutcome? before)
    {
        PhaseDifference? difference = before is null ? null : new PhaseComparison(_folder.PathOf, _data).Compare(before, outcome);
        var verdict = Verdict.Of(before, outcome, _recipe.Tolerance, difference);
        return outcome with
        {
            Kept = verdict.Keep || !_options.Auto,
            Costly = !verdict.Keep,
            Difference = verdict.Difference,
            Why = verdict.Why,
        };
    }

    // What the folder's table says of phases that are not done again yet stays in it: a build that goes on with more seeds and is stopped
    // loses nothing.
    private BuildRecord Keep(List<PhaseOutcome> outcomes)
    {
        IEnumerable<PhaseOutcome> rows = _recipe.Phases
            .Select(phase => outcomes.Find(outcome => outcome.Name == phase.Name)
                ?? _folder.Before?.Phases.FirstOrDefault(outcome => outcome.Name == phase.Name))
            .OfType<PhaseOutcome>();
        var record = new BuildRecord
        {
            Recipe = _recipe.Name,
            Description = _recipe.Description,
            Seeds = _seeds,
            EpochsScale = _options.EpochsScale,
            Auto = _options.Auto,
            Phases = [.. rows],
            Environment = Environment(_seeds[0], _data, _options),
            Origins = Origins(rows),
            Finished = outcomes.Count == _recipe.Phases.Count,
        };
        if (Missed(record) is { Count: > 0 } missed) record = record with { MissedTargets = missed };
        _folder.Write(record);
        return record;
    }

    // Of runs that went on after an interruption also what they went on with.
    private RunOrigins Origins(IEnumerable<PhaseOutcome> phases) => RunOrigins.Of(
        from phase in phases
        from run in phase.Runs
        let environment = RunEnvironment.Read(Path.Combine(_folder.PathOf(run), RunFolder.EnvironmentFile))
        where environment is not null
        from origin in (environment.Resumed ?? []).Select(static resumed => (resumed.InstructionSet, resumed.PareVersion))
            .Prepend((environment.InstructionSet, environment.PareVersion))
        select ((string?)origin.InstructionSet, (string?)origin.PareVersion));

    private List<string> Missed(BuildRecord record) =>
        [.. Held(_recipe, record).SelectMany(static held => held.Recipe.Missed(held.Accuracy, held.Outcome.Parameters)
            .Select(what => $"phase {held.Outcome.Name}: {what}"))];

    private static RunEnvironment Environment(int seed, Dataset data, PhaseBuildOptions options) => new()
    {
        Started = options.Clock.GetUtcNow(),
        CommandLine = options.CommandLine,
        Seed = seed,
        Threads = options.Threads,
        DataSource = data.Source,
        DataFingerprint = data.Fingerprint,
    };

    // What one training tells, with where in the build it is.
    private sealed class Relay(Phase phase, int number, IProgress<BuildProgress> progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => progress.Report(new BuildProgress(phase, number, value, null));
    }
}
