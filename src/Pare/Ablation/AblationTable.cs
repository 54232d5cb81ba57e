using System.Globalization;
using System.Text;
using Pare.Evaluation;
using Pare.Robustness;
using Pare.Runs;

namespace Pare.Ablation;

/// <summary>The result of an ablation: a row for each way to train, with its difference to the first.</summary>
/// <param name="Recipe">The recipe's name.</param>
/// <param name="Data">Where the images came from.</param>
/// <param name="Seeds">The seeds of every row.</param>
/// <param name="Rows">The rows that are finished; the first is the baseline.</param>
public sealed record AblationTable(string Recipe, string Data, IReadOnlyList<int> Seeds, IReadOnlyList<AblationRowResult> Rows)
{
    internal const string HolmHeading = ">p, Holm";

    private const string AllSeeds = "all";

    // CSV needs no words, so its columns are its own.
    private static readonly (string Name, Func<AblationRowResult, object?> Value)[] CsvColumns =
    [
        ("technique", static row => row.Row.Name),
        ("seed", static row => row.Runs.Count == 1 ? row.Runs[0].Seed : AllSeeds),
        ("seeds", static row => row.Runs.Count),
        .. CsvOf("validation", static row => row.Validation),
        .. CsvOf("test", static row => row.Test),
        .. CsvOf("balanced", static row => row.Balanced),
        .. CsvOf("corrupted", static row => row.Corrupted),
        ("seconds", static row => Math.Round(row.Seconds, 3)),
        ("parameters", static row => row.Parameters),
        ("failure", static row => row.Failed?.Failure),
    ];

    /// <summary>The rows that are finished; the first is the baseline.</summary>
    public IReadOnlyList<AblationRowResult> Rows { get; } = Adjusted(Rows);

    /// <summary>What the images are; null where it is not known.</summary>
    public string? DataFingerprint { get; init; }

    /// <summary>What the runs were computed with; null where it is not known.</summary>
    public RunOrigins? Origins { get; init; }

    /// <summary>Whether there is something that the correction for so many rows speaks of.</summary>
    public bool HasPValues => Rows.Any(static row => row.Test.AdjustedP is not null || row.Validation.AdjustedP is not null);

    /// <summary>Whether anything was measured on a validation split, if not of a first row that failed, of another.</summary>
    internal bool HasValidation => Rows.Any(static row => row.Validation.Value is not null);

    /// <summary>Whether the test images are uneven, so that the balanced accuracy was measured.</summary>
    public bool HasBalanced => Rows.Any(static row => row.Balanced.Value is not null);

    /// <summary>Whether anything was measured on corrupted images.</summary>
    public bool HasCorrupted => Rows.Any(static row => row.Corrupted.Value is not null);

    /// <summary>The table that stands in a file.</summary>
    /// <param name="record">What was read.</param>
    internal static AblationTable Of(AblationRecord record) => new(record.Recipe, record.Data,
        [.. record.Rows[0].Runs.Select(static run => run.Seed)],
        [.. record.Rows.Select(row => new AblationRowResult(new AblationRow(row.Name, row.Overrides), row.Runs, record.Rows[0].Runs))])
    {
        DataFingerprint = record.DataFingerprint,
        Origins = record.Origins,
    };

    /// <summary>How the differences are to be read, in one sentence a line, and why runs failed.</summary>
    public IReadOnlyList<string> Notes =>
    [
        .. Blanks,
        .. Seeds.Count == 1
            ? ["With one seed there is no spread: a difference may be chance."]
            : Rows.Count == 1 ? ["Means and standard deviations are over the seeds, on one test set."]
            : Rows.All(static row => row.Test.Difference is null) ? []
            : new[]
            {
                "Differences to the first row in percentage points, paired by seed; 95 % intervals by Student's t, "
                    + Invariant($"{Seeds.Count - 1} degree{(Seeds.Count == 2 ? "" : "s")} of freedom."),
                "They cover other seeds on these same images: what other images would give they do not say.",
                "An interval that holds 0 shows no effect.",
            },
        .. Seeds.Count > 1 && Rows.Any(static row => row.Test.Difference is not null)
            ? [$"p is corrected after Holm for {Compared}, each measure by itself: if no row had an effect on a measure, one of its "
                + "p would be below 0.05 at most one time in twenty."]
            : Array.Empty<string>(),
        .. Rows.Any(IsAlike)
            ? ["A difference that is the same in all seeds has no interval, and without being 0 no p: nothing shows how it scatters."]
            : Array.Empty<string>(),
        .. Origins?.Note is { } mixed ? [mixed] : Array.Empty<string>(),
        .. from row in Rows
           from run in row.Runs
           where run.Failure is not null
           select Invariant($"{row.Row.Name}, seed {run.Seed}, failed: {run.Failure}"),
    ];

