using System.Globalization;

namespace Pare.Runs;

/// <summary>A build's table as files.</summary>
internal static class ResultsTable
{
    private const string Header =
        "phase,parameters,macs,seeds,train/accuracy,train/accuracy_sd,validation/accuracy,validation/accuracy_sd,"
        + "test/accuracy,test/accuracy_sd,gap,seconds,kept,why";

    /// <summary>One header, one row a phase; accuracies from 0 to 1.</summary>
    public static string Csv(BuildRecord record) => string.Concat(record.Phases.Select(static phase => string.Join(',', [
        phase.Name, Whole(phase.Parameters), Whole(phase.Macs), Whole(phase.Runs.Count),
        .. Cells(phase.Train), .. Cells(phase.Validation), .. Cells(phase.Test), Number(phase.Gap, 6), Number(phase.Seconds, 3), phase.Kept
        ? "true" : "false",
        $"\"{phase.Why.Replace("\"", "\"\"", StringComparison.Ordinal)}\""]) + "\n").Prepend(Header + "\n"));

    /// <summary>A table for a README; accuracies in per cent.</summary>
    public static string Markdown(BuildRecord record)
    {
        bool spread = record.Seeds.Count > 1;
        IEnumerable<string> rows = record.Phases.Select(phase => Row([
            phase.Name, phase.Change, phase.Parameters.ToString("N0", CultureInfo.InvariantCulture),
                phase.Macs.ToString("N0", CultureInfo.InvariantCulture),
            phase.Train.Percent(spread), phase.Validation?.Percent(spread)
            ?? string.Empty, phase.Test.Percent(spread), (100 * phase.Gap).ToString("F2", CultureInfo.InvariantCulture),
            phase.Seconds.ToString("F1", CultureInfo.InvariantCulture), Kept(phase), phase.Why]));
        return string.Concat(rows.Prepend(Row(["---", "---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---", "---"]))
            .Prepend(Row(["phase", "change", "parameters", "MACs", "train %", "validation %", "test %", "gap", "seconds", "kept", "why"])));
    }

    /// <summary>A table for a paper; accuracies in per cent.</summary>
    public static string Latex(BuildRecord record)
    {
        bool spread = record.Seeds.Count > 1;
        string seeds = spread ? string.Create(CultureInfo.InvariantCulture, $"mean and standard deviation of {record.Seeds.Count} seeds")
            : string.Create(CultureInfo.InvariantCulture, $"seed {string.Join(", ", record.Seeds)}");
        return LatexTable.Of($"{record.Recipe}, phase by phase: last epoch's accuracy on the test set, {seeds}.",
            $"tab:{LatexTable.LabelOf(record.Recipe)}", ["phase", ">parameters", ">MACs", ">test %", ">gap", "kept"],
            record.Phases.Select(phase => (IReadOnlyList<string>)
            [
                phase.Name, phase.Parameters.ToString("N0", CultureInfo.InvariantCulture),
                phase.Macs.ToString("N0", CultureInfo.InvariantCulture), phase.Test.Percent(spread),
                (100 * phase.Gap).ToString("F2", CultureInfo.InvariantCulture), Kept(phase),
            ]));
    }

    private static string Kept(PhaseOutcome phase) => phase.Kept ? phase.Costly ? "stays" : "yes" : "no";

    private static string Row(IEnumerable<string> cells) =>
        $"| {string.Join(" | ", cells.Select(static cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |\n";

    private static string[] Cells(Spread? spread) => spread is { } value
        ? [Number(value.Mean, 6), value.Deviation is double deviation ? Number(deviation, 6) : string.Empty] : [string.Empty, string.Empty];

    private static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Number(double value, int digits) => Math.Round(value, digits).ToString(CultureInfo.InvariantCulture);
}
