using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace Pare.Reporting;

/// <summary>
/// Lines and points over two labelled axes, as SVG that stands alone or inside a page. Text is text. In a page the colours follow its
/// light or dark scheme; a file of its own has literal ones on a background, which every viewer shows.
/// </summary>
internal sealed record LineChart
{
    private const double FontSize = 11, FirstRow = 14, RowHeight = 17, Left = 54, Right = 12, Bottom = 38, DotRadius = 4, MarkWidth = 8,
        TitleSize = 15;

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

    /// <summary>
    /// The ends of the vertical axis; where a line goes beyond, a mark at the edge says so and how far. Null for those that the points
    /// need.
    /// </summary>
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

    /// <summary>Draws the chart for a page that has the style of charts.</summary>
    /// <returns>An <c>svg</c> element.</returns>
    public XElement ToSvg() => Draw(FirstRow);

    /// <summary>The content of a file of its own, with its title above it.</summary>
    public string ToFile()
    {
        XElement svg = Draw(FirstRow + 26);
        svg.Elements().Skip(1).First().AddAfterSelf(
            Svg.Rectangle(0, 0, Width, Height, "background"),
            Svg.Text(2, 18, TextWidth.Fit(Title, Width - 4, TitleSize, bold: true), "title"));
        ChartStyle.Paint(svg);
        XmlText.Clean(svg);
        return svg.ToString().ReplaceLineEndings("\n") + "\n";
    }

    private XElement Draw(double firstRow)
    {
        double margin = HasLabels ? 0.1 : 0;
        ChartAxis x = ChartAxis.Around(Series.SelectMany(static series => series.Points).Select(static point => point.X), LogX, margin),
            y = AxisY(margin + 0.04);
        Outside[] outside = [.. Beyond(x, y)];
        XElement svg = Svg.Root(Width, Height, Title, string.Join(' ', [Description, .. Words(outside)]).Trim());
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

        MarkOutside(svg, plot, outside);
        PlaceMarks(svg, plot);
        PlaceLabels(svg, plot);
        return svg;
    }

    // Around shares that are all the same there is more room than shares have.
    private ChartAxis AxisY(double margin)
    {
        if (RangeY is { } range) return new ChartAxis(range.Low, range.High, LogY);
        double[] values = [.. Series.SelectMany(static series => series.Points).Select(static point => point.Y).Where(double.IsFinite)];
        var axis = ChartAxis.Around(values, LogY, margin);
        return PercentY && Array.TrueForAll(values, static value => value is >= 0 and <= 1)
            ? axis with { Low = Math.Max(0, axis.Low), High = Math.Min(1 + margin, axis.High) } : axis;
    }

    // Returns the base line of its last row.
    private double Legend(XElement svg, double y)
    {
        svg.Add(Svg.Text(2, y, YLabel, "axis-name"));
        double left = TextWidth.Of(YLabel, FontSize, bold: true) + 20, x = left;
        for (int i = 0; i < Series.Count; i++)
        {
            if (Series[i].Name.Length == 0) continue;
            double width = 26 + TextWidth.Of(Series[i].Name, FontSize) + 12;
            if (x + width > Width && x > left) (x, y) = (left, y + RowHeight);
            if (Series[i].Joined) svg.Add(Svg.Line(x, y - 4, x + 20, y - 4, LineStyle(i)));
            if (Series[i].Dotted) svg.Add(Dot(x + 10, y - 4, i));
            svg.Add(Svg.Text(x + 26, y, TextWidth.Fit(Series[i].Name, Width - x - 26, FontSize)));
            x += width;
        }

        return y;
    }

    private void Axes(XElement svg, Plot plot)
    {
        foreach (double tick in plot.Y.Ticks(5))
        {
            double y = plot.AtY(tick);
            svg.Add(Svg.Line(plot.Left, y, plot.Right, y, "grid"),
                Svg.Text(plot.Left - 6, y + 4, PercentY ? Figures.ShortPercent(tick) : TickLabel(tick), "tick", "end"));
        }

        foreach (double tick in plot.X.Ticks(Width < 500 ? 6 : 9).Where(tick => !WholeX || Math.Abs(tick - Math.Round(tick)) < 1e-6))
        {
            double x = plot.AtX(tick);
            svg.Add(Svg.Line(x, plot.Bottom, x, plot.Bottom + 4, "axis"), Svg.Text(x, plot.Bottom + 16, TickLabel(tick), "tick", "middle"));
        }

        svg.Add(Svg.Line(plot.Left, plot.Bottom, plot.Right, plot.Bottom, "axis"),
            Svg.Text((plot.Left + plot.Right) / 2, Height - 5, XLabel, "axis-name", "middle"));
    }

