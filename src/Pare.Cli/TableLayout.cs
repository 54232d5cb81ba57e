using Spectre.Console;
using Spectre.Console.Rendering;

namespace Pare.Cli;

/// <summary>
/// Rows as lines of a terminal. Where the columns do not fit, those of text wrap; where that is not enough, a row becomes a paragraph of its values.
/// Numbers are never broken and nothing is cut off.
/// </summary>
/// <param name="headings">Two or more; those of number columns begin with <c>&gt;</c>, which aligns them to the right.</param>
internal sealed class TableLayout(IReadOnlyList<string> headings)
{
    private const int Gap = 2;

    // A name that has to wrap keeps at least so many columns.
    private const int LeastText = 14;

    private readonly IAnsiConsole _console = Detached();

    /// <summary>The headings without their marks.</summary>
    public string[] Headings { get; } = [.. headings.Select(static heading => Printable.Text(heading.TrimStart('>')))];

    /// <summary>The widths of the columns when each is as wide as its widest cell.</summary>
    public int[] Natural(IEnumerable<IReadOnlyList<string>> rows)
    {
        int[] widths = [.. Headings.Select(Printable.Width)];
        foreach (IReadOnlyList<string> row in rows)
        {
            for (int i = 0; i < widths.Length; i++) widths[i] = Math.Max(widths[i], Printable.Width(Printable.Text(row[i])));
        }

        return widths;
    }

    /// <summary>The widths with which the columns fit, or null when they cannot.</summary>
    public int[]? Fit(int[] natural, int columns)
    {
        int[] widths = [.. natural];
        for (int over = Total(widths) - columns; over > 0; over = Total(widths) - columns)
        {
            int widest = -1;
            for (int i = 0; i < widths.Length; i++)
            {
                if (!IsNumber(i) && widths[i] > Least(natural, i) && (widest < 0 || widths[i] > widths[widest])) widest = i;
            }

            if (widest < 0) return null;
            int next = Enumerable.Range(0, widths.Length).Where(i => i != widest && !IsNumber(i) && widths[i] < widths[widest]).Select(i => widths[i]).DefaultIfEmpty(0).Max();
            widths[widest] = Math.Max(Math.Max(Least(natural, widest), widths[widest] - over), Math.Min(next, widths[widest] - 1));
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
                NoWrap = IsNumber(i),
                Alignment = IsNumber(i) ? Justify.Right : Justify.Left,
                Padding = new Padding(0, 0, i < widths.Length - 1 ? Gap : 0, 0),
            });
        }

        table.AddRow(cells.Select(static cell => new Text(Printable.Text(cell))));
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

    private int Least(int[] natural, int column) => Math.Min(natural[column], Math.Max(LeastText, Printable.Width(Headings[column])));

    private IEnumerable<string> Indented(string text, int columns) =>
        Lines(new Text(text), Math.Max(1, columns - Gap)).Select(static line => new string(' ', Gap) + line);

    private List<string> Lines(IRenderable drawn, int columns)
    {
        _console.Profile.Width = Math.Max(1, columns);
        return [.. Segment.SplitLines(drawn.GetSegments(_console)).Select(static line => string.Concat(line.Select(static segment => segment.Text)).TrimEnd())];
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
