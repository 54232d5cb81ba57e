using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>
/// Blur pooling: the one filter of all channels slides over a plane with a mirrored border, forward beside backward. Both ways a plane is
/// cut into pieces that are summed in the same way, and each is read and written once, where it lies.
/// </summary>
internal sealed class BlurPoolOperation : Operation
{
    private readonly Piece[] _forward, _backward;

    public BlurPoolOperation(string name, BlurPool layer, FeatureMap output, InputEdge input)
        : base(name, output, input)
    {
        Shape from = input.Map.Shape, to = output.Shape;
        float[] filter = BlurPool.WeightsOfASide(layer.Filter);
        _forward = Pieces(BlurAxis.Forward(filter, layer.Stride, from.Height, to.Height),
            BlurAxis.Forward(filter, layer.Stride, from.Width, to.Width), from.Width, to.Width);
        _backward = Pieces(BlurAxis.Backward(filter, layer.Stride, from.Height, to.Height),
            BlurAxis.Backward(filter, layer.Stride, from.Width, to.Width), to.Width, from.Width);
    }

    public override bool IsLinear => true;

    public override bool StagesOutput => true;

    public override int ScratchSize => checked(LargerPlane + Staging(LargerPlane));

    private int LargerPlane => Math.Max(Input.PlaneStride, Output.PlaneStride);

    public override void Forward(in Tile tile)
    {
        for (int c = 0; c < Input.Shape.Channels; c++)
        {
            ReadOnlySpan<float> source = Input.Seen(tile.Slot, c, tile.Scratch);
            tile.Ahead.Clear();
            if (tile.Next(c, Input.Shape.Channels) is (int slot, int channel))
            {
                Input.Fetch(tile.Ahead, slot, channel, 1, 0, Input.Shape.Pixels);
                Output.Fetch(tile.Ahead, slot, channel, 1, 0, Output.Shape.Pixels);
            }

            Span<float> target = Output.Target(tile.Slot, c, 0, tile.Scratch[LargerPlane..]);
            Sum(_forward, source, target, accumulate: false, tile.Ahead);
            Output.Stored(tile.Slot, c, 0, Output.Shape.Pixels, target);
        }
    }

    public override void Backward(in Tile tile)
    {
        InputEdge input = Inputs[0];
        if (!input.NeedsGradient) return;
        for (int c = 0; c < Input.Shape.Channels; c++)
        {
            ReadOnlySpan<float> gradient = Output.SeenGradient(tile.Slot, c, tile.Scratch);
            tile.Ahead.Clear();
            if (tile.Next(c, Input.Shape.Channels) is (int slot, int channel))
            {
                Output.FetchGradient(tile.Ahead, slot, channel, 1, 0, Output.Shape.Pixels);
                Input.FetchGradientTarget(tile.Ahead, slot, channel, 1, 0, Input.Shape.Pixels);
            }

            Span<float> target = Input.GradientTarget(tile.Slot, c, 0, tile.Scratch[LargerPlane..]);
            Sum(_backward, gradient, target, input.Accumulates, tile.Ahead);
            input.GradientStored(tile.Slot, c, 0, Input.Shape.Pixels, target);
        }
    }

    private static void Sum(Piece[] pieces, ReadOnlySpan<float> source, Span<float> target, bool accumulate, Prefetcher ahead)
    {
        foreach (Piece piece in pieces)
            DepthwiseKernels.Apply(source[piece.Source..], piece.Offsets, piece.Weights, 0f, target[piece.Target..],
                piece.Shape with { Accumulates = accumulate }, ahead);
    }

    private static Piece[] Pieces(BlurAxis.Stretch[] rows, BlurAxis.Stretch[] columns, int sourceWidth, int targetWidth)
    {
        int lanes = Simd.Lanes;
        return [.. from row in rows from column in columns select PieceOf(row, column)];

        Piece PieceOf(BlurAxis.Stretch row, BlurAxis.Stretch column)
        {
            int[] offsets = [.. from above in row.Taps from left in column.Taps select ((above.Pixel * sourceWidth) + left.Pixel) * lanes];
            float[] weights = [.. from above in row.Taps from left in column.Taps select above.Weight * left.Weight];
            int source = offsets.DefaultIfEmpty(0).Min();
            var shape = new FilterShape(row.Count, column.Count, row.Shift * sourceWidth * lanes, column.Shift * lanes, 0,
                row.Step * targetWidth * lanes, column.Step * lanes, Accumulates: false);
            return new Piece(source, [.. offsets.Select(offset => offset - source)], weights,
                ((row.First * targetWidth) + column.First) * lanes, shape);
        }
    }

    /// <summary>Pixels of a plane that are summed in the same way.</summary>
    /// <param name="Source">Where the first one's first tap reads, in floats.</param>
    /// <param name="Offsets">Of each tap from there.</param>
    /// <param name="Weights">Of each tap.</param>
    /// <param name="Target">The first of the pixels, in floats.</param>
    /// <param name="Shape">Their rows and columns.</param>
    private sealed record Piece(int Source, int[] Offsets, float[] Weights, int Target, FilterShape Shape);
}
