using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>
/// How a map is computed in the place of its input, without a value being overwritten that is still to be read: row i lies where the
/// input's row Step i - Above did, and begins so many values before it.
/// </summary>
/// <param name="Step">Rows of the input from a row to the next.</param>
/// <param name="Above">Rows that row 0 lies above the input's row 0.</param>
/// <param name="Before">Values that a row begins before the input's: a multiple of the channels where each goes alone.</param>
internal readonly record struct Overlay(int Step, int Above, int Before)
{
    /// <summary>
    /// How a node may lie over an input, if it makes its columns from left to right: value by value, each channel alone, or, where it sums
    /// over the channels of a pixel, from a copy of what it is about to overwrite. Null where it may not.
    /// </summary>
    public static Overlay? Of(InferenceNode node, int input)
    {
        Shape from = node.Inputs[input].Shape, to = node.Shape;
        switch (node.Operation)
        {
            case LoweredAdd or LoweredMultiply or LoweredActivation:
                return from == to ? new Overlay(1, 0, 0) : null;
            case LoweredConvolution { IsPointwise: true, Groups: 1 }:
                return new Overlay(1, 0, Math.Max(0, (to.Width - 1) * (to.Channels - from.Channels)));
            case LoweredConvolution { IsDepthwise: true } depthwise when depthwise.Channels == depthwise.Groups:
            case LoweredPool or LoweredBlur:
                int step = node.Operation is LoweredBlur blur ? blur.Stride : RowUse.WindowOf(node)!.StrideY;
                int above = 0, before = 0, next = from.Height;
                for (int row = to.Height - 1; row >= 0; row--)
                {
                    next = Math.Min(next, FirstRead(RowUse.Reads(node, input, row), from.Height));
                    above = Math.Max(above, (row * step) - next);
                }

                // Column j must not lie where one that comes later reads.
                next = from.Width;
                for (int column = to.Width - 1; column > 0; column--)
                {
                    next = Math.Min(next, FirstRead(RowUse.Columns(node, column), from.Width));
                    before = Math.Max(before, column - next);
                }

                return new Overlay(step, above, before * to.Channels);
            default:
                return null;
        }
    }

    private static int FirstRead((int First, int Last) reads, int none) => reads.First <= reads.Last ? reads.First : none;
}
