using System.Xml.Linq;
using Pare.Evaluation;
using Pare.Recipes;
using Pare.Runs;

namespace Pare.Reporting;

/// <summary>The parts of a comparison of runs and builds.</summary>
internal static class ComparisonSections
{
    /// <summary>What a source is called: its folder, and that of a build's run with the phase before it.</summary>
    public static string Name(ReportSource source)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(source.Folder)), name = Path.GetFileName(path);
        return name.StartsWith("seed-", StringComparison.Ordinal) ? $"{Path.GetFileName(Path.GetDirectoryName(path))}/{name}" : name;
    }

    /// <summary>What one must know of each source before its figures: that it has no end, or misses its target.</summary>
    public static IReadOnlyList<string> Remarks(IReadOnlyList<ReportSource> sources) =>
        [.. sources.SelectMany(static source => source.Remarks.Select(remark => $"{Name(source)}: {remark}"))];

    /// <summary>A row a source.</summary>
    public static XElement Table(IReadOnlyList<ReportSource> sources)
    {
        bool balanced = sources.Any(static source => source.Final.Balanced is not null);
        return Html.Section("Figures", Html.Table(
            "A build stands for the last of its phases that was kept. Accuracy is that of the last epoch, as the mean and the standard " +
            "deviation over the seeds." + (balanced ? $" Balanced is {EvaluationResult.BalancedMeaning}, on the test images." : ""),
            ["run", "recipe", "data", ">seeds", ">test", .. balanced ? [">balanced"] : Array.Empty<string>(), ">validation",
                ">parameters", ">bytes", ">MACs", ">time a run", ">images/s"],
            sources.Select(source => Row(source, balanced))));
    }

    /// <summary>
    /// Why the figures cannot be held against each other: other test images, or other images to learn from; empty when they can be.
    /// </summary>
    public static IReadOnlyList<string> Doubts(IReadOnlyList<ReportSource> sources)
    {
        var known = new List<(string Name, RunSplit Split)>();
        var unknown = new List<string>();
        foreach (ReportSource source in sources)
        {
            if (source.Final.Runs.Select(static run => run.Split).FirstOrDefault(static split => split is not null) is { } split)
                known.Add((Name(source), split));
            else unknown.Add(Name(source));
        }

        var doubts = new List<string>();
        if (Sides(known, static (a, b) => a.HasSameTest(b)) is { } tested)
            doubts.Add($"These were not tested on the same images, so that their accuracies cannot be compared: {tested}.");
        else if (Sides(known, static (a, b) => a.DataFingerprint == b.DataFingerprint || a.Form != b.Form) is { } trained)
            doubts.Add($"These were tested on the same images and trained on others: {trained}.");
        else if (Sides(known, static (a, b) => a.ValidationImages + b.ValidationImages == 0 || a.HasSameValidation(b)) is { } chosen)
            doubts.Add($"These hold other images out for validation: {chosen}.");
        if (known.Count > 0 && unknown.Count > 0)
            doubts.Add(
                $"Which images these were tested on is not known, because an earlier version kept no list: {string.Join(", ", unknown)}.");
        return doubts;
    }

    /// <summary>The runs that agree together, with a bar between those that do not; null where all agree.</summary>
    public static string? Sides<T>(IReadOnlyList<(string Name, T Of)> runs, Func<T, T, bool> agree)
    {
        var sides = new List<List<(string Name, T Of)>>();
        foreach ((string Name, T Of) run in runs)
        {
            if (sides.Find(side => agree(side[0].Of, run.Of)) is { } side) side.Add(run);
            else sides.Add([run]);
        }

        return sides.Count < 2 ? null
            : string.Join(" | ", sides.Select(static side => string.Join(", ", side.Select(static run => run.Name))));
    }

    /// <summary>The curves of all sources over one another; null where no epoch was measured.</summary>
    public static XElement? Curves(IReadOnlyList<ReportSource> sources)
    {
        XElement?[] charts =
        [
            Chart(sources, "train/loss", "training loss", percent: false),
                Chart(sources, "train/accuracy", "training accuracy", percent: true),
            Chart(sources, "validation/loss", "validation loss", percent: false),
            Chart(sources, "validation/accuracy", "validation accuracy", percent: true),
            Chart(sources, "lr", "learning rate", percent: false),
        ];
        return charts.All(static chart => chart is null) ? null
            : Html.Section("Curves", Html.Element("p",
                "Means over the seeds. The training loss is what a run minimizes: runs that differ in class weights, label smoothing, " +
                "mixing or distillation are compared by the validation loss, which is the plain cross entropy."),
                Html.Styled("div", "charts", charts));
    }

    /// <summary>How the recipes differ, setting by setting; null where fewer than two could be read.</summary>
    public static XElement? Recipes(IReadOnlyList<ReportSource> sources)
    {
        ReportSource[] known = [.. sources.Where(static source => source.Final.Shown?.Recipe is not null)];
        if (known.Length < 2) return null;
        (string Key, IReadOnlyList<string> Values)[] differences =
            [.. SettingText.Differences([.. known.Select(static source => source.Final.Shown!.Recipe!)])];
        return Html.Section("Recipes", differences.Length == 0
            ? Html.Element("p", known.Length == sources.Count ? "All runs have the same recipe."
                : $"The recipes of {string.Join(", ", known.Select(Name))} are the same; the others could not be read.")
            : Html.Styled("div", "settings", Html.Table(
                "The settings that are not the same in all, by the key that --set takes; all others are. Of a build it is the recipe of " +
                "the phase in the table above.",
                ["setting", .. known.Select(Name)],
                differences.Select(static difference =>
                (IReadOnlyList<object?>)[Html.Element("code", difference.Key), .. difference.Values]))));
    }

    private static IReadOnlyList<object?> Row(ReportSource source, bool balanced)
    {
        PhaseRecord final = source.Final;
        double[] speeds = [.. final.Runs.Select(static run => run.Result?.ImagesPerSecond).OfType<double>()];
        return
        [
            Name(source), source.Name, source.Data, Figures.Count(final.Runs.Count),
            final.Test is { } test ? Html.Element("strong", Figures.Percent(test)) : final.Shown is { Interrupted: true }
            ? "interrupted" : "",
            .. balanced ? [final.Balanced is double share ? Figures.Percent(share) : ""] : Array.Empty<object?>(),
            final.Validation is { } validation ? Figures.Percent(validation) : "",
            final.Parameters is long parameters ? Figures.Count(parameters) : "",
            final.Parameters is long count ? Figures.Bytes(4 * count) : "", final.Macs is long macs ? Figures.Short(macs) : "",
            final.Seconds is double seconds ? Figures.Seconds(seconds) : "", speeds.Length == 0 ? ""
            : Figures.Count((long)speeds.Average()),
        ];
    }

    private static XElement? Chart(IReadOnlyList<ReportSource> sources, string metric, string name, bool percent)
    {
        LineSeries[] series =
        [
            .. sources.Select((source, i) =>
                new LineSeries(Name(source), CurveSections.Mean(CurveSections.Columns(source.Final, metric))) { Color = i,
                    Dashed = i >= 8 })
                .Where(static one => one.Points.Count > 0),
        ];
        if (series.Length == 0) return null;
        PhaseRecord[] phases = [.. sources.Select(static source => source.Final)];
        (double Low, double High)? losses = metric.EndsWith("loss", StringComparison.Ordinal) ? CurveSections.LossRange(phases, metric)
            : null;
        var chart = new LineChart
        {
            Title = name,
            XLabel = "epoch",
            YLabel = name,
            Series = series,
            PercentY = percent,
            LogY = losses is not null,
            RangeY = percent ? CurveSections.AccuracyRange(phases, metric) : losses,
            WholeX = true,
            Width = 440,
            Height = 300,
        };
        return Html.Figure(chart.ToSvg());
    }
}
