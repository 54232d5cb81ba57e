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
                int top = (row * window.StrideY) - window.Borders.Top;
                int first = top >= 0 ? top : top + ((-top + window.DilationY - 1) / window.DilationY * window.DilationY);
                int last = top + window.SpanY - 1;
                while (last >= height) last -= window.DilationY;
                return (first, last);
            case LoweredBlur blur:
                int[] rows = [.. Enumerable.Range((row * blur.Stride) - blur.Before, blur.Filter).Select(at => Mirrored(at, height))];
                return (rows.Min(), rows.Max());
            case LoweredMultiply when input == 1 && height == 1:
                return (0, 0);
            default:
                return (row, row);
        }
    }

    /// <summary>Whether a row may be written where that row of an input lies: value by value, and of the same shape.</summary>
    public static bool MayOverlay(InferenceNode node, int input) =>
        node.Operation is LoweredAdd or LoweredMultiply or LoweredActivation && node.Inputs[input].Shape == node.Shape;

    /// <summary>The window of a convolution or a pool; null for other operations.</summary>
    public static SlidingWindow? WindowOf(InferenceNode node) => node.Operation switch
    {
        LoweredConvolution convolution => convolution.Window,
        LoweredPool pool => pool.Window,
        _ => null,
    };

    /// <summary>A place beyond an edge of a map, mirrored without repeating the edge.</summary>
    public static int Mirrored(int place, int side) => place < 0 ? -place : place >= side ? (2 * side) - 2 - place : place;
}
