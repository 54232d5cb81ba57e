using System.Xml.Linq;

namespace Pare.Reporting;

/// <summary>Parameters against test accuracy, among published results.</summary>
internal static class SizeSection
{
    /// <summary>The section; null where there is nothing to compare with.</summary>
    /// <param name="sources">The path of a build's phases is drawn; a run is a point.</param>
    public static XElement? Create(IReadOnlyList<ReportSource> sources) => Chart(sources) is not { } chart ? null : Html.Section(
        "Size against accuracy",
        IsCopy(sources)
        ? Html.Element("p",
        $"The published results are on the original CIFAR-10. These runs read {string.Join(", ", Data(sources))}, which is a little " +
        $"harder.") : null,
        Html.Figure(Html.Scrolling(chart.Title, chart.ToSvg())),
        Known(sources) is { Length: > 0 } known
        ? Html.Styled("p", "note", $"Published: {string.Join("; ", known.Select(static result => $"{result.Name} ({result.Source})"))}.")
        : null);

    /// <summary>The chart alone; null where there is nothing to compare with.</summary>
    /// <param name="sources">As for the section.</param>
    public static LineChart? Chart(IReadOnlyList<ReportSource> sources)
    {
        KnownResult[] known = Known(sources);
        LineSeries[] series = [.. sources.SelectMany((source, i) => Series(source, i, sources.Count > 1))];
        if (series.Length == 0 || series.Sum(static points => points.Points.Count) + known.Length < 2) return null;
        if (known.Length > 0)
        {
            series =
            [
                new LineSeries(IsCopy(sources) ? "published, original CIFAR-10"
                    : "published", [.. known.Select(static result => ((double)result.Parameters, result.Accuracy))])
                {
                    Joined = false, Dotted = true, Hollow = true, Color = 7, Labels = [.. known.Select(static result => result.Name)],
                },
                .. series,
            ];
        }

        return new LineChart
        {
            Title = "Parameters against test accuracy",
            Description = string.Join(". ", series.SelectMany(static points => points.Labels)),
            XLabel = "parameters",
            YLabel = "test accuracy",
            LogX = true,
            PercentY = true,
            Width = 720,
            Height = 400,
            Series = series,
        };
    }

    private static KnownResult[] Known(IReadOnlyList<ReportSource> sources) => [.. Data(sources).SelectMany(KnownResult.On).Distinct()];

    private static string[] Data(IReadOnlyList<ReportSource> sources) =>
        [.. sources.Select(static source => source.Data).OfType<string>().Distinct()];

    private static bool IsCopy(IReadOnlyList<ReportSource> sources) =>
        Data(sources)
            .Any(static name =>
            name != "cifar10" && KnownResult.On(name).Count > 0 && name.StartsWith("cifar10", StringComparison.Ordinal));

    private static IEnumerable<LineSeries> Series(ReportSource source, int color, bool named)
    {
        PhaseRecord[] phases = [.. source.Phases.Where(static phase => phase is { Parameters: > 0, Test: not null })];
        PhaseRecord[] kept = [.. phases.Where(static phase => phase.Kept)], undone = [.. phases.Where(static phase => !phase.Kept)];
        string name = named ? ComparisonSections.Name(source) : source.IsBuild ? "phases that were kept" : source.Name;
        if (kept.Length > 0)
            yield return new LineSeries(name, Points(kept))
            {
                Color = color,
                Dotted = true,
                Joined = kept.Length > 1,
                Labels = [.. kept.Select(Label)]
            };
        if (undone.Length > 0)
            yield return new LineSeries(named ? "" : "undone", Points(undone))
            {
                Color = named ? color
                : 1,
                Dotted = true,
                Hollow = true,
                Joined = false,
                Labels = [.. undone.Select(Label)]
            };

        string Label(PhaseRecord phase) => named && source.IsBuild && phase != source.Final ? "" : named ? name : phase.Name;
    }

    private static (double X, double Y)[] Points(IEnumerable<PhaseRecord> phases) =>
        [.. phases.Select(static phase => ((double)phase.Parameters!.Value, phase.Test!.Value.Mean))];
}
