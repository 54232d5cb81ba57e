using System.Globalization;
using Pare.Evaluation;
using Pare.Robustness;

namespace Pare.Runs;

/// <summary>A build's table as files.</summary>
internal static class ResultsTable
{
    private static readonly (string Name, Func<PhaseOutcome, object?> Value)[] s_csv =
    [
        ("phase", static phase => phase.Name),
        ("parameters", static phase => phase.Parameters),
        ("macs", static phase => phase.Macs),
        ("seeds", static phase => phase.Runs.Count),
        .. Columns("train", static phase => phase.Train),
        .. Columns("validation", static phase => phase.Validation),
        .. Columns("test", static phase => phase.Test),
        .. Columns("balanced", static phase => phase.Balanced),
        .. Columns("corrupted", static phase => phase.Corrupted),
        ("gap", static phase => Math.Round(phase.Gap, 6)),
        ("seconds", static phase => Math.Round(phase.Seconds, 3)),
        ("kept", static phase => phase.Kept ? "true" : "false"),
        ("why", static phase => phase.Why),
    ];

    /// <summary>One header, one row per phase; accuracies from 0 to 1.</summary>
    public static string Csv(BuildRecord record) =>
        string.Concat(record.Phases.Select(static phase => CsvLine.Of(s_csv.Select(column => column.Value(phase))))
            .Prepend(CsvLine.Of(s_csv.Select(static column => column.Name))));

    /// <summary>A table for a README; accuracies in per cent.</summary>
    public static string Markdown(BuildRecord record)
    {
        bool spread = record.Seeds.Count > 1, balanced = HasBalanced(record), corrupted = HasCorrupted(record);
        string[] columns = ["phase", "change", ">parameters", ">MACs", ">train %", ">validation %", ">test %",
            .. balanced ? [">balanced %"] : Array.Empty<string>(), .. corrupted ? [">corrupted %"] : Array.Empty<string>(),
            ">gap", ">seconds", "kept", "why"];
        string table = MarkdownTable.Of(columns, record.Phases.Select(phase => (IReadOnlyList<string>)
        [
            phase.Name, phase.Change, phase.Parameters.ToString("N0", CultureInfo.InvariantCulture),
            phase.Macs.ToString("N0", CultureInfo.InvariantCulture), phase.Train.Percent(spread),
            phase.Validation?.Percent(spread) ?? "", phase.Test.Percent(spread),
            .. balanced ? [phase.Balanced?.Percent(spread) ?? ""] : Array.Empty<string>(),
            .. corrupted ? [phase.Corrupted?.Percent(spread) ?? ""] : Array.Empty<string>(),
            (100 * phase.Gap).ToString("F2", CultureInfo.InvariantCulture), phase.Seconds.ToString("F1", CultureInfo.InvariantCulture),
            Kept(phase), phase.Why,
        ]));
        return table + (balanced ? $"\nBalanced is {EvaluationResult.BalancedMeaning}.\n" : "") +
            (corrupted ? $"\nCorrupted is {QuickCorruptions.Description}.\n" : "") +
            (record.Origins?.Note is { } mixed ? $"\n{mixed}\n" : "");
    }

    /// <summary>A table for a paper; accuracies in per cent.</summary>
    public static string Latex(BuildRecord record)
    {
        bool spread = record.Seeds.Count > 1, balanced = HasBalanced(record), corrupted = HasCorrupted(record);
        string seeds = spread ? Invariant($"mean and standard deviation of {record.Seeds.Count} seeds")
            : Invariant($"seed {string.Join(", ", record.Seeds)}");
        return LatexTable.Of(
            $"{record.Recipe}, phase by phase: last epoch's accuracy on the test set, {seeds}." +
            (balanced ? $" Balanced is {EvaluationResult.BalancedMeaning}." : "") +
            (corrupted ? $" Corrupted is {QuickCorruptions.Description}." : ""),
            $"tab:{LatexTable.LabelOf(record.Recipe)}",
            ["phase", ">parameters", ">MACs", ">test %", .. balanced ? [">balanced %"] : Array.Empty<string>(),
                .. corrupted ? [">corrupted %"] : Array.Empty<string>(), ">gap", "kept"],
            record.Phases.Select(phase => (IReadOnlyList<string>)
            [
                phase.Name, phase.Parameters.ToString("N0", CultureInfo.InvariantCulture),
                phase.Macs.ToString("N0", CultureInfo.InvariantCulture), phase.Test.Percent(spread),
                .. balanced ? [phase.Balanced?.Percent(spread) ?? ""] : Array.Empty<string>(),
                .. corrupted ? [phase.Corrupted?.Percent(spread) ?? ""] : Array.Empty<string>(),
                (100 * phase.Gap).ToString("F2", CultureInfo.InvariantCulture), Kept(phase),
            ]));
    }

    private static string Kept(PhaseOutcome phase) => phase.Kept ? phase.Costly ? "stays" : "yes" : "no";

    private static bool HasBalanced(BuildRecord record) => record.Phases.Any(static phase => phase.Balanced is not null);

    private static bool HasCorrupted(BuildRecord record) => record.Phases.Any(static phase => phase.Corrupted is not null);

    private static (string, Func<PhaseOutcome, object?>)[] Columns(string of, Func<PhaseOutcome, Spread?> accuracy) =>
    [
        ($"{of}/accuracy", phase => accuracy(phase) is { } value ? Math.Round(value.Mean, 6) : null),
        ($"{of}/accuracy_sd", phase => accuracy(phase)?.Deviation is double deviation ? Math.Round(deviation, 6) : null),
    ];
}
