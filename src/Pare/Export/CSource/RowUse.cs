using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>Which rows of its inputs a row of a node's map is made from: what decides how much of a map must be kept.</summary>
internal static class RowUse
{
    /// <summary>Whether a node takes in a map row by row and has its only row when the last has gone by.</summary>
    public static bool Gathers(InferenceNode node) => node.Operation is LoweredMean or LoweredFlatten;

    /// <summary>The first and the last row of an input that a row is made from; where there are none, the last is before it.</summary>
    /// <param name="node">A node that does not gather.</param>
    /// <param name="input">The place of the input in <see cref="InferenceNode.Inputs"/>.</param>
    /// <param name="row">The row of the node's own map.</param>
    public static (int First, int Last) Reads(InferenceNode node, int input, int row)
    {
        int height = node.Inputs[input].Shape.Height;
        switch (node.Operation)
        {
            case LoweredConvolution or LoweredPool:
                SlidingWindow window = WindowOf(node)!;
                return Inside((row * window.StrideY) - window.Borders.Top, window.SpanY, window.DilationY, height);
            case LoweredBlur blur:
                return Mirrored((row * blur.Stride) - blur.Before, blur.Filter, height);
            case LoweredMultiply when input == 1 && height == 1:
                return (0, 0);
            default:
                return (row, row);
        }
    }

    /// <summary>The first and the last column that a column is made from, of a node with a window or a blur.</summary>
    public static (int First, int Last) Columns(InferenceNode node, int column)
    {
        int width = node.Inputs[0].Shape.Width;
        return WindowOf(node) is { } window
            ? Inside((column * window.StrideX) - window.Borders.Left, window.SpanX, window.DilationX, width)
            : node.Operation is LoweredBlur blur ? Mirrored((column * blur.Stride) - (blur.Left ?? blur.Before), blur.Filter, width)
                : (column, column);
    }

    /// <summary>The window of a convolution or a pool; null for other operations.</summary>
    public static SlidingWindow? WindowOf(InferenceNode node) => node.Operation switch
    {
        LoweredConvolution convolution => convolution.Window,
        LoweredPool pool => pool.Window,
        _ => null,
    };

    // Of a window that begins at a place, may be before the first, what lies in the map.
    private static (int First, int Last) Inside(int start, int span, int dilation, int side)
    {
        int first = start >= 0 ? start : start + ((-start + dilation - 1) / dilation * dilation), last = start + span - 1;
        if (last >= side) last -= (last - side + dilation) / dilation * dilation;
        return (first, last);
    }

    private static (int First, int Last) Mirrored(int start, int filter, int side)
    {
        int first = side, last = -1;
        for (int at = start; at < start + filter; at++)
        {
            int place = LoweredBlur.Mirrored(at, side);
            (first, last) = (Math.Min(first, place), Math.Max(last, place));
        }

        return (first, last);
    }
}
