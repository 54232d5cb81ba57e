using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace Pare.Reporting;

/// <summary>Lines and points over two labelled axes, as SVG that stands alone or inside a page. Text is text; colours follow a light or dark scheme.</summary>
public sealed record LineChart
{
    private const double FontSize = 11, FirstRow = 14, RowHeight = 17, Left = 54, Right = 12, Bottom = 38, DotRadius = 4;
    private const int Colors = 8;

    /// <summary>What it shows.</summary>
    public required string Title { get; init; }

    /// <summary>What can be seen in it, for those who do not see it.</summary>
    public string Description { get; init; } = string.Empty;

    /// <summary>The name of the horizontal axis, with its unit.</summary>
    public required string XLabel { get; init; }

    /// <summary>The name of the vertical axis, with its unit; it stands over the chart.</summary>
    public required string YLabel { get; init; }

    /// <summary>Whether the horizontal axis is logarithmic; values of 0 or less are then left out.</summary>
    public bool LogX { get; init; }

    /// <summary>Whether only whole numbers are labelled on the horizontal axis, as for epochs.</summary>
    public bool WholeX { get; init; }

    /// <summary>Whether the vertical axis is logarithmic; values of 0 or less then leave gaps.</summary>
    public bool LogY { get; init; }

    /// <summary>Whether the vertical values are shares, shown as a percentage.</summary>
    public bool PercentY { get; init; }

    /// <summary>The ends of the vertical axis, beyond which points are not shown; null for those that the points need.</summary>
    public (double Low, double High)? RangeY { get; init; }

    /// <summary>Pixels in width.</summary>
    public double Width { get; init; } = 760;

    /// <summary>Pixels in height.</summary>
    public double Height { get; init; } = 440;

    /// <summary>What is drawn, in the order of the legend; the last is on top.</summary>
    public IReadOnlyList<LineSeries> Series { get; init; } = [];

    /// <summary>Places on the horizontal axis to point out, from left to right.</summary>
    public IReadOnlyList<ChartMark> Marks { get; init; } = [];

    private bool HasLabels => Series.Any(static series => series.Labels.Count > 0);

    /// <summary>Draws the chart for a page that has its style, <see cref="Style"/>.</summary>
    /// <returns>An <c>svg</c> element.</returns>
    public XElement ToSvg() => Draw(FirstRow);

    /// <summary>Writes the chart as a file of its own, with its title above it.</summary>
    /// <param name="writer">Where to.</param>
    public void Write(TextWriter writer) => writer.Write(ToFile());

    /// <summary>The content of a file of its own.</summary>
    internal string ToFile()
    {
        XElement svg = Draw(FirstRow + 26);
        svg.Elements().Skip(1).First().AddAfterSelf(
            Svg.Element("style").With(Style()), Svg.Element("rect", ("width", "100%"), ("height", "100%"), ("class", "background")), Svg.Text(2, 18, Title, "title"));
        svg.SetAttributeValue("class", "chart");
        return svg.ToString().ReplaceLineEndings("\n") + "\n";
    }

    /// <summary>The style sheet of charts.</summary>
    internal static string Style() => Resources.Text("chart.css");

    private XElement Draw(double firstRow)
    {
        XElement svg = Svg.Root(Width, Height, Title, Description);
        double margin = HasLabels ? 0.1 : 0;
        ChartAxis x = ChartAxis.Around(Series.SelectMany(static series => series.Points).Select(static point => point.X), LogX, margin);
        ChartAxis y = RangeY is { } range ? new ChartAxis(range.Low, range.High, LogY) : ChartAxis.Around(Series.SelectMany(static series => series.Points).Select(static point => point.Y), LogY, margin + 0.04);
        var plot = new Plot(x, y, Left, Legend(svg, firstRow) + 10, Width - Right, Height - Bottom);
        Axes(svg, plot);
        for (int i = 0; i < Series.Count; i++)
        {
            if (Series[i].Joined) Line(svg, plot, i);
        }

        for (int i = 0; i < Series.Count; i++)
        {
            if (Series[i].Dotted) Dots(svg, plot, i);
        }

        PlaceMarks(svg, plot);
        PlaceLabels(svg, plot);
        return svg;
    }

