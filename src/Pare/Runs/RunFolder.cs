using System.Globalization;
using Pare.Evaluation;
using Pare.Export;
using Pare.Recipes;
using Pare.Training;

namespace Pare.Runs;

/// <summary>
/// The folder of one run, with all that is needed to repeat it: <c>recipe.yaml</c> (resolved), <c>environment.json</c>,
/// <c>metrics.csv</c>, <c>metrics.jsonl</c> and TensorBoard's <c>events.out.tfevents.*</c> (a row per epoch), <c>model.safetensors</c>,
/// <c>split.json</c> (which images it was tested on and chosen by), <c>evaluation.json</c>, <c>predictions.json</c> (the class named for
/// each of these images) and <c>result.json</c>. Another run's folder is never written to. A run that was interrupted lacks the last three
/// and has <c>checkpoint.safetensors</c>, from which it goes on.
/// </summary>
public sealed class RunFolder : IDisposable
{
    /// <summary>The name of the resolved recipe.</summary>
    public const string RecipeFile = RecipeStore.FileName;

    /// <summary>The name of the weights.</summary>
    public const string ModelFile = TrainedModel.WeightsFile;

    /// <summary>The name of the record of machine, command line, seed and data.</summary>
    public const string EnvironmentFile = "environment.json";

    /// <summary>The name of the list of test and validation images.</summary>
    public const string SplitFile = "split.json";

    /// <summary>The name of what the network does on the test set in full.</summary>
    public const string EvaluationFile = TrainedModel.EvaluationFile;

    /// <summary>The name of what the network does on images unlike those that it was trained on.</summary>
    public const string RobustnessFile = "robustness.json";

    /// <summary>The name of what the network says about each image that it was tested on and chosen by.</summary>
    public const string PredictionsFile = "predictions.json";

    /// <summary>The name of the summary.</summary>
    public const string ResultFile = "result.json";

    private const string Command = "pare train", Resume = "resume";

    private readonly TimeProvider _clock;
    private readonly string _command;

    // What has been kept beside metrics and weights, so that it can be kept again.
    private readonly Dictionary<string, Action> _kept = [];
    private FolderLock _lock;
    private MetricsLog? _metrics;
    private IReadOnlyList<(string Key, object Value)>? _settings;

    private RunFolder(string location, FolderLock held, MetricsLog? metrics, TimeProvider clock, string command)
    {
        (Location, _lock, _metrics, _clock, _command) = (location, held, metrics, clock, command);
        Checkpoints = new CheckpointFiles(location);
    }

    /// <summary>The folder, as the user would type it.</summary>
    public string Location { get; }

    /// <summary>Where the weights belong.</summary>
    public string ModelPath => Path.Combine(Location, ModelFile);

    /// <summary>Its checkpoints.</summary>
    internal CheckpointFiles Checkpoints { get; }

    /// <summary>Whether it holds a run that was interrupted, and which goes on.</summary>
    internal bool GoesOn { get; private init; }

    /// <summary>Makes the folder of a new run.</summary>
    /// <param name="location">
    /// Where; it must be new or empty. Null for <c>runs/&lt;recipe&gt;-&lt;date&gt;-&lt;time&gt;</c>, with a number when that is taken.
    /// </param>
    /// <param name="recipeName">The recipe's name.</param>
    /// <param name="clock">Gives the date and time of the name, in local time, and of the records.</param>
    /// <exception cref="RecipeException"><paramref name="location"/> holds something already.</exception>
    /// <exception cref="RunException">The folder cannot be made or written to.</exception>
    public static RunFolder Create(string? location, string recipeName, TimeProvider clock)
    {
        if (location is null) return CreateIn("runs", recipeName, clock);
        return TryCreate(location, clock, Command) ?? throw Taken(location);
    }

    /// <summary>Opens the folder of a run that was interrupted, so that it goes on there.</summary>
    /// <param name="location">Where.</param>
    /// <param name="clock">Gives the date and time of the records.</param>
    /// <exception cref="RecipeException">No run was interrupted there.</exception>
    /// <exception cref="RunException">The folder cannot be written, or the run goes on in another program.</exception>
    public static RunFolder Open(string location, TimeProvider clock) => Open(location, clock, Command);

