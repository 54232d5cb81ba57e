namespace Pare.Cli;

/// <summary>How wide the columns of a table are where there is room, and how wide they must be.</summary>
/// <param name="Natural">Everything in one line.</param>
/// <param name="Least">No number is broken, nor a word of a heading.</param>
internal sealed record ColumnWidths(int[] Natural, int[] Least);
