using System.Xml.Linq;

namespace Pare.Reporting;

/// <summary>
/// SVG elements. Their classes get colours from a page's style, or from <see cref="ChartStyle.Paint"/> in a file of their own.
/// </summary>
internal static class Svg
{
    // What is as narrow as this may shrink to a phone's width and stays readable; what is wider scrolls.
    private const double Narrow = 460;
    private static readonly XNamespace Space = "http://www.w3.org/2000/svg";

    /// <summary>A picture with a title and a description for those who do not see it.</summary>
    public static XElement Root(double width, double height, string title, string description) => Element(
        "svg", ("viewBox", $"0 0 {Figures.Coordinate(width)} {Figures.Coordinate(height)}"), ("width", width), ("height", height),
        ("class", width <= Narrow ? "fits" : null), ("role", "img"), ("aria-label", title))
        .With(Element("title").With(title), Element("desc").With(description));

    /// <summary>An element with attributes; numbers are rounded to hundredths.</summary>
    public static XElement Element(string name, params ReadOnlySpan<(string Name, object? Value)> attributes)
    {
        var element = new XElement(Space + name);
        foreach ((string key, object? value) in attributes)
        {
            if (value is not null)
                element.SetAttributeValue(key, value is string text ? text
                    : Figures.Coordinate(Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture)));
        }

        return element;
    }

    /// <summary>A rectangle.</summary>
    public static XElement Rectangle(double x, double y, double width, double height, string style) =>
        Element("rect", ("x", x), ("y", y), ("width", Math.Max(0, width)), ("height", Math.Max(0, height)), ("class", style));

    /// <summary>A straight line.</summary>
    public static XElement Line(double x1, double y1, double x2, double y2, string style) =>
        Element("line", ("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2), ("class", style));

    /// <summary>A line of text.</summary>
    /// <param name="x">Where its anchor is.</param>
    /// <param name="y">Its base line.</param>
    /// <param name="text">The text.</param>
    /// <param name="style">The style class.</param>
    /// <param name="anchor"><c>start</c>, <c>middle</c> or <c>end</c>.</param>
    public static XElement Text(double x, double y, string text, string style = "", string anchor = "start") =>
        Element("text", ("x", x), ("y", y), ("class", style.Length == 0 ? null : style), ("text-anchor", anchor == "start" ? null : anchor))
            .With(text);

    /// <summary>Adds texts or elements; null for nothing.</summary>
    public static XElement With(this XElement element, params object?[] content)
    {
        element.Add(content);
        return element;
    }
}
