namespace Pare.Cli;

/// <summary>A table whose rows appear as they are known, so that its widths are given, not found.</summary>
/// <param name="messages">Where it is written.</param>
/// <param name="columns">
/// Headings and least widths; the headings of number columns begin with <c>&gt;</c>, which aligns them to the right.
/// </param>
/// <param name="least">So many columns stay where a terminal is narrow, the last are left out before names wrap; null for all.</param>
internal sealed class StreamedTable(Messages messages, IReadOnlyList<(string Heading, int Width)> columns, int? least = null)
{
    private TableLayout? _layout;

    /// <summary>The headings of the columns that the terminal is too narrow for.</summary>
    public IEnumerable<string> LeftOut => columns.Skip(_layout?.Headings.Length ?? columns.Count)
        .Select(static column => column.Heading.TrimStart('>'));

    public void Add(IReadOnlyList<string> cells)
    {
        if (_layout is null)
        {
            _layout = Fitting();
            if (Widths(_layout) is int[] headed)
                foreach (string line in _layout.Row(_layout.Headings, headed)) messages.Heading(line);
        }

        // The window may have another width by now.
        string[] shown = [.. cells.Take(_layout.Headings.Length)];
        int[]? widths = Widths(_layout, shown);
        foreach (string line in widths is null ? _layout.Paragraph(shown, messages.Columns ?? 0) : _layout.Row(shown, widths))
            messages.Line(line);
    }

    // Where not even the first columns fit, rows are paragraphs, which have room for all.
    private TableLayout Fitting()
    {
        for (int count = columns.Count; count > (least ?? columns.Count); count--)
        {
            TableLayout layout = Layout(count);
            if (!(TableLayout.Total(Measure(layout).Natural) > messages.Columns)) return layout;
        }

        TableLayout narrowest = Layout(least ?? columns.Count);
        return Widths(narrowest) is null ? Layout(columns.Count) : narrowest;
    }

    private TableLayout Layout(int count) => new([.. columns.Take(count).Select(static column => column.Heading)]);

    private ColumnWidths Measure(TableLayout layout, params IReadOnlyList<string>[] rows) =>
        layout.Measure(rows, [.. columns.Take(layout.Headings.Length).Select(static column => column.Width)]);

    private int[]? Widths(TableLayout layout, params IReadOnlyList<string>[] rows) => layout.Fit(Measure(layout, rows), messages.Columns);
}