    /// <summary>The columns for a reader; those of numbers begin with <c>&gt;</c>.</summary>
    /// <param name="validation">Whether there is a validation split, which choices are then made by.</param>
    /// <param name="wide">
    /// Whether all rows are known, and there is room for the differences on the test set beside those on the validation split.
    /// </param>
    public static IReadOnlyList<string> Columns(bool validation, bool wide) =>
    [
        "technique",
        .. validation ? [">validation", ">sd", ">difference", ">95 % interval", .. wide ? [HolmHeading] : Array.Empty<string>()]
            : Array.Empty<string>(),
        ">test", ">sd",
        .. !validation || wide ? [">difference", ">95 % interval", .. wide ? [HolmHeading] : Array.Empty<string>()]
            : Array.Empty<string>(),
        ">seconds", ">parameters",
    ];

    /// <summary>A row's cells under <see cref="Columns"/>.</summary>
    public static IReadOnlyList<string> Cells(AblationRowResult row, bool validation, bool wide)
    {
        return
        [
            row.Row.Name,
            .. validation
            ? [SeedCells.Percent(row.Validation.Value), SeedCells.Deviation(row.Validation.Value),
                .. SeedCells.Difference(row.Validation.Difference), .. wide ? [PValue(row.Validation.AdjustedP)] : Array.Empty<string>()]
            : Array.Empty<string>(),
            row.Failures ?? SeedCells.Percent(row.Test.Value), SeedCells.Deviation(row.Test.Value),
            .. !validation || wide
            ? [.. SeedCells.Difference(row.Test.Difference), .. wide ? [PValue(row.Test.AdjustedP)] : Array.Empty<string>()]
            : Array.Empty<string>(),
            row.Seconds.ToString("F1", CultureInfo.InvariantCulture), row.Parameters.ToString("N0", CultureInfo.InvariantCulture),
        ];
    }

    /// <summary>The columns of <see cref="Tests"/>.</summary>
    public static IReadOnlyList<string> TestColumns => ["technique", ">difference", ">p alone", HolmHeading];

    /// <summary>
    /// What each difference is worth among so many, by the validation split where there is one: its mean, its p value alone, and Holm's.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>> Tests =>
    [
        .. from row in Rows
           let difference = row.Decisive.Difference
           where difference is not null
           select (IReadOnlyList<string>)
               [row.Row.Name, SeedCells.Points(difference), PValue(difference.PValue), PValue(row.Decisive.AdjustedP)],
    ];

    // A row of means, and below it one per seed.
    internal string ToCsv()
    {
        var text = new StringBuilder(CsvLine.Of(CsvColumns.Select(static column => column.Name)));
        foreach (AblationRowResult row in Rows.SelectMany(static row => BySeed(row).Prepend(row)))
            text.Append(CsvLine.Of(CsvColumns.Select(column => column.Value(row))));
        return text.ToString();
    }

    internal string ToMarkdown()
    {
        bool validation = HasValidation;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Ablation of {Recipe}\n\nData: {Data}. Seeds: {string.Join(", ", Seeds)}.\n\n");
        text.Append(MarkdownTable.Of(Columns(validation, wide: true), Rows.Select(row => Cells(row, validation, wide: true))));
        foreach ((string axis, string name, string meaning) in OtherAxes)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{Sentence(name, meaning)}\n\n");
            text.Append(MarkdownTable.Of(AblationAxes.Columns([axis]), Rows.Select(row => CellsOf(row, axis))));
        }

