namespace Pare.Graphs.Lowering;

/// <summary>
/// A window that slides over a map with borders. Output pixel (i, j) sees the padded pixels (i StrideY + u DilationY, j StrideX + v
/// DilationX).
/// </summary>
/// <param name="Height">Rows of the window, u = 0 up to this - 1.</param>
/// <param name="Width">Columns of the window, v = 0 up to this - 1.</param>
internal sealed record SlidingWindow(int Height, int Width)
{
    // Far above any small network, and low enough that no sum or product of the sides overflows.
    private const int Most = 1 << 14;

    /// <summary>Rows between windows.</summary>
    public int StrideY { get; init; } = 1;

    /// <summary>Columns between windows.</summary>
    public int StrideX { get; init; } = 1;

    /// <summary>Rows between the window's own rows; 1 leaves no gap.</summary>
    public int DilationY { get; init; } = 1;

    /// <summary>Columns between the window's own columns; 1 leaves no gap.</summary>
    public int DilationX { get; init; } = 1;

    /// <summary>Pixels around the map.</summary>
    public Borders Borders { get; init; }

    /// <summary>Rows that the window spans, gaps included.</summary>
    public int SpanY => ((Height - 1) * DilationY) + 1;

    /// <summary>Columns that the window spans, gaps included.</summary>
    public int SpanX => ((Width - 1) * DilationX) + 1;

    /// <summary>A square window with the same step and border on all sides.</summary>
    public static SlidingWindow Square(int side, int stride = 1, int padding = 0) =>
        new(side, side) { StrideY = stride, StrideX = stride, Borders = Borders.All(padding) };

    /// <summary>The pixel of a map that place (u, v) of the window sees for output pixel (i, j); false where that is outside.</summary>
    internal bool Reads(Shape map, int i, int j, int u, int v, out int row, out int column)
    {
        row = (i * StrideY) + (u * DilationY) - Borders.Top;
        column = (j * StrideX) + (v * DilationX) - Borders.Left;
        return row >= 0 && row < map.Height && column >= 0 && column < map.Width;
    }

    /// <summary>Rows and columns of the output.</summary>
    /// <exception cref="ArgumentException">A setting is out of range, or the window does not fit the map.</exception>
    public (int Height, int Width) Slide(Shape map)
    {
        foreach (
            (int value, string name) in new[] { (Height, "kernel"), (Width, "kernel"), (StrideY, "stride"), (StrideX, "stride"),
            (DilationY, "dilation"), (DilationX, "dilation") })
        {
            if (value is < 1 or > Most) throw new ArgumentException($"{name} is {value}; it must be 1 to {Most}.");
        }

        foreach (int value in new[] { Borders.Top, Borders.Left, Borders.Bottom, Borders.Right })
        {
            if (value is < 0 or > Most) throw new ArgumentException($"padding is {value}; it must be 0 to {Most}.");
        }

        int height = map.Height + Borders.Top + Borders.Bottom, width = map.Width + Borders.Left + Borders.Right;
        return height >= SpanY && width >= SpanX
            ? (((height - SpanY) / StrideY) + 1, ((width - SpanX) / StrideX) + 1)
            : throw new ArgumentException($"a window of {SpanY}x{SpanX} does not fit a map of {height}x{width}, borders included.");
    }
}
