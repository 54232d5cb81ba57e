using System.Globalization;
using System.Xml.Linq;
using Pare.Ablation;
using Pare.Evaluation;
using Pare.Runs;

namespace Pare.Reporting;

/// <summary>The page of an ablation, made of what lies in its folder.</summary>
internal static class AblationPage
{
    private const double Width = 160, Height = 16;

    /// <summary>Makes the page, and says what could not be read for it.</summary>
    /// <exception cref="RecipeException">The ablation has no table yet.</exception>
    /// <exception cref="RunException">Its table cannot be read.</exception>
    public static (XElement Page, IReadOnlyList<string> Missing) Create(string folder)
    {
        AblationTable table = Read(folder);
        var missing = new List<string>();
        IReadOnlyList<(string Name, string Value)> environment =
            JsonFiles.Read(folder, RunFolder.EnvironmentFile, missing, static path => JsonFiles.Facts(path)) ?? [];
        string seeds = string.Join(", ", table.Seeds.Select(static seed => seed.ToString(CultureInfo.InvariantCulture)));
        XElement page = ReportPage.Create(
            $"Ablation of {table.Recipe}",
            [
                Html.Element("header",
                    Html.Styled("p", "kind", $"Pare, ablation of {table.Rows.Count} rows"),
                    Html.Element("h1", table.Recipe),
                    Html.Element("p",
                        $"Data: {table.Data}. {(table.Seeds.Count == 1 ? "Seed" : "Seeds")} {seeds}, the same in every row.")),
                Rows(table),
                .. table.OtherAxes.Select(other => Other(table, other)),
                BySeed(table),
                Changes(table),
                SummarySections.Repetition(environment, []),
                SummarySections.Missing(missing),
            ]);
        return (page, missing);
    }

    private static AblationTable Read(string folder)
    {
        string file = Path.Combine(folder, AblationFolder.TableFile);
        if (!File.Exists(file))
            throw new RecipeException("The ablation in this folder has no table yet.", Path.GetFullPath(folder),
                "Finish it: the same `pare ablate` with this folder resumes it.");
        try
        {
            return AblationTable.Of(RunRecords.Read<AblationRecord>(file));
        }
        catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new RunException($"The ablation's table cannot be read: {error.Message}", Path.GetFullPath(file),
                "Move it away: the same `pare ablate` with this folder writes it again from the runs that are finished.", error);
        }
    }

    private static XElement Rows(AblationTable table)
    {
        bool validation = table.HasValidation;
        double most = table.Rows.Select(static row => row.Decisive.Difference).OfType<SeedSummary>()
            .Max(static one => (double?)(Math.Abs(one.Mean) + (one.HalfWidth ?? 0))) ?? 0;
        return Html.Section("Rows",
            Html.Table(
                "Accuracies as the mean and the standard deviation over the seeds, differences in percentage points, seconds per run. " +
                "Drawn is " +
                $"the difference on the {(validation ? "validation split" : "test set")} with its interval.",
                [.. AblationTable.Columns(validation, wide: true), "drawn"],
                table.Rows.Select(row => (IReadOnlyList<object?>)
                    [.. AblationTable.Cells(row, validation, wide: true).Select(Figures.Text), Drawn(row.Decisive.Difference, most)])),
            table.Notes.Select(static note => Html.Element("p", Figures.Text(note))));
    }

    private static XElement Other(AblationTable table, (string Axis, string Name, string Meaning) other) => Html.Section(
        other.Axis == AblationAxes.Balanced ? "Balanced accuracy" : "Corrupted images",
        Html.Table(
            $"{AblationTable.Sentence(other.Name, other.Meaning)} Differences as above; p is corrected over the " +
            "rows of this table.",
            AblationAxes.Columns([other.Axis]),
            table.Rows.Select(row => (IReadOnlyList<object?>)[.. AblationTable.CellsOf(row, other.Axis).Select(Figures.Text)])));

    // The mean as a point, its interval as a line, and where there is no difference.
    private static XElement? Drawn(SeedSummary? difference, double most)
    {
        if (difference is null || most == 0) return null;
        double half = difference.HalfWidth ?? 0;
        double At(double value) => (Width / 2) + (value / most * ((Width / 2) - 4));
        string text = $"{Figures.Points(difference.Mean)} points"
            + (half > 0 ? $", {Figures.Points(difference.Mean - half)} to {Figures.Points(difference.Mean + half)}" : "");
        return Svg.Root(Width, Height, text, "The mean of the differences and its interval; the upright line is no difference.").With(
            Svg.Line(Width / 2, 0, Width / 2, Height, "axis"),
            Svg.Line(At(difference.Mean - half), Height / 2, At(difference.Mean + half), Height / 2, "line color0"),
            Svg.Rectangle(At(difference.Mean) - 3, (Height / 2) - 3, 6, 6, "fill color0"));
    }

    private static XElement? BySeed(AblationTable table) => table.Seeds.Count == 1
        ? null
        : Html.Section("Seed by seed", Html.Table(
            "Accuracy on the test set, and its difference to the first row with the same seed, in points.",
            ["row", .. table.Seeds.Select(static seed => Invariant($">seed {seed}"))],
            table.Rows.Select(static row => (IReadOnlyList<object?>)
            [
                row.Row.Name,
                .. row.Runs.Zip(row.Baseline, (run, reference) => run.TestAccuracy is not double accuracy ? "failed"
                    : Figures.Percent(accuracy) + (row.Test.Difference is null || reference.TestAccuracy is not double before ? ""
                        : $" ({Figures.Points(accuracy - before)})")),
            ])));

    private static XElement? Changes(AblationTable table) => table.Rows.All(static row => row.Row.Overrides.Count == 0)
        ? null
        : Html.Section("What sets the rows apart", Html.Table(
            "What each row sets over the recipe.",
            ["row", "settings"],
            table.Rows.Where(static row => row.Row.Overrides.Count > 0).Select(static row => (IReadOnlyList<object?>)
                [row.Row.Name, Html.Element("code", string.Join(' ', row.Row.Overrides.Select(Figures.Argument)))])));
}
