using System.Xml.Linq;

namespace Pare.Reporting;

/// <summary>
/// Lines over two labelled axes, as SVG that stands alone or inside a page. Text is text; colours are CSS variables that a page may
/// set, with others for a dark background.
/// </summary>
public sealed record LineChart
{
    private const double Width = 760, Height = 440, Left = 72, Right = 24, Top = 76, Bottom = 62, LetterWidth = 6.6;
    private const int SeriesColours = 6;

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    // Okabe and Ito's colours, told apart by people with any colour vision; paler ones where the background is dark.
    private const string Style = """
        .pare-chart { --pare-background: #ffffff; --pare-grid: #d8dee4; --pare-series-1: #0072b2; --pare-series-2: #d55e00; --pare-series-3: #009e73;
          --pare-series-4: #a8508a; --pare-series-5: #8a6d00; --pare-series-6: #3a8fbf; color: #1f2328; }
        @media (prefers-color-scheme: dark) {
          .pare-chart { --pare-background: #0d1117; --pare-grid: #30363d; --pare-series-1: #56b4e9; --pare-series-2: #ff9a4d; --pare-series-3: #2fd6a5;
            --pare-series-4: #e59cc8; --pare-series-5: #f0e442; --pare-series-6: #8fd0f5; color: #e6edf3; }
        }
        .pare-chart .background { fill: var(--pare-background); }
        .pare-chart text { fill: currentColor; font: 13px system-ui, sans-serif; }
        .pare-chart .title { font-size: 16px; font-weight: 600; }
        .pare-chart .grid { stroke: var(--pare-grid); }
        .pare-chart .axis { stroke: currentColor; }
        .pare-chart .mark { stroke: currentColor; stroke-dasharray: 5 4; }
        .pare-chart .halo { paint-order: stroke; stroke: var(--pare-background); stroke-width: 4px; }
        .pare-chart .line { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
        .pare-chart .faint { stroke-width: 1; opacity: 0.6; }
        """;

    /// <summary>What it shows.</summary>
    public required string Title { get; init; }

    /// <summary>The name of the horizontal axis, with its unit.</summary>
    public required string XLabel { get; init; }

    /// <summary>The name of the vertical axis, with its unit.</summary>
    public required string YLabel { get; init; }

    /// <summary>Whether the horizontal axis is logarithmic; all its values must then be above 0.</summary>
    public bool LogX { get; init; }

    /// <summary>Whether the vertical axis is logarithmic; values of 0 or less then leave gaps.</summary>
    public bool LogY { get; init; }

    /// <summary>The lines, in the order of the legend.</summary>
    public IReadOnlyList<LineSeries> Series { get; init; } = [];

    /// <summary>Places on the horizontal axis to point out, from left to right.</summary>
    public IReadOnlyList<ChartMark> Marks { get; init; } = [];

    /// <summary>Draws the chart.</summary>
    /// <returns>An <c>svg</c> element.</returns>
    public XElement ToSvg()
    {
        IEnumerable<(double X, double Y)> points = Series.SelectMany(static series => series.Points);
        ChartAxis x = ChartAxis.Around(points.Select(static point => point.X), LogX), y = ChartAxis.Around(points.Select(static point => point.Y), LogY, margin: 0.04);
        return Element(
            "svg", [("class", "pare-chart"), ("viewBox", Invariant($"0 0 {Width} {Height}")), ("role", "img")],
            new XElement(Svg + "title", Title),
            new XElement(Svg + "style", Style),
            Element("rect", [("class", "background"), ("width", "100%"), ("height", "100%")]),
            Text(Title, Left, 26, "start", ("class", "title")),
            Legend(),
            Grid(x, y),
            Series.Select((series, i) => Line(series, i, x, y)),
            Marks.Where(mark => x.Shows(mark.X)).Select((mark, i) => Mark(mark, AtX(x, mark.X), i)),
            Stroke("axis", Left, Height - Bottom, Width - Right, Height - Bottom),
            Stroke("axis", Left, Top, Left, Height - Bottom),
            Text(XLabel, (Left + Width - Right) / 2, Height - 14, "middle"),
            Text(YLabel, 0, 0, "middle", ("transform", Invariant($"translate(20 {(Top + Height - Bottom) / 2}) rotate(-90)"))));
    }

