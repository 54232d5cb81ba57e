using System.Text.Json;
using Pare.Runs;

namespace Pare.Reporting;

/// <summary>A phase of a build with its runs; a single run is a build of one phase.</summary>
internal sealed record PhaseRecord
{
    /// <summary>The phase's name.</summary>
    public required string Name { get; init; }

    /// <summary>What one should see.</summary>
    public string Target { get; init; } = string.Empty;

    /// <summary>What it changes.</summary>
    public string Change { get; init; } = string.Empty;

    /// <summary>Its runs, one a seed.</summary>
    public required IReadOnlyList<RunRecord> Runs { get; init; }

    /// <summary>Trained parameters.</summary>
    public long? Parameters { get; init; }

    /// <summary>Multiply-accumulates of one image's forward pass.</summary>
    public long? Macs { get; init; }

    /// <summary>Accuracy on the training images, 0 to 1.</summary>
    public Spread? Train { get; init; }

    /// <summary>Accuracy on the validation split, 0 to 1.</summary>
    public Spread? Validation { get; init; }

    /// <summary>Accuracy on the test set, 0 to 1.</summary>
    public Spread? Test { get; init; }

    /// <summary>Mean seconds of a run.</summary>
    public double? Seconds { get; init; }

    /// <summary>Whether the phases after it build on it.</summary>
    public bool Kept { get; init; } = true;

    /// <summary>The verdict, in one line.</summary>
    public string Why { get; init; } = string.Empty;

    /// <summary>How much better the network is on the images that it was trained on than on the test set.</summary>
    public double? Gap => Train?.Mean - Test?.Mean;

    /// <summary>The run that is looked at closely: the first that has been evaluated.</summary>
    public RunRecord? Shown => Runs.FirstOrDefault(static run => run.Evaluation is not null) ?? (Runs.Count > 0 ? Runs[0] : null);

    /// <summary>A single run as a phase.</summary>
    public static PhaseRecord Of(RunRecord run) => new()
    {
        Name = run.Recipe?.Name ?? NameOf(run.Folder),
        Runs = [run],
        Parameters = (long?)run.Result("parameters") ?? run.Cost?.Parameters,
        Macs = (long?)run.Result("macs") ?? run.Cost?.Macs,
        Train = Single(run.Result("train_accuracy")),
        Validation = Single(run.Result("validation_accuracy")),
        Test = Single(run.Result("test_accuracy")),
        Seconds = run.Result("seconds"),
    };

    /// <summary>Reads one phase of <c>build.json</c>.</summary>
    /// <param name="json">The phase.</param>
    /// <param name="folder">The build's folder.</param>
    public static PhaseRecord Read(JsonElement json, string folder) => new()
    {
        Name = json.Text("name") ?? "phase",
        Target = json.Text("target") ?? string.Empty,
        Change = json.Text("change") ?? string.Empty,
        Runs = [.. json.Items("runs").Select(run => Path.Combine(folder, run.ToString())).Where(Directory.Exists).Select(RunRecord.Read)],
        Parameters = (long?)json.Number("parameters"),
        Macs = (long?)json.Number("macs"),
        Train = ReadSpread(json.Inner("train")),
        Validation = ReadSpread(json.Inner("validation")),
        Test = ReadSpread(json.Inner("test")),
        Seconds = json.Number("seconds"),
        Kept = !(json.TryGetProperty("kept", out JsonElement kept) && kept.ValueKind == JsonValueKind.False),
        Why = json.Text("why") ?? string.Empty,
    };

    private static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    private static Spread? Single(double? value) => value is double mean ? new Spread(mean, null) : null;

    private static Spread? ReadSpread(JsonElement? json) => json?.Number("mean") is double mean ? new Spread(mean, json.Value.Number("sd")) : null;
}
