using System.Xml.Linq;
using Pare.Evaluation;

namespace Pare.Reporting;

/// <summary>A confusion matrix as a heat map: a row for each true class, coloured by its share.</summary>
internal static class ConfusionMap
{
    private const double FontSize = 11;
    private const int MostNumbered = 20;

    /// <summary>Draws the matrix.</summary>
    public static XElement Draw(EvaluationRecord evaluation)
    {
        int classes = evaluation.Classes.Count;
        bool numbered = classes <= MostNumbered;
        double cell = numbered ? 36 : Math.Max(6, 560.0 / classes);
        double names = !numbered ? 0 : Math.Min(110, 14 + evaluation.Classes.Max(static name => TextWidth.Of(name, FontSize)));
        double left = 16 + names, top = 22 + names;
        XElement svg = Svg.Root(
            left + (classes * cell) + 4, top + (classes * cell) + 4, "Confusion matrix",
            $"Rows are the true classes, columns the predicted ones. {Figures.Percent(evaluation.Result.Accuracy)} of " +
            $"{Figures.Count(evaluation.Result.Count)} images lie on the diagonal.");
        svg.Add(Svg.Text(left + (classes * cell / 2), 12, "predicted", "axis-name", "middle"));
        svg.Add(Svg.Element("text", ("transform", $"translate(11 {Figures.Coordinate(top + (classes * cell / 2))}) rotate(-90)"),
            ("text-anchor", "middle"), ("class", "axis-name")).With("true"));
        for (int label = 0; label < classes; label++)
        {
            int images = Enumerable.Range(0, classes).Sum(other => evaluation.Result.Confusion[label, other]);
            double y = top + (label * cell);
            if (numbered)
            {
                string name = TextWidth.Fit(evaluation.Classes[label], names - 8, FontSize);
                double x = left + ((label + 0.5) * cell);
                svg.Add(Svg.Text(left - 6, y + (cell / 2) + 4, name, "tick", "end").With(Whole(name, evaluation.Classes[label])));
                svg.Add(TextWidth.Of(name, FontSize) <= cell
                    ? Svg.Text(x, top - 6, name, "tick", "middle").With(Whole(name, evaluation.Classes[label]))
                    : Svg.Element("text",
                        ("transform", $"translate({Figures.Coordinate(x + 4)} {Figures.Coordinate(top - 6)}) rotate(-90)"),
                        ("class", "tick")).With(name, Whole(name, evaluation.Classes[label])));
            }

            for (int predicted = 0; predicted < classes; predicted++)
                Cell(svg, evaluation, label, predicted, images, left + (predicted * cell), y, cell, numbered);
        }

        return svg;
    }

    // A name that was cut is whole where one points at it.
    private static XElement? Whole(string shown, string name) => shown == name ? null : Svg.Element("title").With(name);

    // Mistakes are coloured by the root of their share, without which a good network's would not be seen. Full colour would hide the
    // number.
    private static void Cell(XElement svg, EvaluationRecord evaluation, int label, int predicted, int images, double x, double y,
        double cell, bool numbered)
    {
        int count = evaluation.Result.Confusion[label, predicted];
        double share = images == 0 ? 0 : (double)count / images;
        XElement square = Svg.Element(
            "rect", ("x", x), ("y", y), ("width", cell - 1), ("height", cell - 1),
            ("class", count == 0 ? "box" : label == predicted ? "fill color0" : "fill color1"),
            ("fill-opacity", count == 0 ? null : label == predicted ? 0.55 * share : 0.12 + (0.48 * Math.Sqrt(share))));
        if (count == 0)
        {
            svg.Add(square);
            return;
        }

        svg.Add(square.With(Svg.Element("title")
            .With($"{evaluation.Classes[label]} taken for {evaluation.Classes[predicted]}: {Figures.Count(count)}")));
        if (numbered) svg.Add(Svg.Text(x + ((cell - 1) / 2), y + (cell / 2) + 4, Figures.Short(count), "count", "middle"));
    }
}
