using System.Text;
using System.Xml.Linq;

namespace Pare.Reporting;

/// <summary>
/// The colours and lines of charts, once: a page gets them as a style sheet that follows its light or dark scheme, a file of its own as
/// attributes with literal colours, because viewers and converters outside of browsers know neither variables nor media queries.
/// </summary>
internal static class ChartStyle
{
    /// <summary>How many colours of series there are; <c>color0</c> and so on.</summary>
    public const int SeriesColors = 8;

    private const string Family = "system-ui, -apple-system, \"Segoe UI\", Roboto, \"Helvetica Neue\", Arial, sans-serif";

    private static readonly (string Name, string Light, string Dark)[] Colors =
    [
        ("ink", "#1c2126", "#e7ebef"), ("muted", "#59626c", "#a3adb8"), ("paper", "#ffffff", "#14181c"), ("card", "#f5f7f9", "#1d2328"),
        ("rule", "#d9dfe5", "#343c44"), ("grid", "#e6eaee", "#2a3138"), ("link", "#0b5cad", "#7db8f5"),
        ("c0", "#1769b5", "#5aa9f0"), ("c1", "#c2570c", "#f0934a"), ("c2", "#1a7f5a", "#4fc796"), ("c3", "#8b3f93", "#cf8bd8"),
        ("c4", "#9a6b00", "#d9ad45"), ("c5", "#0f7f8c", "#4cc3d1"), ("c6", "#b3365b", "#f0819f"), ("c7", "#6b7480", "#9aa4af"),
    ];

    // Those further down win. A value that begins with two dashes is a colour's name.
    private static readonly Rule[] Rules =
    [
        new("text", [("fill", "--ink")]),
        new(".tick", [("fill", "--muted")]),
        new(".axis-name", [("fill", "--muted"), ("font-weight", "600")]),
        new(".muted", [("fill", "--muted")]),
        new(".layer", [("font-weight", "600")]),
        new(".title", [("font-size", "15px"), ("font-weight", "600")]),
        new(".background", [("fill", "--paper")]),
        new(".grid", [("stroke", "--grid")]),
        new(".axis", [("stroke", "--muted")]),
        new(".line", [("fill", "none"), ("stroke-width", "2.25"), ("stroke-linejoin", "round"), ("stroke-linecap", "round")]),
        new(".faint", [("stroke-width", "1"), ("stroke-opacity", "0.45")]),
        new(".dashed", [("stroke-dasharray", "5 4")]),
        new(".ring", [("fill", "--paper"), ("stroke-width", "2")]),
        new(".pale", [("fill-opacity", "0.35")]),
        .. Enumerable.Range(0, SeriesColors).SelectMany(static i => new[]
        {
            new Rule($".line.color{i}", [("stroke", $"--c{i}")]), new Rule($".ring.color{i}", [("stroke", $"--c{i}")]),
            new Rule($".disc.color{i}", [("fill", $"--c{i}")]), new Rule($".fill.color{i}", [("fill", $"--c{i}")]),
        }),
    ];

    /// <summary>The style sheet for a page. On paper the light colours are used.</summary>
    public static string Sheet()
    {
        var css = new StringBuilder("/* Charts. */\n:root { color-scheme: light dark;");
        foreach ((string name, string light, _) in Colors) css.Append($" --{name}: {light};");
        css.Append(" }\n@media screen and (prefers-color-scheme: dark) {\n  :root {");
        foreach ((string name, _, string dark) in Colors) css.Append($" --{name}: {dark};");
        css.Append($" }}\n}}\nsvg {{ font: 11px {Family}; }}\n");
        foreach (Rule rule in Rules)
        {
            IEnumerable<string> properties = rule.Properties.Select(static property =>
                $"{property.Name}: {(IsColor(property.Value) ? $"var({property.Value})" : property.Value)};");
            css.Append($"svg {rule.Selector} {{ {string.Join(' ', properties)} }}\n");
        }

        return css.ToString();
    }

    /// <summary>
    /// Writes the style into the attributes of a picture that is to stand alone, in the light colours, on a background of its own.
    /// </summary>
    /// <param name="svg">The picture.</param>
    public static void Paint(XElement svg)
    {
        svg.SetAttributeValue("font-family", Family);
        svg.SetAttributeValue("font-size", "11px");
        foreach (XElement element in svg.Descendants())
        {
            string[] classes = element.Attribute("class")?.Value.Split(' ') ?? [];
            foreach ((string name, string value) in Rules.Where(rule => rule.Fits(element.Name.LocalName, classes))
                .SelectMany(static rule => rule.Properties))
                element.SetAttributeValue(name, IsColor(value) ? Colors.Single(color => color.Name == value[2..]).Light : value);
        }
    }

    private static bool IsColor(string value) => value.StartsWith("--", StringComparison.Ordinal);

    // A selector is the name of an element, or classes with a dot before each.
    private sealed record Rule(string Selector, (string Name, string Value)[] Properties)
    {
        public bool Fits(string element, string[] classes) =>
            Selector[0] == '.' ? Selector[1..].Split('.').All(classes.Contains) : Selector == element;
    }
}
