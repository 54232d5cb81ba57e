namespace Pare.Cli;

/// <summary>Rows under headings in columns as wide as their widest cell.</summary>
/// <param name="columns">Two headings or more; those of number columns begin with <c>&gt;</c>, which aligns them to the right.</param>
internal sealed class TextTable(params string[] columns)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells)
    {
        if (cells.Length != columns.Length) throw new ArgumentException($"{cells.Length} cells for {columns.Length} columns.", nameof(cells));
        _rows.Add(cells);
    }

    /// <summary>A line under the rows so far, for totals.</summary>
    public void Rule() => _rows.Add([]);

    /// <summary>Lines across all columns, under the rows so far.</summary>
    public void Note(params string[] lines)
    {
        foreach (string line in lines) _rows.Add([line]);
    }

    public void Write(TextWriter writer, Func<string, string> emphasize)
    {
        string[] headings = [.. columns.Select(static heading => heading.TrimStart('>'))];
        int[] widths = [.. headings.Select((heading, i) => Math.Max(heading.Length, _rows.Max(row => row.Length == columns.Length ? row[i].Length : 0)))];
        writer.WriteLine(emphasize(Row(headings)));
        foreach (string[] row in _rows)
        {
            writer.WriteLine(row.Length switch
            {
                0 => new string('-', widths.Sum() + (2 * (widths.Length - 1))),
                1 => row[0],
                _ => Row(row),
            });
        }

        string Row(string[] cells) => string.Join("  ", cells.Select((cell, i) =>
            columns[i].StartsWith('>') ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd();
    }
}
