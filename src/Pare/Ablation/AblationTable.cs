using System.Globalization;
using System.Text;
using System.Text.Json;
using Pare.Evaluation;

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

    /// <summary>How the differences are to be read, in one sentence a line.</summary>
    public IReadOnlyList<string> Notes => Seeds.Count == 1
        ? ["With one seed there is no spread: a difference may be chance."]
        :
        [
            "Differences to the first row in percentage points, paired by seed; 95 % intervals by Student's t, "
                + string.Create(CultureInfo.InvariantCulture, $"{Seeds.Count - 1} degree{(Seeds.Count == 2 ? "" : "s")} of freedom."),
            "An interval that holds 0 shows no effect.",
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
            .. validation ? [Percent(row.Validation), Deviation(row.Validation), Points(row.ValidationDifference), Interval(row.ValidationDifference)] : Array.Empty<string>(),
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
        foreach (AblationRowResult row in Rows) text.Append("| ").AppendJoin(" | ", Cells(row, validation, wide: true).Select(Escaped)).Append(" |\n");
        text.Append('\n').AppendJoin('\n', Notes).Append('\n');
        return text.ToString();
    }

    /// <summary>Writes the properties into a JSON object that is open.</summary>
    /// <param name="json">The writer.</param>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("recipe", Recipe);
        json.WriteString("data", Data);
        json.WriteNumber("confidence", 0.95);
        json.WriteStartArray("rows");
        foreach (AblationRowResult row in Rows)
        {
            json.WriteStartObject();
            json.WriteString("name", row.Row.Name);
            json.WriteStartArray("overrides");
            foreach (string pair in row.Row.Overrides) json.WriteStringValue(pair);
            json.WriteEndArray();
            json.WriteNumber("parameters", row.Parameters);
            json.WriteNumber("seconds", Math.Round(row.Seconds, 3));
            WriteSummary(json, "validation", row.Validation);
            WriteSummary(json, "validation_difference", row.ValidationDifference);
            WriteSummary(json, "test", row.Test);
            WriteSummary(json, "test_difference", row.TestDifference);
            json.WriteStartArray("runs");
            foreach (AblationRun run in row.Runs)
            {
                json.WriteStartObject();
                run.Write(json);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSummary(Utf8JsonWriter json, string name, SeedSummary? summary)
    {
        if (summary is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteNumber("mean", summary.Mean);
        Write("standard_deviation", summary.StandardDeviation);
        Write("low", Low(summary));
        Write("high", High(summary));
        json.WriteEndObject();

        void Write(string key, double? value)
        {
            if (value is double number) json.WriteNumber(key, number);
            else json.WriteNull(key);
        }
    }

    private static double? Low(SeedSummary? summary) => summary?.Mean - summary?.HalfWidth;

    private static double? High(SeedSummary? summary) => summary?.Mean + summary?.HalfWidth;

    private static string Percent(SeedSummary? summary) => summary is null ? "" : (100 * summary.Mean).ToString("F2", CultureInfo.InvariantCulture) + " %";

    private static string Deviation(SeedSummary? summary) => summary?.StandardDeviation is double deviation ? (100 * deviation).ToString("F2", CultureInfo.InvariantCulture) : "";

    private static string Points(SeedSummary? summary) => summary is null ? "" : Signed(summary.Mean);

    private static string Interval(SeedSummary? summary) => summary?.HalfWidth is double half ? $"{Signed(summary.Mean - half)} to {Signed(summary.Mean + half)}" : "";

    private static string Signed(double share) => (100 * share).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);

    private static string Csv(object? value)
    {
        string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        return text.AsSpan().ContainsAny(",\"\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }

    private static string Escaped(string cell) => cell.Replace("|", "\\|", StringComparison.Ordinal);
}