    /// <summary>Writes the chart as a file of its own.</summary>
    /// <param name="writer">Where to.</param>
    public void Write(TextWriter writer)
    {
        XElement svg = ToSvg();
        svg.SetAttributeValue("width", Invariant($"{Width}"));
        svg.SetAttributeValue("height", Invariant($"{Height}"));
        writer.Write(svg.ToString().ReplaceLineEndings("\n") + "\n");
    }

    private IEnumerable<XElement> Legend()
    {
        double at = Left;
        for (int i = 0; i < Series.Count; i++)
        {
            XElement swatch = Stroke(Series[i].Faint ? "line faint" : "line", at, 50, at + 22, 50);
            swatch.SetAttributeValue("style", Colour(i));
            yield return swatch;
            yield return Text(Series[i].Name, at + 28, 54, "start");
            at += 28 + (LetterWidth * Series[i].Name.Length) + 24;
        }
    }

    private static IEnumerable<XElement> Grid(ChartAxis x, ChartAxis y)
    {
        foreach (double value in x.Ticks(9))
        {
            double at = AtX(x, value);
            yield return Stroke("grid", at, Top, at, Height - Bottom);
            yield return Text(AxisTicks.Label(value), at, Height - Bottom + 20, "middle");
        }

        foreach (double value in y.Ticks(6))
        {
            double at = AtY(y, value);
            yield return Stroke("grid", Left, at, Width - Right, at);
            yield return Text(AxisTicks.Label(value), Left - 8, at + 4.5, "end");
        }
    }

    private static XElement Line(LineSeries series, int index, ChartAxis x, ChartAxis y)
    {
        var path = new System.Text.StringBuilder();
        bool begun = false;
        foreach ((double atX, double atY) in series.Points)
        {
            bool shown = x.Shows(atX) && y.Shows(atY);
            if (shown) path.Append(begun ? 'L' : 'M').Append(Invariant($"{AtX(x, atX):0.##} {AtY(y, atY):0.##}"));
            begun = shown;
        }

        return Element("path", [("class", series.Faint ? "line faint" : "line"), ("style", Colour(index)), ("d", path.ToString())]);
    }

    // Labels of neighbours stand on lines of their own.
    private static XElement[] Mark(ChartMark mark, double at, int index)
    {
        bool left = at > (Left + Width) / 2;
        return [Stroke("mark", at, Top, at, Height - Bottom), Text(mark.Label, left ? at - 6 : at + 6, Top + 14 + (17 * index), left ? "end" : "start", ("class", "halo"))];
    }

    private static string Colour(int index) => Invariant($"stroke: var(--pare-series-{(index % SeriesColours) + 1})");

    private static double AtX(ChartAxis axis, double value) => Left + (axis.Place(value) * (Width - Left - Right));

    private static double AtY(ChartAxis axis, double value) => Height - Bottom - (axis.Place(value) * (Height - Top - Bottom));

    private static XElement Stroke(string kind, double x1, double y1, double x2, double y2) => Element(
        "line", [("class", kind), ("x1", Invariant($"{x1:0.##}")), ("y1", Invariant($"{y1:0.##}")), ("x2", Invariant($"{x2:0.##}")), ("y2", Invariant($"{y2:0.##}"))]);

    private static XElement Text(string text, double x, double y, string anchor, params (string Name, string Value)[] more) => Element(
        "text", [("x", Invariant($"{x:0.##}")), ("y", Invariant($"{y:0.##}")), ("text-anchor", anchor), .. more], text);

    private static XElement Element(string name, (string Name, string Value)[] attributes, params object[] content) =>
        new(Svg + name, attributes.Select(static attribute => new XAttribute(attribute.Name, attribute.Value)), content);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
