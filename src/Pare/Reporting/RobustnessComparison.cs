using System.Globalization;
using System.Xml.Linq;
using Pare.Robustness;

namespace Pare.Reporting;

/// <summary>What was measured of the robustness of several sources, side by side.</summary>
internal static class RobustnessComparison
{
    /// <summary>
    /// One column per network, one row per figure: what is measured in another way has another row. Null where nothing was.
    /// </summary>
    public static XElement? Create(IReadOnlyList<ReportSource> sources)
    {
        (string Name, RobustnessRecord Record)[] measured = Measured(sources);
        if (measured.Length == 0) return null;
        (string Figure, string Value)[][] columns = [.. measured.Select(static one => Rows(one.Record).ToArray())];
        string[] figures = [.. columns.SelectMany(static column => column).Select(static row => row.Figure).Distinct()];
        string[] lacking = [.. sources.Where(static source => source.Final.Shown?.Robustness is null).Select(ComparisonSections.Name)];
        return Html.Section("Robustness",
            Doubts(sources).Select(static doubt => Html.Styled("p", "note", doubt)),
            lacking.Length == 0 ? null : Html.Styled("p", "note", $"Not measured: {string.Join(", ", lacking)}."),
            Html.Table("What \u201cpare eval --robust\u201d kept; of a build, of the first seed of the phase in the table above. " +
                "These are single networks: their differences are not tested.",
                ["figure", .. measured.Select(static one => ">" + one.Name)],
                figures.Select(figure => (IReadOnlyList<object?>)
                [
                    figure, .. columns.Select(column => column.FirstOrDefault(row => row.Figure == figure).Value ?? "-"),
                ])));
    }

    /// <summary>Why the figures cannot be held against each other: other images, or other draws; empty when they can be.</summary>
    public static IReadOnlyList<string> Doubts(IReadOnlyList<ReportSource> sources) =>
        ComparisonSections.Sides(Measured(sources), static (a, b) => a.ImagesFingerprint is not null
            && (a.ImagesFingerprint, a.Images, a.Seed) == (b.ImagesFingerprint, b.Images, b.Seed)) is { } sides
            ? ["As far as is known the robustness of these was not measured on the same images with the same seed, so that it cannot be " +
                $"compared: {sides}."] : [];

    private static (string Name, RobustnessRecord Record)[] Measured(IReadOnlyList<ReportSource> sources) =>
    [
        .. from source in sources
           from record in source.Final.Shown?.Robustness?.Networks ?? []
           let name = ComparisonSections.Name(source)
           select (record.Network == ImageClassifier.Float ? name : $"{name}, {record.Network}", record),
    ];

    private static IEnumerable<(string Figure, string Value)> Rows(RobustnessRecord record)
    {
        yield return ($"accuracy on {Figures.Count(record.Images, "test image")} as they are", Figures.Percent(record.Accuracy));
        if (record.Corruptions is { } corruptions)
            yield return ($"accuracy on corrupted images: {string.Join(", ", corruptions.Kinds.Select(static kind => kind.Kind))}; " +
                $"severity {string.Join(", ", corruptions.Severities.Select(Plain))}", Figures.Percent(corruptions.Accuracy));
        if (record.Shifts is { } shifts)
            yield return ($"images that keep their class wherever they are moved within {ShiftsRecord.Reach} pixels",
                Figures.Percent(shifts.Steady));
        if (record.Calibration is { } calibration)
            yield return ("expected calibration error (ECE); less is better", Figures.Percent(calibration.ExpectedError));
        foreach (StrangerResult set in record.Strangers?.Sets ?? [])
        {
            yield return ($"AUROC against {Figures.Count(set.Images, "out-of-distribution picture")}: {set.Name}",
                Figures.Percent(set.Area));
        }

        if (record.Flatness is { } flatness)
            yield return ($"rise of the loss at rho {Number(flatness.Rho)} (sharpness), on " +
                $"{Figures.Count(flatness.Images, flatness.OfTraining ? "training image" : "test image")}; less is better",
                Number(flatness.Sharpness));
        if (record.Attacks is not { } attacks) yield break;
        foreach (IGrouping<int, AttackResult> reach in attacks.Results.GroupBy(static result => result.Epsilon))
            yield return ($"accuracy under {reach.Last().Attack} at {Plain(reach.Key)}/255, on {Figures.Count(attacks.Images, "image")}, " +
                (attacks.Transferred ? "made for float32" : Figures.Count(attacks.Restarts, "start")),
                Figures.Percent(reach.Last().Accuracy));
    }

    private static string Plain(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