    // A line goes on to the edge where its next point lies beyond it. A point without a neighbour to be joined with is a dot.
    private void Line(XElement svg, Plot plot, int index)
    {
        var path = new StringBuilder();
        (double X, double Y)[] places = [.. Series[index].Points.Select(plot.Place)];
        bool joined = false, alone = true;
        for (int i = 0; i < places.Length; i++)
        {
            bool next = false;
            if (i + 1 < places.Length && plot.Clip(places[i], places[i + 1]) is { } piece)
            {
                if (!joined) path.Append('M').Append(plot.Coordinates(piece.From));
                path.Append('L').Append(plot.Coordinates(piece.To));
                (next, alone) = (piece.To == places[i + 1], false);
            }

            if (alone && !Series[index].Dotted && plot.Shows(Series[index].Points[i]))
                svg.Add(Dot(plot.AtX(Series[index].Points[i].X), plot.AtY(Series[index].Points[i].Y), index));
            (joined, alone) = (next, !next);
        }

        if (path.Length > 0) svg.Add(Svg.Element("path", ("d", path.ToString()), ("class", LineStyle(index))));
    }

    private void Dots(XElement svg, Plot plot, int index)
    {
        LineSeries series = Series[index];
        for (int i = 0; i < series.Points.Count; i++)
        {
            if (plot.Shows(series.Points[i]))
                svg.Add(Dot(plot.AtX(series.Points[i].X), plot.AtY(series.Points[i].Y), index)
                    .With(i < series.Labels.Count ? Svg.Element("title").With(series.Labels[i]) : null));
        }
    }

    // The places beyond the given range, a mark a series, side and width of a mark.
    private IEnumerable<Outside> Beyond(ChartAxis x, ChartAxis y) =>
        from series in Series.Index()
        from point in series.Item.Points
        where x.Shows(point.X) && !double.IsNaN(point.Y) && !y.Shows(point.Y) && (!LogY || point.Y > 0)
        group point by (series.Index, Above: point.Y > y.High,
            Slot: (int)(x.Place(point.X) * (Width - Left - Right) / (MarkWidth + 1))) into slot
        select new Outside(slot.Key.Index, slot.Key.Above, [.. slot]);

    private void MarkOutside(XElement svg, Plot plot, Outside[] outside)
    {
        foreach (Outside mark in outside)
        {
            double x = plot.AtX(mark.Points[0].X), y = mark.Above ? plot.Top : plot.Bottom, tip = mark.Above ? -6 : 6;
            svg.Add(Triangle(x, y, tip, $"disc {ColorStyle(mark.Series)}").With(Svg.Element("title").With(
                string.Join(", ", mark.Points.Select(point => $"{XLabel} {TickLabel(point.X)}: {Value(point.Y)}")))));
        }

        // What the marks mean, left and right of the axis's name.
        if (outside.Where(static mark => !mark.Above).SelectMany(static mark => mark.Points).ToArray() is { Length: > 0 } below)
            svg.Add(Triangle(plot.Left + 4, Height - 12, 6, "axis-name"),
                Svg.Text(plot.Left + 12, Height - 5, $"down to {Value(below.Min(static point => point.Y))}", "muted"));
        if (outside.Where(static mark => mark.Above).SelectMany(static mark => mark.Points).ToArray() is { Length: > 0 } above)
        {
            string text = $"up to {Value(above.Max(static point => point.Y))}";
            svg.Add(Triangle(plot.Right - TextWidth.Of(text, FontSize) - 8, Height - 6, -6, "axis-name"),
                Svg.Text(plot.Right, Height - 5, text, "muted", "end"));
        }
    }

    private IEnumerable<string> Words(Outside[] outside) =>
        from side in outside.GroupBy(static mark => mark.Above, static mark => mark.Points)
        let values = side.SelectMany(static points => points).Select(static point => point.Y).ToArray()
        select side.Key ? $"Points above the axis go up to {Value(values.Max())}."
            : $"Points below the axis go down to {Value(values.Min())}.";

    private string Value(double value) =>
        double.IsInfinity(value) ? "infinity" : PercentY ? Figures.Percent(value) : value.ToString("G3", CultureInfo.InvariantCulture);

    private static XElement Triangle(double x, double y, double tip, string style) => Svg.Element(
        "path", ("d",
        $"M{Figures.Coordinate(x - (MarkWidth / 2))} " +
        $"{Figures.Coordinate(y)}h{Figures.Coordinate(MarkWidth)}l{Figures.Coordinate(-MarkWidth / 2)} {Figures.Coordinate(tip)}z"),
        ("class", style));

    // Labels of neighbours stand on rows of their own.
    private void PlaceMarks(XElement svg, Plot plot)
    {
        int row = 0;
        foreach (ChartMark mark in Marks.Where(mark => plot.X.Shows(mark.X)))
        {
            double x = plot.AtX(mark.X);
            bool left = x > (plot.Left + plot.Right) / 2;
            svg.Add(Svg.Line(x, plot.Top, x, plot.Bottom, "axis dashed"),
                Svg.Text(left ? x - 6 : x + 6, plot.Top + 12 + (RowHeight * row++), mark.Label, "label", left ? "end" : "start"));
        }
    }