    // Returns the base line of its last row.
    private double Legend(XElement svg, double y)
    {
        svg.Add(Svg.Text(2, y, YLabel, "axis-name"));
        double left = Letters(YLabel) + 20, x = left;
        for (int i = 0; i < Series.Count; i++)
        {
            if (Series[i].Name.Length == 0) continue;
            double width = 26 + Letters(Series[i].Name) + 12;
            if (x + width > Width && x > left) (x, y) = (left, y + RowHeight);
            if (Series[i].Joined) svg.Add(Svg.Line(x, y - 4, x + 20, y - 4, LineStyle(i)));
            if (Series[i].Dotted) svg.Add(Dot(x + 10, y - 4, i));
            svg.Add(Svg.Text(x + 26, y, Svg.Fit(Series[i].Name, Width - x - 26, FontSize)));
            x += width;
        }

        return y;
    }

    private void Axes(XElement svg, Plot plot)
    {
        foreach (double tick in plot.Y.Ticks(5))
        {
            double y = plot.AtY(tick);
            svg.Add(Svg.Line(plot.Left, y, plot.Right, y, "grid"), Svg.Text(plot.Left - 6, y + 4, PercentY ? Figures.ShortPercent(tick) : TickLabel(tick), "tick", "end"));
        }

        foreach (double tick in plot.X.Ticks(Width < 500 ? 6 : 9).Where(tick => !WholeX || Math.Abs(tick - Math.Round(tick)) < 1e-6))
        {
            double x = plot.AtX(tick);
            svg.Add(Svg.Line(x, plot.Bottom, x, plot.Bottom + 4, "axis"), Svg.Text(x, plot.Bottom + 16, TickLabel(tick), "tick", "middle"));
        }

        svg.Add(Svg.Line(plot.Left, plot.Bottom, plot.Right, plot.Bottom, "axis"), Svg.Text((plot.Left + plot.Right) / 2, Height - 5, XLabel, "axis-name", "middle"));
    }

    private void Line(XElement svg, Plot plot, int index)
    {
        var path = new StringBuilder();
        bool begun = false;
        foreach ((double X, double Y) point in Series[index].Points)
        {
            bool shown = plot.Shows(point);
            if (shown) path.Append(begun ? 'L' : 'M').Append(Figures.Coordinate(plot.AtX(point.X))).Append(' ').Append(Figures.Coordinate(plot.AtY(point.Y)));
            begun = shown;
        }

        if (path.Length > 0) svg.Add(Svg.Element("path", ("d", path.ToString()), ("class", LineStyle(index))));
    }

    private void Dots(XElement svg, Plot plot, int index)
    {
        LineSeries series = Series[index];
        for (int i = 0; i < series.Points.Count; i++)
        {
            if (plot.Shows(series.Points[i]))
                svg.Add(Dot(plot.AtX(series.Points[i].X), plot.AtY(series.Points[i].Y), index).With(i < series.Labels.Count ? Svg.Element("title").With(series.Labels[i]) : null));
        }
    }

    // Labels of neighbours stand on rows of their own.
    private void PlaceMarks(XElement svg, Plot plot)
    {
        int row = 0;
        foreach (ChartMark mark in Marks.Where(mark => plot.X.Shows(mark.X)))
        {
            double x = plot.AtX(mark.X);
            bool left = x > (plot.Left + plot.Right) / 2;
            svg.Add(Svg.Line(x, plot.Top, x, plot.Bottom, "axis dashed"), Svg.Text(left ? x - 6 : x + 6, plot.Top + 12 + (RowHeight * row++), mark.Label, "label", left ? "end" : "start"));
        }
    }

