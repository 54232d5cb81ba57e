using Pare.Ablation;
using Pare.Runs;

namespace Pare.Tests.Ablation;

public sealed class AblationTableTests
{
    private static readonly AblationRun[] s_baseline = Runs(0.90, 0.91, 0.92);

    // Differences of +1, +2 and +3 points and of -1.0, -1.1 and -0.9: t is 3.4641 and -17.3205, with two degrees of freedom p is
    // 1 - t / sqrt(2 + t²): 0.0741799 and 0.00331675.
    [Fact]
    public void P_values_are_students_and_holms_over_the_rows_of_the_table()
    {
        AblationTable table = Table(("up", Runs(0.91, 0.93, 0.95)), ("down", Runs(0.89, 0.899, 0.911)));
        Assert.Equal([null, 0.07418, 0.003317], table.Rows.Select(static row => Rounded(row.Test.Difference?.PValue)));
        Assert.Equal([null, 0.07418, 0.006634], table.Rows.Select(static row => Rounded(row.Test.AdjustedP)));
        Assert.All(table.Rows, static row => Assert.Null(row.Validation.AdjustedP));
        Assert.Equal([["up", "+2.00", "0.074", "0.074"], ["down", "-1.00", "0.003", "0.007"]], table.Tests);
        Assert.Contains(table.Notes,
            static note => note.Contains("for 2 rows, each measure by itself: if no row had an effect", StringComparison.Ordinal));
        Assert.Contains(table.Notes, static note => note.Contains("other seeds on these same images", StringComparison.Ordinal));
        AblationRecord.Line down = table.ToRecord().Rows[2];
        Assert.Equal((0.003317, 0.006634), (Rounded(down.TestP), Rounded(down.TestPHolm)));
    }

    [Fact]
    public void Accuracies_on_corrupted_images_are_corrected_by_themselves_over_the_same_rows()
    {
        AblationTable table = Table(("up", Runs([0.5, 0.5, 0.5], [0.91, 0.93, 0.95])),
            ("down", Runs([0.5, 0.5, 0.5], [0.89, 0.899, 0.911])), ("lost", Runs([0.5, 0.5, 0.5], [])));
        Assert.Equal([null, 0.07418, 0.006634, null], table.Rows.Select(static row => Rounded(row.Corrupted.AdjustedP)));
        AblationRecord.Line down = table.ToRecord().Rows[2];
        Assert.Equal((0.003317, 0.006634), (Rounded(down.CorruptedP), Rounded(down.CorruptedPHolm)));
        Assert.Equal(["down", "90.00 %", "1.05", "-1.00", "-1.25 to -0.75", "0.007"],
            AblationAxes.Cells(table.Rows[2], [AblationAxes.Robust], 0, 0));
        Assert.Equal(["lost", "", "", "", "", ""], AblationAxes.Cells(table.Rows[3], [AblationAxes.Robust], 0, 0));

        string[] lines = table.ToCsv().Split('\n'), head = lines[0].Split(',');
        string[] row = [.. lines.Single(static line => line.StartsWith("down,all", StringComparison.Ordinal)).Split(',')];
        Assert.StartsWith("0.00331", row[Array.IndexOf(head, "corrupted/difference_p")], StringComparison.Ordinal);
        Assert.StartsWith("0.00663", row[Array.IndexOf(head, "corrupted/difference_p_holm")], StringComparison.Ordinal);
        Assert.Contains("| down | 90.00 % | 1.05 | -1.00 | -1.25 to -0.75 | 0.007 |", table.ToMarkdown(), StringComparison.Ordinal);
        string latex = table.ToLatex();
        Assert.Contains(@"\label{tab:ablation-r-1-corrupted}", latex, StringComparison.Ordinal);
        Assert.Contains(@"    down & 90.00 \% & 1.05 & $-$1.00 & $-$1.25 to $-$0.75 & 0.007", latex, StringComparison.Ordinal);
    }

