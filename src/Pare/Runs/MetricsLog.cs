using System.Globalization;
using System.Text;
using System.Text.Json;
using Pare.Data;
using Pare.Runs.TensorBoard;
using Pare.Training;

namespace Pare.Runs;

/// <summary>
/// Writes what every epoch measured to <c>metrics.csv</c> (one header, one row per epoch), <c>metrics.jsonl</c> (one object per
/// epoch) and <c>events.out.tfevents.*</c> (for TensorBoard) under the same names, such as <c>validation/accuracy</c>. A row
/// outlives the process as soon as its epoch is over; a loss of power can take it, until the run is at its end.
/// </summary>
internal sealed class MetricsLog : IDisposable
{
    /// <summary>The name of the table.</summary>
    public const string CsvFile = "metrics.csv";

    /// <summary>The name of the JSON Lines file.</summary>
    public const string JsonlFile = "metrics.jsonl";

    // The one list of what is kept, for all files. A value is already text: the shortest digits that give it back.
    private static readonly (string Name, Func<EpochMetrics, string?> Value)[] Columns =
    [
        ("epoch", static row => row.Epoch.ToString(CultureInfo.InvariantCulture)),
        ("train/loss", static row => Single(row.TrainLoss)),
        ("train/accuracy", static row => Single(row.TrainAccuracy)),
        ("validation/loss", static row => Single(row.ValidationLoss)),
        ("validation/accuracy", static row => Single(row.ValidationAccuracy)),
        ("lr", static row => Single(row.LearningRate)),
        ("seconds", static row => Double(row.Seconds)),
        ("images_per_second", static row => Double(row.ImagesPerSecond)),
        ("idle", static row => Double(row.Idle)),
    ];

    private readonly FileStream _csv;
    private readonly FileStream _jsonl;
    private readonly EventFile _events;
    private readonly TimeProvider _clock;

    private static string Header => string.Join(',', Columns.Select(static column => column.Name));

    private MetricsLog(FileStream csv, FileStream jsonl, EventFile events, TimeProvider clock) =>
        (_csv, _jsonl, _events, _clock) = (csv, jsonl, events, clock);

    /// <summary>Creates the files in a folder; null when the table is there already, which so marks a folder as taken.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="clock">Gives the wall time of TensorBoard's records.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static MetricsLog? TryCreate(string folder, TimeProvider clock)
    {
        string path = Path.Combine(folder, CsvFile);
        FileStream csv;
        try
        {
            csv = Create(path);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }

        FileStream? jsonl = null;
        try
        {
            jsonl = Create(Path.Combine(folder, JsonlFile));
            Write(csv, Header);
            return new MetricsLog(csv, jsonl, new EventFile(folder, clock.GetUtcNow()), clock);
        }
        catch
        {
            jsonl?.Dispose();
            csv.Dispose();
            throw;
        }
    }

    /// <summary>The epochs that a folder's table has, and the seconds from the start to the last; none where there is no table.</summary>
    /// <param name="folder">The folder of a run.</param>
    internal static (int Epochs, double Seconds) ReadTimes(string folder)
    {
        try
        {
            string path = Path.Combine(folder, CsvFile);
            if (!File.Exists(path)) return (0, 0);
            using var file = new StreamReader(RegularFile.Open(path, FileShare.ReadWrite | FileShare.Delete));
            int column = Array.IndexOf(file.ReadLine()?.Split(',') ?? [], "seconds"), epochs = 0;
            double seconds = 0;
            while (column >= 0 && file.ReadLine()?.Split(',') is { } row && row.Length > column)
            {
                if (!double.TryParse(row[column], CultureInfo.InvariantCulture, out double elapsed)) break;
                (epochs, seconds) = (epochs + 1, elapsed);
            }

            return (epochs, seconds);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return (0, 0);
        }
    }

    /// <summary>Whether a folder's table is one that was killed before its first row.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static bool IsEmpty(string folder)
    {
        string path = Path.Combine(folder, CsvFile);
        if (!File.Exists(path)) return true;
        string begin = Header + "\n";
        return RegularFile.ReadText(path, begin.Length) is { } text && begin.StartsWith(text, StringComparison.Ordinal);
    }

