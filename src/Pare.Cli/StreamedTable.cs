namespace Pare.Cli;

/// <summary>A table whose rows appear as they are known, so that its widths are given, not found.</summary>
/// <param name="messages">Where it is written.</param>
/// <param name="columns">Headings and least widths; the headings of number columns begin with <c>&gt;</c>, which aligns them to the right.</param>
internal sealed class StreamedTable(Messages messages, IReadOnlyList<(string Heading, int Width)> columns)
{
    private bool _begun;

    public void Add(IReadOnlyList<string> cells)
    {
        if (!_begun) messages.Line(messages.Bold(Row([.. columns.Select(static column => column.Heading.TrimStart('>'))])));
        _begun = true;
        messages.Line(Row(cells));
    }

    private string Row(IReadOnlyList<string> cells) => string.Join("  ", cells.Select((cell, i) =>
    {
        int width = Math.Max(columns[i].Width, columns[i].Heading.TrimStart('>').Length);
        return columns[i].Heading[0] == '>' ? cell.PadLeft(width) : cell.PadRight(width);
    })).TrimEnd();
}