    [Fact]
    public void Balanced_accuracies_are_corrected_by_themselves_over_the_same_rows()
    {
        static AblationRun[] Balanced(AblationRun[] runs) =>
            [.. runs.Select(static run => run with { BalancedTestAccuracy = run.CorruptedAccuracy, CorruptedAccuracy = null })];
        AblationRun[] baseline = Balanced(s_baseline);
        var table = new AblationTable("r_1", "data", [1, 2, 3],
        [
            new(new("baseline", []), baseline, baseline),
            new(new("up", []), Balanced(Runs([0.5, 0.5, 0.5], [0.91, 0.93, 0.95])), baseline),
            new(new("down", []), Balanced(Runs([0.5, 0.5, 0.5], [0.89, 0.899, 0.911])), baseline),
        ]);
        AblationRecord.Line down = table.ToRecord().Rows[2];
        Assert.Equal((0.003317, 0.006634), (Rounded(down.BalancedP), Rounded(down.BalancedPHolm)));
        Assert.Equal(["down", "90.00 %", "1.05", "-1.00", "-1.25 to -0.75", "0.007"],
            AblationAxes.Cells(table.Rows[2], [AblationAxes.Balanced], 0, 0));
        string[] lines = table.ToCsv().Split('\n'), head = lines[0].Split(',');
        string[] row = lines.Single(static line => line.StartsWith("down,all", StringComparison.Ordinal)).Split(',');
        Assert.StartsWith("0.00663", row[Array.IndexOf(head, "balanced/difference_p_holm")], StringComparison.Ordinal);
        Assert.Contains("| down | 90.00 % | 1.05 | -1.00 | -1.25 to -0.75 | 0.007 |", table.ToMarkdown(), StringComparison.Ordinal);
        Assert.Contains(@"\label{tab:ablation-r-1-balanced}", table.ToLatex(), StringComparison.Ordinal);
        Assert.DoesNotContain("orrupted", table.ToMarkdown() + table.ToLatex(), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_corrupted_images_there_is_no_table_of_them()
    {
        AblationTable table = new("r", "d", [1], [new(new("baseline", []), Runs([0.9], []), Runs([0.9], []))]);
        Assert.False(table.HasCorrupted);
        Assert.DoesNotContain("orrupted", table.ToMarkdown() + table.ToLatex(), StringComparison.Ordinal);
        Assert.DoesNotContain("corrupted_p", table.ToRecord().ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void Differences_that_are_all_alike_have_no_p_value_and_count_among_the_rows()
    {
        AblationTable table = Table(("up", Runs(0.91, 0.92, 0.93)), ("down", Runs(0.89, 0.899, 0.911)), ("same", Runs(0.90, 0.91, 0.92)));
        Assert.Equal([null, null, 0.00995, 1], table.Rows.Select(static row => Rounded(row.Test.AdjustedP)));
        Assert.Equal(["up", "92.00 %", "1.00", "+1.00", "", "", "1.0", "12"], AblationTable.Cells(table.Rows[1], false, wide: true));
        Assert.Null(table.ToRecord().Rows[1].TestDifference!.Low);
        Assert.Contains(table.Notes, static note => note.Contains("has no interval", StringComparison.Ordinal));
        Assert.DoesNotContain(Table(("down", Runs(0.89, 0.899, 0.911))).Notes,
            static note => note.Contains("has no interval", StringComparison.Ordinal));
    }

    [Fact]
    public void Below_each_row_of_means_stands_one_a_seed()
    {
        string[] lines = Table(("a, b", Runs(0.91, 0.93, 0.95))).ToCsv().TrimEnd('\n').Split('\n');
        string[] head = lines[0].Split(',');
        Assert.Equal(["technique", "seed", "seeds"], head[..3]);
        Assert.Equal(1 + (2 * 4), lines.Length);
        Assert.StartsWith("baseline,all,3,", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("baseline,1,1,", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("\"a, b\",all,3,", lines[5], StringComparison.Ordinal);
        string[] third = lines[8][6..].Split(',');
        Assert.StartsWith("\"a, b\",3,1,", lines[8], StringComparison.Ordinal);
        string Cell(string name) => third[Array.IndexOf(head, name)];
        Assert.Equal(("0.95", "", "", "12"),
            (Cell("test/accuracy"), Cell("test/difference_low"), Cell("test/difference_p_holm"), Cell("parameters")));
        Assert.Equal(0.03, double.Parse(Cell("test/difference"), System.Globalization.CultureInfo.InvariantCulture), 12);
    }

    [Fact]
    public void Where_the_first_row_failed_the_others_keep_their_columns_and_nothing_is_said_to_be_corrected()
    {
        AblationRun[] failed = [.. s_baseline.Select(static run => run with { TestAccuracy = null, Failure = "diverged" })];
        AblationRun[] good = [.. s_baseline.Select(static run => run with { ValidationAccuracy = 0.8 })];
        var table = new AblationTable("r", "d", [1, 2, 3],
            [new(new("baseline", []), failed, failed), new(new("other", []), good, failed)]);
        Assert.Contains("| other | 80.00 % | 0.00 |  |  |  | 91.00 % |", table.ToMarkdown(), StringComparison.Ordinal);
        Assert.Contains(@"other & 80.00 \% & 0.00 &", table.ToLatex(), StringComparison.Ordinal);
        Assert.DoesNotContain(table.Notes, static note => note.Contains("Holm", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_run_that_failed_leaves_empty_is_said()
    {
        static AblationRun[] Failed(params int[] seeds) => [.. s_baseline.Select(run =>
            seeds.Contains(run.Seed) ? run with { TestAccuracy = null, CorruptedAccuracy = null, Failure = "diverged" } : run)];
        AblationTable one = Table(("wild", Failed(2)), ("wilder", Failed(1, 3)), ("up", Runs(0.91, 0.93, 0.95)));
        Assert.Equal(["No mean and no difference of wild: seed 2 failed.", "No mean and no difference of wilder: 2 of 3 seeds failed."],
            one.Notes.Take(2));
        Assert.Contains(one.Notes, static note =>
            note.StartsWith("p is corrected after Holm for 1 row of 3, those of which no run failed, each", StringComparison.Ordinal));
        Assert.Contains("wilder, seed 3, failed: diverged", one.Notes);
        Assert.Contains("| wilder | 2 of 3 seeds failed |", one.ToMarkdown(), StringComparison.Ordinal);

        AblationRun[] baseline = Failed(1);
        var none = new AblationTable("r", "d", [1, 2, 3],
            [new(new("baseline", []), baseline, baseline), new(new("other", []), s_baseline, baseline)]);
        Assert.Equal(["No differences in any row: baseline, seed 1 failed.", "baseline, seed 1, failed: diverged"], none.Notes);
        Assert.Contains("\nNo differences in any row: baseline, seed 1 failed.\n", none.ToMarkdown(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_seed_has_one_row_and_no_p_value()
    {
        AblationRun[] one = s_baseline[..1];
        var table = new AblationTable("r", "d", [1],
            [new(new("baseline", []), one, one), new(new("other", []), Runs(0.95), one)]);
        Assert.False(table.HasPValues);
        Assert.Equal(3, table.ToCsv().TrimEnd('\n').Split('\n').Length);
        Assert.Contains("baseline,1,1,", table.ToCsv(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_paper_gets_a_table_in_latex_with_names_escaped()
    {
        string latex = Table(("techniques.label_smoothing=0.1", Runs(0.91, 0.93, 0.95))).ToLatex();
        Assert.Contains(@"\label{tab:ablation-r-1}", latex, StringComparison.Ordinal);
        Assert.Contains(@"    techniques.label\_smoothing=0.1 & 93.00 \% & 2.00 & $+$2.00 & $-$0.48 to $+$4.48 & 0.074 & ", latex,
            StringComparison.Ordinal);
        Assert.Contains("over the seeds on one test set", latex, StringComparison.Ordinal);
    }

    private static double? Rounded(double? value) => value is double known ? Math.Round(known, 6) : null;

    private static AblationTable Table(params (string Name, AblationRun[] Runs)[] rows) => new("r_1", "data", [1, 2, 3],
    [
        new AblationRowResult(new AblationRow("baseline", []), s_baseline, s_baseline),
        .. rows.Select(static row => new AblationRowResult(new AblationRow(row.Name, []), row.Runs, s_baseline)),
    ]);

    private static AblationRun[] Runs(params double[] accuracies) => Runs(accuracies, accuracies);

    private static AblationRun[] Runs(double[] accuracies, double[] corrupted) =>
    [
        .. accuracies.Select((accuracy, i) => new AblationRun
        {
            CorruptedAccuracy = i < corrupted.Length ? corrupted[i] : null,
            Seed = i + 1,
            Parameters = 12,
            TestAccuracy = accuracy,
            ValidationAccuracy = null,
            Seconds = 1,
        }),
    ];
}
