using System.Xml.Linq;

namespace Pare.Reporting;

/// <summary>Accuracies as a table of coloured squares: the more of the clean accuracy is lost, the stronger the colour.</summary>
internal static class HeatMap
{
    private const double FontSize = 11, Cell = 44, Row = 22;

    /// <summary>Draws it.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="description">The same in a sentence, for those who do not see it.</param>
    /// <param name="columns">The headings of the columns.</param>
    /// <param name="rows">A name and an accuracy a column each, 0 to 1; null for an empty square.</param>
    /// <param name="clean">The accuracy on images as they are, 0 to 1.</param>
    public static XElement Draw(string title, string description, IReadOnlyList<string> columns,
        IReadOnlyList<(string Name, IReadOnlyList<double?> Values)> rows, double clean)
    {
        double left = 10 + rows.Max(static row => TextWidth.Of(row.Name, FontSize)), top = 20;
        XElement svg = Svg.Root(left + (columns.Count * Cell) + 2, top + (rows.Count * Row) + 2, title, description);
        for (int i = 0; i < columns.Count; i++) svg.Add(Svg.Text(left + ((i + 0.5) * Cell), 12, columns[i], "tick", "middle"));
        for (int j = 0; j < rows.Count; j++)
        {
            double y = top + (j * Row);
            svg.Add(Svg.Text(left - 6, y + (Row / 2) + 4, rows[j].Name, "tick", "end"));
            for (int i = 0; i < columns.Count; i++)
            {
                if (rows[j].Values[i] is not double accuracy) continue;
                double lost = clean > 0 ? Math.Clamp(1 - (accuracy / clean), 0, 1) : 0, x = left + (i * Cell);
                svg.Add(
                    Svg.Element("rect", ("x", x), ("y", y), ("width", Cell - 1), ("height", Row - 1), ("class", "fill color1"),
                        ("fill-opacity", 0.04 + (0.56 * lost)))
                        .With(Svg.Element("title").With($"{rows[j].Name}, {columns[i]}: {Figures.Percent(accuracy)}")),
                    Svg.Text(x + ((Cell - 1) / 2), y + (Row / 2) + 4, Figures.Percent(accuracy)[..^2], "count", "middle"));
            }
        }

        return svg;
    }
}
