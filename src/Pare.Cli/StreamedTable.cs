namespace Pare.Cli;

/// <summary>A table whose rows appear as they are known, so that its widths are given, not found.</summary>
/// <param name="messages">Where it is written.</param>
/// <param name="columns">
/// Headings and least widths; the headings of number columns begin with <c>&gt;</c>, which aligns them to the right.
/// </param>
internal sealed class StreamedTable(Messages messages, IReadOnlyList<(string Heading, int Width)> columns)
{
    private readonly TableLayout _layout = new([.. columns.Select(static column => column.Heading)]);
    private bool _begun;

    public void Add(IReadOnlyList<string> cells)
    {
        // The window may have another width by now.
        if (!_begun && Widths() is int[] headed)
        {
            foreach (string line in _layout.Row(_layout.Headings, headed)) messages.Heading(line);
        }

        _begun = true;
        int[]? widths = Widths(cells);
        foreach (string line in widths is null ? _layout.Paragraph(cells, messages.Columns ?? 0) : _layout.Row(cells, widths))
            messages.Line(line);
    }

    private int[]? Widths(params IReadOnlyList<string>[] rows) =>
        _layout.Fit(_layout.Measure(rows, [.. columns.Select(static column => column.Width)]), messages.Columns);
}
