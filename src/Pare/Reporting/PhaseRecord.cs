using System.Text.RegularExpressions;
using Pare.Runs;

namespace Pare.Reporting;

/// <summary>A phase of a build with its runs; a single run is a build of one phase.</summary>
internal sealed partial record PhaseRecord
{
    private const string EarlierDoubt = ": consider leaving it out";

    /// <summary>The phase's name.</summary>
    public required string Name { get; init; }

    /// <summary>What one should see.</summary>
    public string Target { get; init; } = string.Empty;

    /// <summary>What it changes.</summary>
    public string Change { get; init; } = string.Empty;

    /// <summary>Its runs, one per seed.</summary>
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

    /// <summary>The mean balanced accuracy on the test set, 0 to 1; null where its classes are not uneven.</summary>
    public double? Balanced => Runs.Average(static run => (double?)run.Result?.BalancedTestAccuracy);

    /// <summary>The mean accuracy on corrupted test images, a quick subset, 0 to 1; null where it was not measured.</summary>
    public double? Corrupted => Runs.Average(static run => (double?)run.Result?.CorruptedAccuracy);

    /// <summary>Mean seconds of a run.</summary>
    public double? Seconds { get; init; }

    /// <summary>Whether the phases after it build on it.</summary>
    public bool Kept { get; init; } = true;

    /// <summary>Whether it costs more than what it saves is worth.</summary>
    public bool Costly { get; init; }

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
        Parameters = run.Result?.Parameters ?? run.Cost?.Parameters,
        Macs = run.Result?.Macs ?? run.Cost?.Macs,
        Train = Single(run.Result?.TrainAccuracy),
        Validation = Single(run.Result?.ValidationAccuracy),
        Test = Single(run.Result?.TestAccuracy),
        Seconds = run.Result?.Seconds,
    };

    /// <summary>A phase of a build with its runs.</summary>
    /// <param name="outcome">The phase.</param>
    /// <param name="folder">The build's folder.</param>
    public static PhaseRecord Of(PhaseOutcome outcome, string folder)
    {
        // Earlier versions said that a phase was kept and that it should be left out in one line.
        bool doubted = outcome.Why.EndsWith(EarlierDoubt, StringComparison.Ordinal);
        return new PhaseRecord
        {
            Name = outcome.Name,
            Target = outcome.Target,
            Change = outcome.Change,
            Runs = [.. outcome.Runs.Select(run => Path.Combine(folder, run)).Where(Directory.Exists).Select(RunRecord.Read)],
            Parameters = outcome.Parameters,
            Macs = outcome.Macs,
            Train = outcome.Train,
            Validation = outcome.Validation,
            Test = outcome.Test,
            Seconds = outcome.Seconds,
            Kept = outcome.Kept,
            Costly = outcome.Costly || doubted,
            Why = doubted ? outcome.Why[..^EarlierDoubt.Length] : outcome.Why,
        };
    }

    /// <summary>The phases of a build as far as its folders show them.</summary>
    /// <param name="folder">The build's folder.</param>
    public static IReadOnlyList<PhaseRecord> Find(string folder) => !Directory.Exists(folder) ? [] :
    [
        .. from phase in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)
           where PhaseFolder().IsMatch(Path.GetFileName(phase))
           let runs = Directory.EnumerateDirectories(phase)
               .Where(static run => SeedFolder().IsMatch(Path.GetFileName(run)) && RunRecord.IsAt(run)).Order(StringComparer.Ordinal)
               .ToArray()
           where runs.Length > 0
           select Of(Path.GetFileName(phase), [.. runs.Select(RunRecord.Read)]),
    ];

    private static PhaseRecord Of(string folder, RunRecord[] runs)
    {
        Spread? Over(Func<RunSummary, double?> figure) =>
            runs.Select(run => run.Result is { } result ? figure(result) : null).OfType<double>().ToArray() is { Length: > 0 } values
                ? Spread.Of(values) : null;
        return Of(runs[0]) with
        {
            Name = folder[(folder.IndexOf('-', StringComparison.Ordinal) + 1)..],
            Runs = runs,
            Train = Over(static result => result.TrainAccuracy),
            Validation = Over(static result => result.ValidationAccuracy),
            Test = Over(static result => result.TestAccuracy),
        };
    }

    private static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    private static Spread? Single(double? value) => value is double mean ? new Spread(mean, null) : null;

    [GeneratedRegex(@"^[0-9]{2,}-[^\s.]+\z")]
    private static partial Regex PhaseFolder();

    [GeneratedRegex("^seed-[0-9]+$")]
    private static partial Regex SeedFolder();
}
