using System.Globalization;
using Pare.Evaluation;
using Pare.Recipes;
using Pare.Training;

namespace Pare.Runs;

/// <summary>
/// The folder of one run, with all that is needed to repeat it: <c>recipe.yaml</c> (resolved), <c>environment.json</c>,
/// <c>metrics.csv</c>, <c>metrics.jsonl</c> and TensorBoard's <c>events.out.tfevents.*</c> (a row an epoch), <c>model.safetensors</c>,
/// <c>split.json</c> (which images it was tested on and chosen by), <c>evaluation.json</c> and <c>result.json</c>. Another run's folder is
/// never written to. A run that was interrupted keeps what it has
/// and lacks the last two.
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
    public const string EvaluationFile = "evaluation.json";

    /// <summary>The name of the summary.</summary>
    public const string ResultFile = "result.json";

    private const string Command = "pare train";

    private readonly FolderLock _lock;
    private readonly MetricsLog _metrics;

    private RunFolder(string location, FolderLock held, MetricsLog metrics) => (Location, _lock, _metrics) = (location, held, metrics);

    /// <summary>The folder, as the user would type it.</summary>
    public string Location { get; }

    /// <summary>Where the weights belong.</summary>
    public string ModelPath => Path.Combine(Location, ModelFile);

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
        return CreateAt(location, clock) ?? throw Taken(location);
    }

    /// <summary>Refuses a folder in which no run can begin, before anything is read.</summary>
    /// <param name="location">Where a run is to lie; null for a folder of its own.</param>
    /// <exception cref="RecipeException"><paramref name="location"/> holds something already.</exception>
    /// <exception cref="RunException">It cannot be looked at.</exception>
    public static void CheckFree(string? location)
    {
        if (location is not null && FolderFiles.Guard(location, () => IsTaken(location))) throw Taken(location);
    }

    /// <summary>Whether a run lies in a folder that has begun and not come to its end: interrupted, or going on.</summary>
    /// <param name="location">The folder.</param>
    public static bool IsUnfinished(string location) =>
        File.Exists(Path.Combine(location, MetricsLog.CsvFile)) && !File.Exists(Path.Combine(location, ResultFile));

    /// <summary>Keeps the resolved recipe.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public void WriteRecipe(string yaml) => FolderFiles.WriteText(Location, RecipeFile, yaml);

    /// <summary>Keeps the record of the environment.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public void WriteEnvironment(RunEnvironment environment) => RunRecords.Write(Location, EnvironmentFile, environment);

    /// <summary>Keeps which images the run is tested on and chosen by.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public void WriteSplit(RunSplit split) => RunRecords.Write(Location, SplitFile, split);

    /// <summary>Keeps what the network does on the test set.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public void WriteEvaluation(EvaluationRecord evaluation) =>
        RunRecords.Write(Location, EvaluationFile, Runs.EvaluationFile.Of(evaluation));

    /// <summary>Keeps the summary; its presence says that the run came to its end.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public void WriteResult(RunSummary summary) => RunRecords.Write(Location, ResultFile, summary);

    /// <summary>Adds one epoch to the metrics.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public void Append(EpochMetrics metrics) => FolderFiles.Guard(Location, () => _metrics.Append(metrics));

    /// <summary>Closes the metrics, and lets others work in the folder.</summary>
    public void Dispose()
    {
        _metrics.Dispose();
        _lock.Dispose();
    }

    /// <summary>Makes a folder named after recipe and time below <paramref name="parent"/>.</summary>
    internal static RunFolder CreateIn(string parent, string recipeName, TimeProvider clock)
    {
        string name = Path.Combine(parent, FolderFiles.Name(recipeName, clock));
        for (int i = 1; ; i++)
        {
            if (CreateAt(i == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{i}"), clock) is RunFolder run) return run;
        }
    }

    // Null when another run was faster or the folder holds something.
    private static RunFolder? CreateAt(string location, TimeProvider clock) => FolderFiles.Guard(location, () =>
    {
        if (IsTaken(location)) return null;
        if (FolderLock.TryTake(location, Command) is not { } held) return null;
        try
        {
            // Again, now that nobody else can put something there.
            MetricsLog? metrics = IsTaken(location) ? null : MetricsLog.TryCreate(location, clock);
            if (metrics is not null) return new RunFolder(location, held, metrics);
            held.Dispose();
            return null;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    });

    private static bool IsTaken(string location) =>
        File.Exists(location) || FolderFiles.HoldsSomething(location, FolderLock.FileName);

    private static RecipeException Taken(string location) => new(
        "The folder for the run holds something already; another run is never overwritten.", Path.GetFullPath(location),
        "Choose a new folder, or none to have it named by the time.")
    { Setting = "folder" };
}