    /// <summary>Removes files that no epoch was written to, where a folder holds nothing else but its lock.</summary>
    /// <param name="folder">The folder.</param>
    internal static void RemoveAlone(string folder)
    {
        try
        {
            string[] files = Directory.Exists(folder) ? [.. Directory.EnumerateFileSystemEntries(folder)
                .Where(static entry => Path.GetFileName(entry) != FolderLock.FileName && !WholeFile.IsLeftover(entry))] : [];
            if (files.All(static file => Path.GetFileName(file) is CsvFile or JsonlFile
                || Path.GetFileName(file).StartsWith(EventFile.Prefix, StringComparison.Ordinal)) && IsEmpty(folder))
            {
                foreach (string file in files) File.Delete(file);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What stays is taken for a run that was killed before its first epoch.
        }
    }

    /// <summary>
    /// Opens the files of a run that goes on, cut back to the epochs that it has behind it; what is damaged or missing is made again.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="rows">What the epochs measured.</param>
    /// <param name="clock">Gives the wall time of TensorBoard's records.</param>
    /// <param name="settings">For TensorBoard; null where they are not known yet.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    internal static MetricsLog Reopen(string folder, IReadOnlyList<EpochMetrics> rows, TimeProvider clock,
        IReadOnlyList<(string Key, object Value)>? settings = null)
    {
        string csv = Path.Combine(folder, CsvFile), jsonl = Path.Combine(folder, JsonlFile);
        WholeFile.Write(csv, file => file.Write(Encoding.UTF8.GetBytes(string.Concat(rows.Select(CsvLine).Prepend(Header)
            .Select(static line => line + "\n")))));
        WholeFile.Write(jsonl, file => file.Write(Encoding.UTF8.GetBytes(string.Concat(rows.Select(static row => JsonLine(row) + "\n")))));
        var events = EventFile.Reopen(folder, rows.Count, clock.GetUtcNow());
        if (settings is not null) events.WriteSettings(clock.GetUtcNow(), settings);
        foreach (EpochMetrics row in rows.Skip(events.Steps)) events.Append(clock.GetUtcNow(), row.Epoch, Scalars(row));
        return new MetricsLog(Append(csv), Append(jsonl), events, clock);
    }

    /// <summary>Adds one epoch; a value that was not measured is left empty in the table and is <c>null</c> in JSON.</summary>
    /// <exception cref="IOException">The disk is full or gone.</exception>
    public void Append(EpochMetrics row)
    {
        Write(_csv, CsvLine(row));
        Write(_jsonl, JsonLine(row));
        _events.Append(_clock.GetUtcNow(), row.Epoch, Scalars(row));
    }

    /// <summary>Keeps the settings for TensorBoard, unless they are kept.</summary>
    /// <exception cref="IOException">The disk is full or gone.</exception>
    internal void WriteSettings(IReadOnlyList<(string Key, object Value)> settings) => _events.WriteSettings(_clock.GetUtcNow(), settings);

    /// <summary>Keeps what the run came to for TensorBoard.</summary>
    /// <exception cref="IOException">The disk is full or gone.</exception>
    internal void End(RunSummary summary) => _events.End(_clock.GetUtcNow(), summary.Epochs,
    [
        ("result/test_accuracy", summary.TestAccuracy),
        .. summary.BalancedTestAccuracy is float balanced ? [("result/balanced_test_accuracy", balanced)]
            : Array.Empty<(string Tag, float Value)>(),
        ("result/test_loss", summary.TestLoss),
        .. summary.ValidationAccuracy is float validation ? [("result/validation_accuracy", validation)]
            : Array.Empty<(string Tag, float Value)>(),
        ("result/train_accuracy", summary.TrainAccuracy),
        ("result/parameters", summary.Parameters),
        ("result/macs", summary.Macs),
        ("result/seconds", (float)summary.Seconds),
    ]);

    /// <summary>Brings all rows to the disk.</summary>
    /// <exception cref="IOException">The disk did not take them.</exception>
    internal void Flush()
    {
        Disk.Flush(_csv);
        Disk.Flush(_jsonl);
        _events.Flush();
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        _events.Dispose();
        _csv.Dispose();
        _jsonl.Dispose();
    }

    private static string CsvLine(EpochMetrics row) => string.Join(',', Columns.Select(column => column.Value(row)));

    private static string JsonLine(EpochMetrics row)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach ((string name, Func<EpochMetrics, string?> value) in Columns)
            {
                json.WritePropertyName(name);

                // JSON has no word for NaN and infinity.
                json.WriteRawValue(value(row) is string text && double.IsFinite(double.Parse(text, CultureInfo.InvariantCulture)) ? text
                    : "null");
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    // The epoch, which comes first, is the step that the others are drawn over.
    private static IEnumerable<(string Tag, float Value)> Scalars(EpochMetrics row)
    {
        foreach ((string name, Func<EpochMetrics, string?> value) in Columns.Skip(1))
        {
            if (value(row) is string text) yield return (name, float.Parse(text, CultureInfo.InvariantCulture));
        }
    }

    private static FileStream Create(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);

    private static FileStream Append(string path) => new(path, FileMode.Append, FileAccess.Write, FileShare.Read);

    private static void Write(FileStream file, string line)
    {
        file.Write(Encoding.UTF8.GetBytes(line + "\n"));
        file.Flush();
    }

    private static string? Single(float? value) => value?.ToString("R", CultureInfo.InvariantCulture);

    private static string Double(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
