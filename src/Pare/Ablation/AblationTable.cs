using System.Globalization;
using System.Text;
using Pare.Evaluation;
using Pare.Runs;

namespace Pare.Ablation;

/// <summary>The result of an ablation: a row for each way to train, with its difference to the first.</summary>
/// <param name="Recipe">The recipe's name.</param>
/// <param name="Data">Where the images came from.</param>
/// <param name="Seeds">The seeds of every row.</param>
/// <param name="Rows">The rows that are finished; the first is the baseline.</param>
public sealed record AblationTable(string Recipe, string Data, IReadOnlyList<int> Seeds, IReadOnlyList<AblationRowResult> Rows)
{
    // CSV needs no words, so its columns are its own.
    private static readonly (string Name, Func<AblationRowResult, object?> Value)[] CsvColumns =
    [
        ("technique", static row => row.Row.Name),
        ("seeds", static row => row.Runs.Count),
        ("validation/accuracy", static row => row.Validation?.Mean),
        ("validation/standard_deviation", static row => row.Validation?.StandardDeviation),
        ("validation/difference", static row => row.ValidationDifference?.Mean),
        ("validation/difference_low", static row => Low(row.ValidationDifference)),
        ("validation/difference_high", static row => High(row.ValidationDifference)),
        ("test/accuracy", static row => row.Test?.Mean),
        ("test/standard_deviation", static row => row.Test?.StandardDeviation),
        ("test/difference", static row => row.TestDifference?.Mean),
        ("test/difference_low", static row => Low(row.TestDifference)),
        ("test/difference_high", static row => High(row.TestDifference)),
        ("seconds", static row => Math.Round(row.Seconds, 3)),
        ("parameters", static row => row.Parameters),
        ("failure", static row => row.Failed?.Failure),
    ];

    /// <summary>What the images are; null where it is not known.</summary>
    public string? DataFingerprint { get; init; }

    /// <summary>How the differences are to be read, in one sentence a line, and why runs failed.</summary>
    public IReadOnlyList<string> Notes =>
    [
        .. Seeds.Count == 1
            ? ["With one seed there is no spread: a difference may be chance."]
            : new[]
            {
                "Differences to the first row in percentage points, paired by seed; 95 % intervals by Student's t, "
                    + string.Create(CultureInfo.InvariantCulture, $"{Seeds.Count - 1} degree{(Seeds.Count == 2 ? "" : "s")} of freedom."),
                "An interval that holds 0 shows no effect.",
            },
        .. from row in Rows
           from run in row.Runs
           where run.Failure is not null
           select string.Create(CultureInfo.InvariantCulture, $"{row.Row.Name}, seed {run.Seed}, failed: {run.Failure}"),
    ];

    /// <summary>The columns for a reader; those of numbers begin with <c>&gt;</c>.</summary>
    /// <param name="validation">Whether there is a validation split, which choices are then made by.</param>
    /// <param name="wide">Whether there is room for the differences on the test set beside those on the validation split.</param>
    public static IReadOnlyList<string> Columns(bool validation, bool wide) =>
    [
        "technique",
        .. validation ? [">validation", ">sd", ">difference", ">95 % interval"] : Array.Empty<string>(),
        ">test", ">sd",
        .. !validation || wide ? [">difference", ">95 % interval"] : Array.Empty<string>(),
        ">seconds", ">parameters",
    ];

    /// <summary>A row's cells under <see cref="Columns"/>.</summary>
    public static IReadOnlyList<string> Cells(AblationRowResult row, bool validation, bool wide)
    {
        string failure = row.Failed is { } run ? string.Create(CultureInfo.InvariantCulture, $"seed {run.Seed} failed") : "";
        return
        [
            row.Row.Name,
            .. validation
            ? [Percent(row.Validation), Deviation(row.Validation), Points(row.ValidationDifference), Interval(row.ValidationDifference)]
            : Array.Empty<string>(),
            failure.Length > 0 ? failure : Percent(row.Test), Deviation(row.Test),
            .. !validation || wide ? [Points(row.TestDifference), Interval(row.TestDifference)] : Array.Empty<string>(),
            row.Seconds.ToString("F1", CultureInfo.InvariantCulture), row.Parameters.ToString("N0", CultureInfo.InvariantCulture),
        ];
    }

    internal string ToCsv()
    {
        var text = new StringBuilder(string.Join(',', CsvColumns.Select(static column => column.Name))).Append('\n');
        foreach (AblationRowResult row in Rows) text.AppendJoin(',', CsvColumns.Select(column => Csv(column.Value(row)))).Append('\n');
        return text.ToString();
    }

    internal string ToMarkdown()
    {
        bool validation = Rows[0].Validation is not null;
        IReadOnlyList<string> columns = Columns(validation, wide: true);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Ablation of {Recipe}\n\nData: {Data}. Seeds: {string.Join(", ", Seeds)}.\n\n");
        text.Append("| ").AppendJoin(" | ", columns.Select(static column => column.TrimStart('>'))).Append(" |\n|");
        foreach (string column in columns) text.Append(column[0] == '>' ? "---:|" : "---|");
        text.Append('\n');
        foreach (AblationRowResult row in Rows)
            text.Append("| ").AppendJoin(" | ", Cells(row, validation, wide: true).Select(Escaped)).Append(" |\n");
        text.Append('\n').AppendJoin('\n', Notes).Append('\n');
        return text.ToString();
    }

    /// <summary>The table for programs.</summary>
    public AblationRecord ToRecord() => new()
    {
        Recipe = Recipe,
        Data = Data,
        DataFingerprint = DataFingerprint,
        Rows = [.. Rows.Select(static row => new AblationRecord.Line
        {
            Name = row.Row.Name,
            Overrides = row.Row.Overrides,
            Parameters = row.Parameters,
            Seconds = row.Seconds,
            Validation = AblationRecord.Interval.Of(row.Validation),
            ValidationDifference = AblationRecord.Interval.Of(row.ValidationDifference),
            Test = AblationRecord.Interval.Of(row.Test),
            TestDifference = AblationRecord.Interval.Of(row.TestDifference),
            Runs = row.Runs,
        })],
    };

    private static double? Low(SeedSummary? summary) => summary?.Mean - summary?.HalfWidth;

    private static double? High(SeedSummary? summary) => summary?.Mean + summary?.HalfWidth;

    private static string Percent(SeedSummary? summary) =>
        summary is null ? "" : (100 * summary.Mean).ToString("F2", CultureInfo.InvariantCulture) + " %";

    private static string Deviation(SeedSummary? summary) =>
        summary?.StandardDeviation is double deviation ? (100 * deviation).ToString("F2", CultureInfo.InvariantCulture) : "";

    private static string Points(SeedSummary? summary) => summary is null ? "" : Signed(summary.Mean);

    private static string Interval(SeedSummary? summary) =>
        summary?.HalfWidth is double half ? $"{Signed(summary.Mean - half)} to {Signed(summary.Mean + half)}" : "";

    private static string Signed(double share) => (100 * share).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);

    private static string Csv(object? value)
    {
        string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        return text.AsSpan().ContainsAny(",\"\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }

    private static string Escaped(string cell) => cell.Replace("|", "\\|", StringComparison.Ordinal);
}
