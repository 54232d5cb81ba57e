using System.Xml.Linq;

namespace Pare.Reporting;

/// <summary>Loss, accuracy and learning rate over the epochs: each seed thin, their mean bold.</summary>
internal static class CurveSections
{
    /// <summary>Pixels of a chart in a row of three.</summary>
    public const double ChartWidth = 360, ChartHeight = 240;

    /// <summary>A row of charts a phase, all on the same axes; null where no epoch was measured.</summary>
    public static XElement? Create(ReportSource source)
    {
        PhaseRecord[] phases = [.. source.Phases.Where(static phase => phase.Runs.Any(static run => run.Metrics.Count > 0))];
        if (phases.Length == 0) return null;
        (double Low, double High)? accuracies = AccuracyRange(phases, "train/accuracy", "validation/accuracy");
        double highest = phases.SelectMany(static phase => Columns(phase, "lr")).SelectMany(static column => column).DefaultIfEmpty(0)
            .Max();
        (double Low, double High)? rates = highest > 0 ? (0, 1.05 * highest) : null;
        (double Low, double High)? losses = LossRange(phases, "train/loss", "validation/loss");
        return Html.Section(
            "Training",
            Html.Element("p", (source.IsBuild
                ? "Thin lines are seeds and bold ones their means; all phases are drawn on the same vertical axes. " : "") +
                "Training figures are means over an epoch, before each step's update and with augmentation. The training loss is what is " +
                "minimized, class weights and label smoothing included; the validation loss is the plain cross entropy."),
            phases.Select(phase => Html.Styled(
                "div", "phase",
                source.IsBuild ? Html.Element("h3", phase.Name) : null,
                Html.Styled(
                    "div", "charts",
                    Chart(phase, "loss", ["train/loss", "validation/loss"], losses, logarithmic: true, percent: false),
                    Chart(phase, "accuracy", ["train/accuracy", "validation/accuracy"], accuracies, logarithmic: false, percent: true),
                    Chart(phase, "learning rate", ["lr"], rates, logarithmic: false, percent: false)))));
    }

    /// <summary>The mean of a metric over runs, epoch by epoch, as far as all have it.</summary>
    public static (double X, double Y)[] Mean(IReadOnlyList<double[]> columns) => columns.Count == 0
        ? []
        : [.. Enumerable.Range(0, columns.Min(static column => column.Length))
            .Select(i => (i + 1.0, columns.Average(column => column[i])))];

    /// <summary>The columns of a metric, one a run that measured it.</summary>
    public static double[][] Columns(PhaseRecord phase, string metric) =>
        [.. phase.Runs.Select(run => run.Metric(metric)).Where(static column => column.Length > 0)];

    /// <summary>A linear range for accuracies: the first tenth of the epochs, in which they rise, does not count; null for none.</summary>
    public static (double Low, double High)? AccuracyRange(IEnumerable<PhaseRecord> phases, params string[] metrics)
    {
        double[] values = [.. Values(phases, metrics, static epochs => epochs < 3 ? 0 : (epochs + 9) / 10)];
        if (values.Length == 0) return null;
        double room = 0.04 * Math.Max(values.Max() - values.Min(), 0.002);
        return (values.Min() - room, values.Max() + room);
    }

    /// <summary>A logarithmic range for losses; null where they are not all above 0.</summary>
    public static (double Low, double High)? LossRange(IEnumerable<PhaseRecord> phases, params string[] metrics)
    {
        double[] values = [.. Values(phases, metrics, static _ => 0)];
        return values.Length == 0 || values.Min() <= 0 ? null : (values.Min() / 1.15, values.Max() * 1.15);
    }

    private static IEnumerable<double> Values(IEnumerable<PhaseRecord> phases, string[] metrics, Func<int, int> skipped) =>
        from phase in phases
        from metric in metrics
        from column in Columns(phase,
            metric)
        from value in column.Skip(skipped(column.Length))
        where double.IsFinite(value)
        select value;

    private static XElement? Chart(PhaseRecord phase, string name, IReadOnlyList<string> metrics, (double Low, double High)? range,
        bool logarithmic, bool percent)
    {
        var series = new List<LineSeries>();
        for (int i = 0; i < metrics.Count; i++)
        {
            double[][] columns = Columns(phase, metrics[i]);
            if (columns.Length == 0) continue;
            if (columns.Length > 1)
                series.AddRange(columns.Select(column => new LineSeries("", Mean([column])) { Color = i, Faint = true }));
            series.Add(new LineSeries(metrics[i] == "lr" ? "" : metrics[i].Split('/')[0], Mean(columns)) { Color = i });
        }

        if (series.Count == 0) return null;
        var chart = new LineChart
        {
            Title = $"{phase.Name}: {name}",
            Description = string.Join(", ", series.Where(static one => !one.Faint).Select(End)) + ".",
            XLabel = "epoch",
            YLabel = name,
            Series = series,
            LogY = logarithmic && range is not null,
            PercentY = percent,
            RangeY = range,
            WholeX = true,
            Width = ChartWidth,
            Height = ChartHeight,
        };
        return Html.Figure(chart.ToSvg());

        string End(LineSeries one)
        {
            double last = one.Points[^1].Y;
            string end = percent ? Figures.Percent(last) : last.ToString("G3", System.Globalization.CultureInfo.InvariantCulture);
            return $"{(one.Name.Length > 0 ? one.Name + " " : "")}{name} ends at {end}";
        }
    }
}