    private static RunFolder Open(string location, TimeProvider clock, string command)
    {
        CheckUnfinished(location);
        var held = FolderLock.Take(location, command);
        try
        {
            // Again, now that nobody else can bring it to its end.
            CheckUnfinished(location);
            return new RunFolder(location, held, null, clock, command) { GoesOn = true };
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>The same; null where no run was interrupted there, or another program has brought it to its end meanwhile.</summary>
    internal static RunFolder? TryOpen(string location, TimeProvider clock, string command)
    {
        try
        {
            return Open(location, clock, command);
        }
        catch (RecipeException error) when (error.Setting == Resume)
        {
            return null;
        }
    }

    /// <summary>Refuses a folder in which no run can begin or go on, before anything is read.</summary>
    /// <param name="location">Where a run is to lie; null for a folder of its own.</param>
    /// <param name="recipe">What it is to train: the same run may lie there, at its end, too. Null for a new one.</param>
    /// <exception cref="RecipeException"><paramref name="location"/> holds something else already.</exception>
    /// <exception cref="RunException">It cannot be looked at.</exception>
    public static void CheckFree(string? location, Recipe? recipe = null)
    {
        if (location is null) return;
        RefuseFile(location);
        if (!FolderFiles.Guard(location, () => IsTaken(location))) return;
        bool isSame = LacksResult(location) || (recipe is not null && IsFinished(location) && HoldsRunOf(location, recipe));
        if (recipe is null || !isSame) throw Taken(location);
    }

    /// <summary>Refuses a folder where it, or one above it, is the name of a file.</summary>
    /// <param name="location">The folder.</param>
    /// <exception cref="RecipeException">There is a file.</exception>
    public static void RefuseFile(string location)
    {
        if (!FilePath.CanBe(location)) return;
        for (string? path = Path.GetFullPath(location); path is not null; path = Path.GetDirectoryName(path))
            if (File.Exists(path))
                throw new RecipeException("A file has the name of the folder that is to be made.", path, "Name another folder.")
                {
                    Setting = "folder",
                };
    }

    /// <summary>Whether a run in a folder left a checkpoint to go on from.</summary>
    /// <param name="location">The folder.</param>
    public static bool HasCheckpoint(string location) => new CheckpointFiles(location).Exist;

    /// <summary>Takes away what a finished run no longer needs, which one that was killed in its last moment leaves.</summary>
    internal static void Tidy(string location)
    {
        if (!HasCheckpoint(location) && !File.Exists(Path.Combine(location, FolderLock.FileName))) return;
        try
        {
            using FolderLock? held = FolderLock.TryTake(location, Command);
            if (held is not null && IsFinished(location)) new CheckpointFiles(location).Remove();
        }
        catch (RunException)
        {
            // As on a disk that is only read by now: the run is whole all the same.
        }
    }

    /// <summary>The error of a folder that holds something else.</summary>
    internal static RecipeException Taken(string location) => new(
        "The folder for the run holds something already; another run is never overwritten.", Path.GetFullPath(location),
        "Choose a new folder, or none to have it named by the time.")
    { Setting = "folder" };

    /// <summary>Whether the run in a folder was begun with a recipe that trains the same.</summary>
    internal static bool HoldsRunOf(string location, Recipe recipe)
    {
        try
        {
            string? teacher = RunEnvironment.Read(Path.Combine(location, EnvironmentFile))?.Teacher;
            return RecipeDifference.First(RecipeStore.Open(Path.Combine(location, RecipeFile)), recipe,
                TeacherIdentity.Same(recipe, teacher)) is null;
        }
        catch (RecipeException)
        {
            return false;
        }
    }

    /// <summary>Whether a run lies in a folder that has begun and not come to its end: interrupted, or going on.</summary>
    /// <param name="location">The folder.</param>
    public static bool IsUnfinished(string location) =>
        (File.Exists(Path.Combine(location, MetricsLog.CsvFile)) || new CheckpointFiles(location).Exist) && !IsFinished(location);

    /// <summary>
    /// What to say, behind the run's name, of a model's file in the folder of a run whose result is missing or tells of other weights; null
    /// of others.
    /// </summary>
    /// <param name="model">The file.</param>
    public static string? Doubt(string model)
    {
        string location = Path.GetDirectoryName(Path.GetFullPath(model))!;
        if (Path.GetFileName(model) == ModelFile && RunSummary.Read(Path.Combine(location, ResultFile)) is { } summary
            && HasOtherWeights(location, summary))
            return "has other weights than those that its result tells of: they were damaged or replaced since, and its figures are not " +
                "theirs";
        return !LacksResult(location) ? null
            : File.Exists(Path.Combine(location, ResultFile)) ? "has a result.json that is damaged: what it came to is not known"
            : "has no result: it was interrupted, or is still running; its weights are not the last epoch's";
    }

    /// <summary>Whether the weights of a finished run are not those that its result tells of, as far as that says so.</summary>
    internal static bool HasOtherWeights(string location, RunSummary summary) =>
        summary.WeightsDigest is { } own && DigestOf(Path.Combine(location, ModelFile)) is { } now && now != own;

    /// <summary>A digest of the values in a model's file; null where it cannot be read.</summary>
    internal static string? DigestOf(string model)
    {
        try
        {
            return Safetensors.Read(model).Digest;
        }
        catch (PareException)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether a run lies in a folder that has come to its end: with its result, and weights of which nothing is missing.
    /// </summary>
    /// <param name="location">The folder.</param>
    public static bool IsFinished(string location) =>
        RunSummary.Read(Path.Combine(location, ResultFile)) is not null && Safetensors.IsWhole(Path.Combine(location, ModelFile));

    /// <summary>
    /// Whether a run lies in a folder, at its end or not. Where one lies that is not finished as it is to be trained now, another one comes
    /// in its place, and what learned from it is trained once more; one that is gone comes out the same, and what learned from it stays.
    /// </summary>
    internal static bool IsBegun(string location) => IsUnfinished(location) || IsFinished(location);

    /// <summary>Keeps the resolved recipe.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    internal void WriteRecipe(string yaml) => Keep(RecipeFile, () => FolderFiles.WriteText(Location, RecipeFile, yaml));

    /// <summary>Keeps the record of the environment.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    internal void WriteEnvironment(RunEnvironment environment) =>
        Keep(EnvironmentFile, () => RunRecords.Write(Location, EnvironmentFile, environment));

    /// <summary>Keeps which images the run is tested on and chosen by.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    internal void WriteSplit(RunSplit split) => Keep(SplitFile, () => RunRecords.Write(Location, SplitFile, split));

    /// <summary>Keeps what the network does on the test set.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    internal void WriteEvaluation(EvaluationRecord evaluation) =>
        RunRecords.Write(Location, EvaluationFile, Runs.EvaluationFile.Of(evaluation));

    /// <summary>Keeps what the network says about each image.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    internal void WritePredictions(RunPredictions predictions) => RunRecords.Write(Location, PredictionsFile, predictions);

    /// <summary>Keeps the summary; its presence says that the run came to its end.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    internal void WriteResult(RunSummary summary)
    {
        // Nothing of a run that is at its end may be lost with the power.
        FolderFiles.Guard(Location, () =>
        {
            _metrics?.End(summary);
            _metrics?.Flush();
        });
        RunRecords.Write(Location, ResultFile, summary);
    }

    /// <summary>Adds one epoch to the metrics.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    internal void Append(EpochMetrics metrics) => FolderFiles.Guard(Location, () => (_metrics ??= Reopen([])).Append(metrics));

    /// <summary>Closes the metrics, and lets others work in the folder; a new one in which nothing was kept goes again.</summary>
    public void Dispose()
    {
        _metrics?.Dispose();
        if (!GoesOn && IsHeld()) MetricsLog.RemoveAlone(Location);
        _lock.Dispose();
    }

    /// <summary>Keeps the settings of the run beside what its epochs measure, for TensorBoard.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    internal void WriteSettings(IReadOnlyList<(string Key, object Value)> settings) => FolderFiles.Guard(Location, () =>
    {
        _settings = settings;
        (_metrics ??= Reopen([])).WriteSettings(settings);
    });

    /// <summary>Cuts the metrics back to the epochs that the run has behind it where it goes on.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    internal void CutBack(IReadOnlyList<EpochMetrics> rows) => FolderFiles.Guard(Location, () =>
    {
        _metrics?.Dispose();
        _metrics = Reopen(rows);
    });

    /// <summary>
    /// Sees to it that the folder is still there and this run's: one that was deleted is made again, with all that the run has to keep.
    /// </summary>
    /// <param name="rows">What the epochs so far measured.</param>
    /// <param name="note">Told that it was deleted.</param>
    /// <exception cref="RunException">The folder cannot be made again, or another program has taken it.</exception>
    internal void Watch(IReadOnlyList<EpochMetrics> rows, Action<string>? note) => FolderFiles.Guard(Location, () =>
    {
        if (_lock.Holds()) return;
        bool isThere = Directory.Exists(Location);
        var again = FolderLock.Take(Location, _command);
        _lock.Dispose();
        _lock = again;
        if (File.Exists(Path.Combine(Location, ResultFile)))
            throw new RunException("Another program has taken the run's folder meanwhile, and finished a run there.",
                Path.GetFullPath(Location), "Start this run again in a folder of its own.")
            { Setting = "folder" };
        foreach (Action write in _kept.Values) write();
        CutBack(rows);
        note?.Invoke(isThere ? $"the lock of the run's folder was deleted; it is made again: {Path.GetFullPath(Location)}"
            : $"the run's folder was deleted; it is made again, and the run continues: {Path.GetFullPath(Location)}");
    });

    /// <summary>What a file or folder is called that is named after a recipe: nothing that it should not hold, and not too long.</summary>
    /// <param name="recipeName">The recipe's name.</param>
    public static string NameAfter(string recipeName) => FolderFiles.FileName(recipeName);

    /// <summary>Makes a folder named after recipe and time below <paramref name="parent"/>.</summary>
    internal static RunFolder CreateIn(string parent, string recipeName, TimeProvider clock)
    {
        string name = Path.Combine(parent, FolderFiles.Name(recipeName, "", clock));
        for (int i = 1; ; i++)
        {
            if (TryCreate(i == 1 ? name : Invariant($"{name}-{i}"), clock, Command) is RunFolder run) return run;
        }
    }

    /// <summary>Makes the folder of a new run; null where it holds something, or another program was faster.</summary>
    internal static RunFolder? TryCreate(string location, TimeProvider clock, string command) => FolderFiles.Guard(location, () =>
    {
        if (IsTaken(location)) return null;
        if (FolderLock.TryTake(location, command) is not { } held) return null;
        try
        {
            // Again, now that nobody else can put something there.
            MetricsLog? metrics = IsTaken(location) ? null : MetricsLog.TryCreate(location, clock);
            if (metrics is not null) return new RunFolder(location, held, metrics, clock, command);
            held.Dispose();
            return null;
        }
        catch
        {
            MetricsLog.RemoveAlone(location);
            held.Dispose();
            throw;
        }
    });

    // Not where it was deleted, and another program has begun a run there since.
    private bool IsHeld()
    {
        try
        {
            return _lock.Holds();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsTaken(string location) =>
        File.Exists(location) || FolderFiles.HoldsSomething(location, FolderLock.FileName);

    private static void CheckUnfinished(string location)
    {
        if (FolderFiles.Guard(location, () => LacksResult(location))) return;
        throw new RecipeException(
            IsFinished(location) ? "The run in this folder is finished." : "No run was interrupted in this folder.",
            Path.GetFullPath(location), "Name the folder of a run that was interrupted.")
        { Setting = Resume };
    }

    // What another program calls its metrics is not ours.
    private static bool LacksResult(string location) => IsUnfinished(location)
        && (HasCheckpoint(location) || File.Exists(Path.Combine(location, RecipeFile)) || MetricsLog.IsEmpty(location));

    private MetricsLog Reopen(IReadOnlyList<EpochMetrics> rows) => MetricsLog.Reopen(Location, rows, _clock, _settings);

    private void Keep(string name, Action write)
    {
        write();
        _kept[name] = write;
    }
}
