using System.Buffers;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Pare.Cli;

/// <summary>
/// Rows as lines of a terminal. Where the columns do not fit, those of text wrap; where that is not enough, a row becomes a paragraph of
/// its values.
/// Numbers are never broken and nothing is cut off.
/// </summary>
/// <param name="headings">Two or more; those of number columns begin with <c>&gt;</c>, which aligns them to the right.</param>
internal sealed class TableLayout(IReadOnlyList<string> headings)
{
    private const int Gap = 2;

    // A name that has to wrap keeps at least so many columns.
    private const int LeastText = 14;

    private static readonly SearchValues<char> Joints = SearchValues.Create(" _./-");

    private readonly IAnsiConsole _console = Detached();

    /// <summary>The headings without their marks.</summary>
    public string[] Headings { get; } = [.. headings.Select(static heading => Printable.Text(heading.TrimStart('>')))];

    /// <summary>The widths of the columns when each is as wide as its widest cell.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="least">What a column keeps however little its cells hold; null for nothing.</param>
    public ColumnWidths Measure(IEnumerable<IReadOnlyList<string>> rows, IReadOnlyList<int>? least = null)
    {
        int[] cells = [.. least ?? new int[Headings.Length]];
        foreach (IReadOnlyList<string> row in rows)
        {
            for (int i = 0; i < cells.Length; i++) cells[i] = Math.Max(cells[i], Printable.Width(Printable.Text(row[i])));
        }

        int[] natural = [.. cells.Select((width, i) => Math.Max(width, Printable.Width(Headings[i])))];
        return new ColumnWidths(natural,
            [.. cells.Select((width, i) => Math.Max(LongestWord(Headings[i]), IsNumber(i) ? width : Math.Min(natural[i], LeastText)))]);
    }

    /// <summary>The widths with which the columns fit, or null when they cannot: first headings of numbers wrap, then text.</summary>
    public int[]? Fit(ColumnWidths measured, int? columns)
    {
        int[] widths = [.. measured.Natural];
        while (Total(widths) > columns)
        {
            int[] open =
                [.. Enumerable.Range(0, widths.Length).Where(i => widths[i] > measured.Least[i]).OrderByDescending(IsNumber)
                .ThenByDescending(i => widths[i])];
            if (open.Length == 0) return null;
            widths[open[0]]--;
        }

        return widths;
    }

    /// <summary>All columns and the gaps between them.</summary>
    public static int Total(int[] widths) => widths.Sum() + (Gap * (widths.Length - 1));

    /// <summary>One row in columns of these widths.</summary>
    public IEnumerable<string> Row(IReadOnlyList<string> cells, int[] widths)
    {
        var table = new Table { Border = TableBorder.None, ShowHeaders = false };
        for (int i = 0; i < widths.Length; i++)
        {
            table.AddColumn(new TableColumn(string.Empty)
            {
                Width = widths[i],
                Alignment = IsNumber(i) ? Justify.Right : Justify.Left,
                Padding = new Padding(0, 0, i < widths.Length - 1 ? Gap : 0, 0),
            });
        }

        table.AddRow(cells.Select((cell, i) => new Text(Folded(Printable.Text(cell), widths[i]))));
        return Lines(table, Total(widths));
    }

    /// <summary>One row as a paragraph: the first cell, and under it the others with their headings.</summary>
    public IEnumerable<string> Paragraph(IReadOnlyList<string> cells, int columns)
    {
        foreach (string line in Lines(new Text(Printable.Text(cells[0])), Math.Max(1, columns))) yield return line;
        string row = "";
        for (int i = 1; i < cells.Count; i++)
        {
            if (cells[i].Length == 0) continue;
            string part = Headings[i].Length > 0 ? $"{Headings[i]} {Printable.Text(cells[i])}" : Printable.Text(cells[i]);
            if (row.Length > 0 && Gap + Printable.Width(row) + 2 + Printable.Width(part) + 1 > columns)
            {
                foreach (string line in Indented(row + ",", columns)) yield return line;
                row = "";
            }

            row += row.Length > 0 ? $", {part}" : part;
        }

        if (row.Length == 0) yield break;
        foreach (string line in Indented(row, columns)) yield return line;
    }

    private bool IsNumber(int column) => headings[column].StartsWith('>');

    private static int LongestWord(string heading) => heading.Split(' ').Max(Printable.Width);

    // Names are better broken behind their own marks than anywhere: global_average_pool, stage1.block2. A part that is too long is
    // Spectre's to break.
    private static string Folded(string text, int columns)
    {
        if (Printable.Width(text) <= columns) return text;
        var folded = new StringBuilder();
        for (int start = 0, used = 0; start < text.Length;)
        {
            int end = text.AsSpan(start).IndexOfAny(Joints) is >= 0 and int joint ? start + joint + 1 : text.Length;
            int width = Printable.Width(text[start..end].TrimEnd());
            if (used > 0 && used + width > columns)
            {
                folded.Append('\n');
                used = 0;
            }

            folded.Append(text, start, end - start);
            used += Printable.Width(text[start..end]);
            if (used > columns) used %= columns;
            start = end;
        }

        return folded.ToString();
    }

    private IEnumerable<string> Indented(string text, int columns) =>
        Lines(new Text(text), Math.Max(1, columns - Gap)).Select(static line => new string(' ', Gap) + line);

    private List<string> Lines(IRenderable drawn, int columns)
    {
        _console.Profile.Width = Math.Max(1, columns);
        return [.. Segment.SplitLines(drawn.GetSegments(_console))
            .Select(static line => string.Concat(line.Select(static segment => segment.Text)).TrimEnd())];
    }

    // Spectre only lays out: what the process's terminal is and how wide, it is not to find out by itself.
    private static IAnsiConsole Detached()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(TextWriter.Null),
        });
        console.Profile.Capabilities.Unicode = true;
        return console;
    }
}
