namespace Pare.Cli;

/// <summary>Rows under headings in columns as wide as their widest cell.</summary>
/// <param name="columns">The headings; those of number columns begin with <c>&gt;</c>, which aligns them to the right.</param>
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

    public void Write(TextWriter writer, Func<string, string> emphasize)
    {
        string[] headings = [.. columns.Select(static heading => heading.TrimStart('>'))];
        int[] widths = [.. headings.Select((heading, i) => Math.Max(heading.Length, _rows.Max(row => row.Length == 0 ? 0 : row[i].Length)))];
        writer.WriteLine(emphasize(Row(headings)));
        foreach (string[] row in _rows) writer.WriteLine(row.Length == 0 ? new string('-', widths.Sum() + (2 * (widths.Length - 1))) : Row(row));

        string Row(string[] cells) => string.Join("  ", cells.Select((cell, i) =>
            columns[i].StartsWith('>') ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd();
    }
}