    // Each label takes the first free place around its dot; where none is free, the one that covers least.
    private void PlaceLabels(XElement svg, Plot plot)
    {
        var taken = new List<Area>();
        foreach ((double X, double Y) point in Series.Where(static series => series.Dotted).SelectMany(static series => series.Points)
            .Where(plot.Shows))
            taken.Add(new Area(plot.AtX(point.X) - DotRadius, plot.AtY(point.Y) - DotRadius, 2 * DotRadius, 2 * DotRadius));

        // A label beside a line is read more easily than one on it.
        foreach (LineSeries series in Series.Where(static series => series.Joined))
        {
            foreach ((var from, var to) in series.Points.Zip(series.Points.Skip(1))
                .Where(pair => plot.Shows(pair.First) && plot.Shows(pair.Second)))
            {
                double x = plot.AtX(from.X), y = plot.AtY(from.Y), width = plot.AtX(to.X) - x, height = plot.AtY(to.Y) - y;
                int pieces = 1 + (int)(Math.Max(Math.Abs(width), Math.Abs(height)) / 4);
                taken.AddRange(Enumerable.Range(0, pieces)
                    .Select(i => new Area(x + (width * i / pieces) - 2, y + (height * i / pieces) - 2, 4, 4)));
            }
        }

        var whole = new Area(plot.Left, plot.Top, Width - plot.Left, plot.Bottom - plot.Top);
        foreach (LineSeries series in Series)
        {
            foreach (((double X, double Y) point, string label) in series.Points.Zip(series.Labels)
                .Where(pair => pair.Second.Length > 0 && plot.Shows(pair.First)))
            {
                Area best = Area.Around(plot.AtX(point.X), plot.AtY(point.Y), TextWidth.Of(label, FontSize) + 2, FontSize + 2)
                    .MinBy(place => taken.Sum(place.Shared) + (place.Width * place.Height) - place.Shared(whole));
                taken.Add(best);
                svg.Add(Svg.Text(best.X + 1, best.Y + FontSize - 1, label, series.Hollow ? "label muted" : "label"));
            }
        }
    }

    private XElement Dot(double x, double y, int index) =>
        Svg.Element("circle", ("cx", x), ("cy", y), ("r", DotRadius),
            ("class", $"{(Series[index].Hollow ? "ring" : "disc")} {ColorStyle(index)}"));

    private string LineStyle(int index) =>
        $"line {ColorStyle(index)}{(Series[index].Faint ? " faint" : "")}{(Series[index].Dashed ? " dashed" : "")}";

    private string ColorStyle(int index) =>
        Invariant($"color{(Series[index].Color ?? index) % ChartStyle.SeriesColors}");

    private static string TickLabel(double tick) =>
        Math.Abs(tick) is >= 1e3 and < 1e6 ? Figures.Count((long)Math.Round(tick)) : AxisTicks.Label(tick);

    private sealed record Outside(int Series, bool Above, (double X, double Y)[] Points);

    private sealed record Plot(ChartAxis X, ChartAxis Y, double Left, double Top, double Right, double Bottom)
    {
        public bool Shows((double X, double Y) point) => X.Shows(point.X) && Y.Shows(point.Y);

        public double AtX(double value) => Left + (X.Place(value) * (Right - Left));

        public double AtY(double value) => Bottom - (Y.Place(value) * (Bottom - Top));

        /// <summary>Where a point lies, as shares of width and height.</summary>
        public (double X, double Y) Place((double X, double Y) point) => (X.Place(point.X), Y.Place(point.Y));

        /// <summary>The piece of a line that is within the height; null for none.</summary>
        public ((double X, double Y) From, (double X, double Y) To)? Clip((double X, double Y) from, (double X, double Y) to)
        {
            if (!double.IsFinite(from.X + to.X + from.Y + to.Y)) return null;
            if ((from.Y < 0 && to.Y < 0) || (from.Y > 1 && to.Y > 1)) return null;
            return (AtEdge(from, to), AtEdge(to, from));
        }

        public string Coordinates((double X, double Y) place) =>
            $"{Figures.Coordinate(Left + (place.X * (Right - Left)))} {Figures.Coordinate(Bottom - (place.Y * (Bottom - Top)))}";

        private static (double X, double Y) AtEdge((double X, double Y) point, (double X, double Y) other)
        {
            if (point.Y is >= 0 and <= 1) return point;
            double edge = point.Y < 0 ? 0 : 1;
            return (point.X + ((other.X - point.X) * (edge - point.Y) / (other.Y - point.Y)), edge);
        }
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
            Math.Max(0, Math.Min(X + Width, other.X + other.Width) - Math.Max(X, other.X))
                * Math.Max(0, Math.Min(Y + Height, other.Y + other.Height) - Math.Max(Y, other.Y));
    }
}
