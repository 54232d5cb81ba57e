namespace Pare.Export.CSource;

/// <summary>The columns of an output, by whether their windows lie inside the map.</summary>
/// <param name="Count">Columns.</param>
/// <param name="First">The first one inside.</param>
/// <param name="End">The one after the last inside.</param>
internal readonly record struct ColumnRanges(int Count, int First, int End)
{
    /// <summary>Finds them.</summary>
    public static ColumnRanges Of(int outputs, int stride, int before, int span, int width)
    {
        int first = Math.Clamp((before + stride - 1) / stride, 0, outputs);
        int end = width + before - span < 0 ? 0 : Math.Min(outputs, ((width + before - span) / stride) + 1);
        return new ColumnRanges(outputs, first, Math.Max(first, end));
    }

    /// <summary>Columns whose windows lie inside.</summary>
    public int Inside => End - First;

    /// <summary>Columns whose windows reach over an edge.</summary>
    public int Outside => Count - Inside;

    /// <summary>The head of a loop over <c>j</c> through those outside.</summary>
    public string LoopOutside() => (First, End) switch
    {
        (0, var end) => $"for (j = {end}; j < {Count}; j++)",
        var (first, end) when end == Count => $"for (j = 0; j < {first}; j++)",
        var (first, end) => $"for (j = 0; j < {Count}; j = j == {first - 1} ? {end} : j + 1)",
    };
}