    // Each label takes the first free place around its dot; where none is free, the one that covers least.
    private void PlaceLabels(XElement svg, Plot plot)
    {
        var taken = new List<Area>();
        foreach ((double X, double Y) point in Series.Where(static series => series.Dotted).SelectMany(static series => series.Points).Where(plot.Shows))
            taken.Add(new Area(plot.AtX(point.X) - DotRadius, plot.AtY(point.Y) - DotRadius, 2 * DotRadius, 2 * DotRadius));

        // A label beside a line is read more easily than one on it.
        foreach (LineSeries series in Series.Where(static series => series.Joined))
        {
            foreach ((var from, var to) in series.Points.Zip(series.Points.Skip(1)).Where(pair => plot.Shows(pair.First) && plot.Shows(pair.Second)))
            {
                double x = plot.AtX(from.X), y = plot.AtY(from.Y), width = plot.AtX(to.X) - x, height = plot.AtY(to.Y) - y;
                int pieces = 1 + (int)(Math.Max(Math.Abs(width), Math.Abs(height)) / 4);
                taken.AddRange(Enumerable.Range(0, pieces).Select(i => new Area(x + (width * i / pieces) - 2, y + (height * i / pieces) - 2, 4, 4)));
            }
        }

        var whole = new Area(plot.Left, plot.Top, Width - plot.Left, plot.Bottom - plot.Top);
        foreach (LineSeries series in Series)
        {
            foreach (((double X, double Y) point, string label) in series.Points.Zip(series.Labels).Where(pair => pair.Second.Length > 0 && plot.Shows(pair.First)))
            {
                Area best = Area.Around(plot.AtX(point.X), plot.AtY(point.Y), Letters(label) + 2, FontSize + 2)
                    .MinBy(place => taken.Sum(place.Shared) + (place.Width * place.Height) - place.Shared(whole));
                taken.Add(best);
                svg.Add(Svg.Text(best.X + 1, best.Y + FontSize - 1, label, series.Hollow ? "label muted" : "label"));
            }
        }
    }

    private XElement Dot(double x, double y, int index) =>
        Svg.Element("circle", ("cx", x), ("cy", y), ("r", DotRadius), ("class", $"{(Series[index].Hollow ? "ring" : "disc")} {ColorStyle(index)}"));

    private string LineStyle(int index) => $"line {ColorStyle(index)}{(Series[index].Faint ? " faint" : "")}{(Series[index].Dashed ? " dashed" : "")}";

    private string ColorStyle(int index) => string.Create(CultureInfo.InvariantCulture, $"color{(Series[index].Color ?? index) % Colors}");

    private static string TickLabel(double tick) => Math.Abs(tick) is >= 1e3 and < 1e6 ? Figures.Count((long)Math.Round(tick)) : AxisTicks.Label(tick);

    private static double Letters(string text) => text.Length * FontSize * Svg.LetterWidth;

    private sealed record Plot(ChartAxis X, ChartAxis Y, double Left, double Top, double Right, double Bottom)
    {
        public bool Shows((double X, double Y) point) => X.Shows(point.X) && Y.Shows(point.Y);

        public double AtX(double value) => Left + (X.Place(value) * (Right - Left));

        public double AtY(double value) => Bottom - (Y.Place(value) * (Bottom - Top));
    }

    private readonly record struct Area(double X, double Y, double Width, double Height)
    {
        public static IEnumerable<Area> Around(double x, double y, double width, double height)
        {
            foreach (double away in new[] { 7.0, 18, 30, 44 })
            {
                yield return new Area(x + away, y - (height / 2), width, height);
                yield return new Area(x - (width / 2), y - away - height, width, height);
                yield return new Area(x - (width / 2), y + away, width, height);
                yield return new Area(x - away - width, y - (height / 2), width, height);
                yield return new Area(x + (away / 2), y - away - height, width, height);
                yield return new Area(x + (away / 2), y + away, width, height);
                yield return new Area(x - (away / 2) - width, y - away - height, width, height);
                yield return new Area(x - (away / 2) - width, y + away, width, height);
            }
        }

        public double Shared(Area other) =>
            Math.Max(0, Math.Min(X + Width, other.X + other.Width) - Math.Max(X, other.X)) * Math.Max(0, Math.Min(Y + Height, other.Y + other.Height) - Math.Max(Y, other.Y));
    }
}
