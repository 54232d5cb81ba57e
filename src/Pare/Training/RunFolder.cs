using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pare.Training;

/// <summary>
/// The folder of one run, with all that is needed to repeat it: <c>recipe.yaml</c> (resolved), <c>environment.json</c>,
/// <c>metrics.csv</c> and <c>metrics.jsonl</c> (a row an epoch), <c>model.safetensors</c> and <c>result.json</c>. Another run's
/// folder is never written to. A run that was interrupted keeps what it has and lacks <c>result.json</c>.
/// </summary>
public sealed class RunFolder : IDisposable
{
    /// <summary>The name of the resolved recipe.</summary>
    public const string RecipeFile = "recipe.yaml";

    /// <summary>The name of the weights.</summary>
    public const string ModelFile = "model.safetensors";

    /// <summary>The name of the record of machine, command line, seed and data.</summary>
    public const string EnvironmentFile = "environment.json";

    /// <summary>The name of the summary.</summary>
    public const string ResultFile = "result.json";

    private readonly MetricsLog _metrics;

    private RunFolder(string location, MetricsLog metrics) => (Location, _metrics) = (location, metrics);

    /// <summary>The folder, as the user would type it.</summary>
    public string Location { get; }

    /// <summary>Where the weights belong.</summary>
    public string ModelPath => Path.Combine(Location, ModelFile);

    /// <summary>Makes the folder of a new run.</summary>
    /// <param name="location">Where; it must be new or empty. Null for <c>runs/&lt;recipe&gt;-&lt;date&gt;-&lt;time&gt;</c>, with a number when that is taken.</param>
    /// <param name="recipeName">The recipe's name.</param>
    /// <param name="clock">Gives the date and time of the name, in local time.</param>
    /// <exception cref="RecipeException"><paramref name="location"/> holds something already.</exception>
    /// <exception cref="RunException">The folder cannot be made or written to.</exception>
    public static RunFolder Create(string? location, string recipeName, TimeProvider clock)
    {
        if (location is null) return CreateIn("runs", recipeName, clock);
        return CreateAt(location) ?? throw Taken(location);
    }

    /// <summary>Keeps the resolved recipe.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public void WriteRecipe(string yaml) => Write(Location, RecipeFile, path => File.WriteAllBytes(path, Encoding.UTF8.GetBytes(yaml)));

    /// <summary>Keeps the record of the environment.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public void WriteEnvironment(RunEnvironment environment) => WriteJson(Location, EnvironmentFile, environment.Write);

    /// <summary>Keeps the summary; its presence says that the run came to its end.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public void WriteResult(RunSummary summary) => WriteJson(Location, ResultFile, summary.Write);

    /// <summary>Adds one epoch to the metrics.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public void Append(EpochMetrics metrics) => Guard(Location, () => _metrics.Append(metrics));

    /// <summary>Closes the metrics.</summary>
    public void Dispose() => _metrics.Dispose();

    /// <summary>Makes a folder named after recipe and time below <paramref name="parent"/>.</summary>
    internal static RunFolder CreateIn(string parent, string recipeName, TimeProvider clock)
    {
        string time = clock.GetLocalNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        string name = Path.Combine(parent, $"{FileName(recipeName)}-{time}");
        for (int i = 1; ; i++)
        {
            if (CreateAt(i == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{i}")) is RunFolder run) return run;
        }
    }

    /// <summary>Writes one JSON object as a file of a folder, whole or not at all.</summary>
    internal static void WriteJson(string location, string name, Action<Utf8JsonWriter> properties) => Write(location, name, path =>
    {
        using FileStream file = File.Create(path);
        using (var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            properties(json);
            json.WriteEndObject();
        }

        file.WriteByte((byte)'\n');
    });

    /// <summary>Writes a file of a folder, whole or not at all.</summary>
    internal static void Write(string location, string name, Action<string> save) => Guard(location, () =>
    {
        string path = Path.Combine(location, name);
        string temporary = path + ".tmp";
        try
        {
            save(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    });

    /// <summary>Does something in a folder; failing to is an error that says where.</summary>
    internal static void Guard(string location, Action action) => Guard(location, () =>
    {
        action();
        return true;
    });

    // Null when another run was faster or the folder holds something. Opening the metrics as new files is what claims a folder:
    // of two runs that start in the same second, one fails to.
    private static RunFolder? CreateAt(string location) => Guard(location, () =>
    {
        if (File.Exists(location) || (Directory.Exists(location) && Directory.EnumerateFileSystemEntries(location).Any())) return null;
        Directory.CreateDirectory(location);
        return MetricsLog.TryCreate(location) is MetricsLog metrics ? new RunFolder(location, metrics) : null;
    });

    private static T Guard<T>(string location, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RunException(
                $"The run's folder cannot be written: {exception.Message}", Path.GetFullPath(location),
                "Free some space there, or choose another folder with --out FOLDER.", exception);
        }
    }

    private static RecipeException Taken(string location) => new(
        "The folder for the run holds something already; another run is never overwritten.", Path.GetFullPath(location),
        "Choose a new folder with --out FOLDER, or leave --out away.");

    private static string FileName(string recipeName) =>
        string.Concat(recipeName.Select(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' ? letter : '-')).TrimStart('.');
}
