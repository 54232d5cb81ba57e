namespace Pare.Runs;

/// <summary>A table for a README.</summary>
internal static class MarkdownTable
{
    /// <summary>Writes one, with the end of each line.</summary>
    /// <param name="columns">The headings, as they are; those of numbers begin with <c>&gt;</c>.</param>
    /// <param name="rows">The cells, as they are.</param>
    public static string Of(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows) =>
        Row(columns.Select(static column => column.TrimStart('>')))
        + Row(columns.Select(static column => column[0] == '>' ? "---:" : "---")) + string.Concat(rows.Select(Row));

    private static string Row(IEnumerable<string> cells) =>
        $"| {string.Join(" | ", cells.Select(static cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |\n";
}
