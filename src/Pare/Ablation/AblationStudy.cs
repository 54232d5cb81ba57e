using Pare.Data;
using Pare.Evaluation;
using Pare.Graphs;
using Pare.Recipes;
using Pare.Robustness;
using Pare.Runs;
using Pare.Training;
using Pare.Training.Losses;

namespace Pare.Ablation;

/// <summary>Trains all runs of a plan, row by row, and compares the rows.</summary>
/// <param name="plan">The runs.</param>
/// <param name="data">The images, the same for all.</param>
/// <param name="folder">Keeps what is finished.</param>
/// <param name="threads">Threads to compute with.</param>
/// <param name="clock">Measures the runs.</param>
/// <param name="commandLine">The command line for the record, program first.</param>
public sealed class AblationStudy(AblationPlan plan, Dataset data, AblationFolder folder, int threads, TimeProvider clock,
    IReadOnlyList<string>? commandLine = null)
{
    private static readonly TimeSpan MostTiming = TimeSpan.FromSeconds(10);

    private readonly RunEnvironment _environment = new()
    {
        Started = clock.GetUtcNow(),
        CommandLine = commandLine ?? [],
        Seed = plan.Seeds[0],
        Threads = threads,
        DataSource = data.Source,
        DataFingerprint = DataIdentity.Of(data).Fingerprint,
    };

    private readonly Dictionary<(string Row, int Seed), AblationFile> _finished = [];
    private RunPlan? _written;

    /// <summary>How each training is kept and goes on.</summary>
    public RunSettings Settings { get; init; } = new();

    /// <summary>What one should know of what lies in the folder already: its table has what this study's is without.</summary>
    public IReadOnlyList<string> Notes
    {
        get
        {
            if (RunPlan.TryRead(folder.Location) is not { Kind: PlanKind.Ablation } before) return [];
            const string Again = "and its table is written again without them; no run is lost: ask for them again to have them back";
            int[] seeds = [.. before.Seeds.Except(plan.Seeds)];
            string[] rows = [.. before.Rows.Select(static row => row.Name).Except(plan.Rows.Select(static row => row.Name))];
            return
            [
                .. seeds.Length == 0 ? []
                    : (string[])[Invariant($"the folder's ablation has more seeds ({string.Join(", ", seeds)}), {Again}")],
                .. rows.Length == 0 ? [] : (string[])[$"the folder's ablation has more rows ({string.Join("; ", rows)}), {Again}"],
            ];
        }
    }

    /// <summary>Keeps the list of all runs in the folder, so that others can train them.</summary>
    /// <exception cref="RecipeException">
    /// A teacher knows images that its student is tested on or chosen by, or is not there; or the folder holds runs of another recipe or of
    /// other images.
    /// </exception>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public RunPlan WritePlan()
    {
        // The folder's own runs first: it is not to say what they would then contradict. What is finished needs its teacher no more.
        HashSet<string> open = [.. Open().Select(static run => run.Row.Name)];
        foreach ((AblationRow row, Recipe recipe) in plan.Rows.Zip(plan.Recipes))
        {
            if (open.Contains(row.Name)) HeldOutCheck.Check(recipe.Training, data);
        }

        RunPlan runs = plan.ToPlan(DataIdentity.Of(data));
        folder.Begin(plan.Baseline, _environment, isPlanned: RunPlan.TryRead(folder.Location)?.IsSame(runs) == true);
        runs.Write(folder.Location);
        return _written = runs;
    }

    /// <summary>Trains one run of the plan, unless it is finished, whoever else trains its other runs at the same time.</summary>
    /// <param name="run">The run.</param>
    /// <param name="progress">Told a few times a second.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="RecipeException">The folder holds this run of another recipe or of other images.</exception>
    /// <exception cref="RunException">The folder cannot be written, or another program trains this run.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public AblationRun Run(PlannedRun run, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default) =>
        Run(plan.Rows[run.Row], run.Seed, progress, cancellation).Run;

    /// <summary>Runs that the folder does not hold yet.</summary>
    /// <exception cref="RecipeException">The folder holds runs of another recipe or of other images.</exception>
    public int CountOpen() => Open().Count();

    /// <summary>
    /// Seconds that the open runs will take, from a few steps of each row; where there are many rows the last are taken to be as fast as
    /// the first, multiply-add for multiply-add.
    /// </summary>
    /// <param name="cancellation">Stops between two rows.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public double EstimateSeconds(CancellationToken cancellation = default)
    {
        long begun = clock.GetTimestamp();
        double timed = 0, timedWork = 0, openWork = 0;
        foreach (IGrouping<string, (AblationRow Row, Recipe Recipe)> runs in Open().ToArray().GroupBy(static open => open.Row.Name))
        {
            cancellation.ThrowIfCancellationRequested();
            Recipe recipe = runs.First().Recipe;
            double work = runs.Count() * (double)recipe.Training.Epochs * Cost.Of(recipe.Graph).Macs;
            openWork += work;
            if (timed > 0 && clock.GetElapsedTime(begun) > MostTiming) continue;
            timed += runs.Count() * RunEstimate.Of(recipe, data, threads).TotalSeconds;
            timedWork += work;
        }

        return timedWork > 0 ? timed * openWork / timedWork : timed;
    }

    /// <summary>Median milliseconds that one image takes alone, on one thread, whatever the weights are.</summary>
    /// <param name="row">A row of the plan.</param>
    public double Latency(AblationRow row)
    {
        Recipe recipe = plan.RecipeOf(row, plan.Seeds[0]);
        return EvaluationRecord.Latency(new Network(recipe.Graph, recipe.Training.Seed));
    }

    /// <summary>Trains what is open. A run whose loss leaves the finite numbers is kept as failed, and the others go on.</summary>
    /// <param name="progress">Told a few times a second, and at each run's end.</param>
    /// <param name="cancellation">Stops between two steps; finished runs stay in the folder.</param>
    /// <exception cref="RecipeException">The folder holds runs of another recipe or of other images.</exception>
    /// <exception cref="RunException">The folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public AblationTable Run(IProgress<AblationProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (_written is null) WritePlan();
        var rows = new List<AblationRowResult>();
        var files = new List<AblationFile>();
        int done = 0, all = plan.Rows.Count * plan.Seeds.Count;
        foreach (AblationRow row in plan.Rows)
        {
            var runs = new List<AblationRun>();
            foreach (int seed in plan.Seeds)
            {
                files.Add(Run(row, seed, progress is null ? null : new Relay(row, seed, done, all, progress), cancellation));
                runs.Add(files[^1].Run);
                done++;
                if (runs.Count == plan.Seeds.Count) rows.Add(new AblationRowResult(row, runs, rows.Count == 0 ? runs : rows[0].Runs));
                progress?.Report(new AblationProgress(row, seed, done, all, null, runs.Count == plan.Seeds.Count ? rows[^1] : null));
            }
        }

        var table = new AblationTable(plan.Baseline.Name, data.Source, plan.Seeds, rows)
        {
            DataFingerprint = _environment.DataFingerprint,
            Origins = RunOrigins.Of(files.Select(static file => (file.InstructionSet, file.PareVersion))),
        };
        folder.Write(table.ToRecord(), table.ToCsv(), table.ToMarkdown(), table.ToLatex());
        return table;
    }

    private IEnumerable<(AblationRow Row, Recipe Recipe)> Open() =>
        from row in plan.Rows
        from seed in plan.Seeds
        where !_finished.ContainsKey((row.Name, seed))
        let recipe = plan.RecipeOf(row, seed)
        where Finished(row, seed, recipe) is null
        select (row, recipe);

    // What is finished stays so: of ten thousand runs each is read once.
    private AblationFile? Finished(AblationRow row, int seed, Recipe recipe)
    {
        if (folder.Read(row.Name, seed, recipe, data) is not { } run) return null;
        folder.Tidy(row.Name, seed);
        _finished[(row.Name, seed)] = run;
        return run;
    }

    private AblationFile Run(AblationRow row, int seed, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        if (_finished.TryGetValue((row.Name, seed), out AblationFile? known)) return known;
        Recipe recipe = plan.RecipeOf(row, seed);
        if (Finished(row, seed, recipe) is { } finished) return finished;
        using IDisposable held = folder.Claim(row.Name, seed);

        // Again, now that nobody else can bring it to its end.
        if (folder.Read(row.Name, seed, recipe, data) is { } meanwhile) return meanwhile;
        AblationRun run = Train(row, recipe, progress, cancellation);
        folder.Watch(Settings.Note);
        return folder.Write(row.Name, run, recipe, data, threads);
    }

    private AblationRun Train(AblationRow row, Recipe recipe, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var network = new Network(recipe.Graph, recipe.Training.Seed);
        var images = DataIdentity.Of(data);
        Checkpoint? from = folder.ReadCheckpoint(row.Name, recipe, data, Settings);
        var origin = new CheckpointOrigin
        {
            Recipe = recipe.ToYaml(),
            Data = images.Source,
            DataFingerprint = images.Fingerprint,
            Teacher = TeacherIdentity.Of(recipe),
        };
        var writer = new CheckpointWriter(folder.CheckpointsOf(row.Name, recipe.Training.Seed), origin, Settings.CheckpointInterval,
            _ => folder.Watch(Settings.Note), TimeProvider.System);
        RunSize.Require(folder.Location, RunSize.Of(recipe, data, isTraining: true));
        long start = clock.GetTimestamp();
        TrainingResult? result = null;
        string? failure = null;
        try
        {
            result = KeptTraining.Run(network, data, Options(recipe), from, writer, null, progress, cancellation);
        }
        catch (RunException error) when (error.Setting != "folder")
        {
            failure = $"{error.Message} ({error.Where})";
        }

        double seconds = clock.GetElapsedTime(start).TotalSeconds + (from?.State.Seconds ?? 0);
        return new AblationRun
        {
            Seed = recipe.Training.Seed,
            Parameters = Cost.Of(recipe.Graph).Parameters,
            TestAccuracy = Share(result?.Test.Accuracy),
            BalancedTestAccuracy = Share(result?.Test.UnevenBalancedAccuracy),
            ValidationAccuracy = Share(result?.Validation?.Accuracy),
            Seconds = seconds,
            CorruptedAccuracy = result is null ? null
                : Share(QuickCorruptions.Measure(result.Network, result.Normalization, data.Test, threads)),
            Failure = failure,
        };
    }

    // The digits that a single has beyond a share of images are no news.
    private static double? Share(float? accuracy) => accuracy is float share ? Math.Round(share, 6) : null;

    private TrainingOptions Options(Recipe recipe) => recipe.Training with { Threads = threads };

    // What one training tells, with where in the ablation it is. At once, on the training's thread, as Progress<T> would not.
    private sealed class Relay(AblationRow row, int seed, int done, int all, IProgress<AblationProgress> progress)
        : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => progress.Report(new AblationProgress(row, seed, done, all, value, null));
    }
}
