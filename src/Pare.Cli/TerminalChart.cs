using Pare.Reporting;

namespace Pare.Cli;

/// <summary>A curve out of characters: braille dots where the terminal has them, asterisks elsewhere.</summary>
internal static class TerminalChart
{
    private const int Rows = 14, LabelWidth = 7, DotRows = 4, DotColumns = 2;

    // The bits of a braille character's dots, [row][column].
    private static readonly int[] Dots = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];

    /// <summary>The lines of the chart.</summary>
    /// <param name="points">The curve from left to right.</param>
    /// <param name="logX">Whether the horizontal axis is logarithmic.</param>
    /// <param name="marks">Places below the axis to point at.</param>
    /// <param name="width">Columns that may be used.</param>
    /// <param name="braille">Whether braille can be shown.</param>
    public static IEnumerable<string> Draw(IReadOnlyList<(double X, double Y)> points, bool logX, IReadOnlyList<ChartMark> marks,
        int width, bool braille)
    {
        int columns = Math.Clamp(width - LabelWidth - 2, 20, 72);
        ChartAxis x = ChartAxis.Around(points.Select(static point => point.X), logX),
            y = ChartAxis.Around(points.Select(static point => point.Y), false);
        int[,] cells = Cells(points, x, y, columns, braille);
        var labels = y.Ticks(5).ToDictionary(value => (int)Math.Round((1 - y.Place(value)) * (Rows - 1)), AxisTicks.Label);
        string axis = braille ? "│" : "|";
        for (int row = 0; row < Rows; row++)
        {
            string curve =
                string.Concat(Enumerable.Range(0, columns)
                .Select(column => cells[row, column] == 0 ? ' ' : braille ? (char)(0x2800 + cells[row, column]) : '*'));
            yield return $"{labels.GetValueOrDefault(row, ""),LabelWidth} {axis}{curve}".TrimEnd();
        }

        yield return new string(' ', LabelWidth + 1) + (braille ? "└" + new string('─', columns) : "+" + new string('-', columns));
        var below = new char[columns + 8];
        Array.Fill(below, ' ');
        int free = 0;
        foreach (double value in x.Ticks(9))
        {
            string label = AxisTicks.Label(value);
            int at = Math.Max(0, Column(x, value, columns) - (label.Length / 2));
            if (at < free) continue;
            label.CopyTo(below.AsSpan(at));
            free = at + label.Length + 1;
        }

        yield return (new string(' ', LabelWidth + 2) + new string(below)).TrimEnd();
        foreach (ChartMark mark in marks.Where(mark => x.Shows(mark.X)))
        {
            int at = LabelWidth + 2 + Column(x, mark.X, columns);
            bool left = at > mark.Label.Length + 1 && at + mark.Label.Length + 2 > width;
            yield return left ? $"{mark.Label} ^".PadLeft(at + 1) : new string(' ', at) + $"^ {mark.Label}";
        }
    }

    private static int[,] Cells(IReadOnlyList<(double X, double Y)> points, ChartAxis x, ChartAxis y, int columns, bool braille)
    {
        int tall = braille ? DotRows : 1, wide = braille ? DotColumns : 1, height = Rows * tall, across = columns * wide;
        var cells = new int[Rows, columns];
        int last = -1, lastRow = 0;
        foreach ((double valueX, double valueY) in points)
        {
            int column = (int)Math.Round(x.Place(valueX) * (across - 1)), row = (int)Math.Round((1 - y.Place(valueY)) * (height - 1));
            int steps = last < 0 ? 0 : Math.Max(column - last, Math.Abs(row - lastRow));
            for (int step = 0; step <= steps; step++)
            {
                double part = steps == 0 ? 1 : (double)step / steps;
                int c = last < 0 ? column : (int)Math.Round(last + (part * (column - last))), r = last < 0 ? row
                    : (int)Math.Round(lastRow + (part * (row - lastRow)));
                cells[r / tall, c / wide] |= braille ? Dots[(r % tall * wide) + (c % wide)] : 1;
            }

            (last, lastRow) = (column, row);
        }

        return cells;
    }

    private static int Column(ChartAxis x, double value, int columns) => (int)Math.Round(x.Place(value) * (columns - 1));
}