        text.Append('\n').AppendJoin('\n', Notes).Append('\n');
        return text.ToString();
    }

    /// <summary>What has a table of its own beside that of accuracy, and what its figures are.</summary>
    internal IEnumerable<(string Axis, string Name, string Meaning)> OtherAxes
    {
        get
        {
            if (HasBalanced) yield return (AblationAxes.Balanced, "balanced", EvaluationResult.BalancedMeaning);
            if (HasCorrupted) yield return (AblationAxes.Robust, "corrupted", QuickCorruptions.Description);
        }
    }

    /// <summary>What the figures of one of <see cref="OtherAxes"/> are, as a sentence.</summary>
    internal static string Sentence(string name, string meaning) => $"{char.ToUpperInvariant(name[0])}{name[1..]} is {meaning}.";

    /// <summary>A row's cells in the table of one of <see cref="OtherAxes"/>.</summary>
    internal static IReadOnlyList<string> CellsOf(AblationRowResult row, string axis) =>
        AblationAxes.Cells(row, [axis], double.NaN, double.NaN);

    /// <summary>
    /// The tables for a paper, none of them wider than a page: of the test set, of the validation split where there is one, and of the
    /// other axes.
    /// </summary>
    internal string ToLatex()
    {
        string what = Invariant($"Ablation of {Recipe}, {Data}"), label = $"tab:ablation-{LatexTable.LabelOf(Recipe)}";
        var tables = new StringBuilder(LatexTable.Of($"{what}: {How("one test set")}", label,
            WithoutSeconds(Columns(validation: false, wide: true)),
            Rows.Select(static row => WithoutSeconds(Cells(row, validation: false, wide: true)))));
        if (HasValidation) Append(AblationAxes.Validation, "validation", "accuracy on the validation split", "one validation split");
        foreach ((string axis, string name, string meaning) in OtherAxes) Append(axis, name, meaning, "one test set");
        return tables.ToString();

        void Append(string axis, string name, string meaning, string images) => tables.Append(LatexTable.Of(
            $"{what}, {name} ({meaning}): {How(images)}", $"{label}-{name}", AblationAxes.Columns([axis]),
            Rows.Select(row => CellsOf(row, axis))));

        // They are those of a machine, and make the table wider than a page.
        static IReadOnlyList<string> WithoutSeconds(IReadOnlyList<string> cells) => [.. cells.Take(cells.Count - 2), cells[^1]];

        string How(string images) => Seeds.Count == 1 ? "one seed; a difference may be chance."
            : Rows.Count == 1 ? Invariant($"means over {Seeds.Count} seeds on {images}.")
            : Invariant($"means over {Seeds.Count} seeds, differences to the first row paired by seed in percentage points, ")
                + $"with 95 % intervals of Student's t over the seeds on {images}, and p values after Holm.";
    }

    /// <summary>The table for programs.</summary>
    public AblationRecord ToRecord() => new()
    {
        Recipe = Recipe,
        Data = Data,
        DataFingerprint = DataFingerprint,
        Origins = Origins,
        Rows = [.. Rows.Select(static row => new AblationRecord.Line
        {
            Name = row.Row.Name,
            Overrides = row.Row.Overrides,
            Parameters = row.Parameters,
            Seconds = row.Seconds,
            Validation = AblationRecord.Interval.Of(row.Validation.Value),
            ValidationDifference = AblationRecord.Interval.Of(row.Validation.Difference),
            ValidationP = row.Validation.Difference?.PValue,
            ValidationPHolm = row.Validation.AdjustedP,
            Test = AblationRecord.Interval.Of(row.Test.Value),
            TestDifference = AblationRecord.Interval.Of(row.Test.Difference),
            TestP = row.Test.Difference?.PValue,
            TestPHolm = row.Test.AdjustedP,
            Balanced = AblationRecord.Interval.Of(row.Balanced.Value),
            BalancedDifference = AblationRecord.Interval.Of(row.Balanced.Difference),
            BalancedP = row.Balanced.Difference?.PValue,
            BalancedPHolm = row.Balanced.AdjustedP,
            Corrupted = AblationRecord.Interval.Of(row.Corrupted.Value),
            CorruptedDifference = AblationRecord.Interval.Of(row.Corrupted.Difference),
            CorruptedP = row.Corrupted.Difference?.PValue,
            CorruptedPHolm = row.Corrupted.AdjustedP,
            Runs = row.Runs,
        })],
    };

    // What a run that failed leaves empty: means and differences are of all seeds.
    private IEnumerable<string> Blanks =>
    [
        .. Rows.Take(1).Where(static row => row.Failures is not null)
            .Select(static row => $"No differences in any row: {row.Row.Name}, {row.Failures}."),
        .. Rows.Skip(1).Where(static row => row.Failures is not null)
            .Select(static row => $"No mean and no difference of {row.Row.Name}: {row.Failures}."),
    ];

    // Who failed has no p value to be corrected, and is not counted.
    private string Compared
    {
        get
        {
            int rows = Rows.Count(static row => row.Test.Difference is not null), all = Rows.Count - 1;
            string count = rows == 1 ? "1 row" : Invariant($"{rows} rows");
            return rows == all ? count : Invariant($"{count} of {all}, those of which no run failed");
        }
    }

    private static IReadOnlyList<AblationRowResult> Adjusted(IReadOnlyList<AblationRowResult> rows)
    {
        AblationMeasure[] validation = Adjusted(rows, static row => row.Validation), test = Adjusted(rows, static row => row.Test);
        AblationMeasure[] balanced = Adjusted(rows, static row => row.Balanced), corrupted = Adjusted(rows, static row => row.Corrupted);
        return [.. rows.Select((row, i) => row with
        {
            Validation = validation[i],
            Test = test[i],
            Balanced = balanced[i],
            Corrupted = corrupted[i],
        })];
    }

    // A difference of which no p value is known was asked about all the same.
    private static AblationMeasure[] Adjusted(IReadOnlyList<AblationRowResult> rows, Func<AblationRowResult, AblationMeasure> measure)
    {
        AblationMeasure[] measures = [.. rows.Select(measure)];
        double?[] adjusted =
            Holm.Adjust([.. measures.Select(static one => one.Difference is { } difference ? difference.PValue ?? 1 : (double?)null)]);
        return [.. measures.Select((one, i) => one with { AdjustedP = one.Difference?.PValue is null ? null : adjusted[i] })];
    }

    private static IEnumerable<AblationRowResult> BySeed(AblationRowResult row)
    {
        if (row.Runs.Count == 1) return [];
        bool first = ReferenceEquals(row.Runs, row.Baseline);
        return row.Runs.Select((run, i) =>
        {
            AblationRun[] one = [run];
            return new AblationRowResult(row.Row, one, first ? one : [row.Baseline[i]]);
        });
    }

    internal static string PValue(double? value) => value is double p ? Rounding.PValue(p) : "";

    private static bool IsAlike(AblationRowResult row) =>
        new[] { row.Validation, row.Test, row.Balanced, row.Corrupted }
            .Any(static measure => measure.Difference is { StandardDeviation: 0 });

    private static (string, Func<AblationRowResult, object?>)[] CsvOf(string of, Func<AblationRowResult, AblationMeasure> measure) =>
    [
        ($"{of}/accuracy", row => measure(row).Value?.Mean),
        ($"{of}/standard_deviation", row => measure(row).Value?.StandardDeviation),
        ($"{of}/difference", row => measure(row).Difference?.Mean),
        ($"{of}/difference_low", row => measure(row).Difference is { } low ? low.Mean - low.HalfWidth : null),
        ($"{of}/difference_high", row => measure(row).Difference is { } high ? high.Mean + high.HalfWidth : null),
        ($"{of}/difference_p", row => measure(row).Difference?.PValue),
        ($"{of}/difference_p_holm", row => measure(row).AdjustedP),
    ];
}
