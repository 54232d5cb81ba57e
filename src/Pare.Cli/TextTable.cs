namespace Pare.Cli;

/// <summary>Rows under headings in columns as wide as their widest cell, or as wide as the terminal allows.</summary>
/// <param name="columns">Two headings or more; those of number columns begin with <c>&gt;</c>, which aligns them to the right.</param>
internal sealed class TextTable(params string[] columns)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells)
    {
        if (cells.Length != columns.Length)
            throw new ArgumentException($"{cells.Length} cells for {columns.Length} columns.", nameof(cells));
        _rows.Add(cells);
    }

    /// <summary>A line under the rows so far, for totals.</summary>
    public void Rule() => _rows.Add([]);

    /// <summary>Lines across all columns, under the rows so far.</summary>
    public void Note(params string[] lines)
    {
        foreach (string line in lines) _rows.Add([line]);
    }

    /// <summary>Whether it is written as a table: where the terminal is too narrow, its rows become paragraphs.</summary>
    public bool Fits(Messages messages) => Widths(new TableLayout(columns), messages) is not null;

    public void Write(Messages messages)
    {
        var layout = new TableLayout(columns);
        int[]? widths = Widths(layout, messages);
        if (widths is not null)
        {
            foreach (string line in layout.Row(layout.Headings, widths)) messages.Heading(line);
        }

        foreach (string[] row in _rows)
        {
            switch (row.Length)
            {
                case 0:
                    messages.Line(new string('-', widths is null ? messages.Columns ?? 0 : TableLayout.Total(widths)));
                    break;
                case 1:
                    messages.Line(row[0]);
                    break;
                default:
                    foreach (string line in widths is null ? layout.Paragraph(row, messages.Columns ?? 0) : layout.Row(row, widths))
                        messages.Line(line);
                    break;
            }
        }
    }

    private int[]? Widths(TableLayout layout, Messages messages) =>
        layout.Fit(layout.Measure(_rows.Where(row => row.Length == columns.Length)), messages.Columns);
}
