using Pare.Graphs.Lowering;
using Pare.Kernels.Channels;

namespace Pare.Execution.Lowered;

/// <summary>Pooling and blurring: windows that see other rows and columns at the map's edge.</summary>
internal sealed class WindowStep : Step
{
    // Four sums of a window in turn: one alone would wait for itself.
    private const int MostVectors = 4;

    private readonly ChannelBlock[] _blocks;
    private readonly Axis _down, _across;

    private WindowStep(string name, Axis down, Axis across, PixelMap target)
        : base(name, target)
    {
        (_down, _across) = (down, across);
        _blocks = ChannelBlock.Cover(target.Shape.Channels, MostVectors);
    }

    /// <summary>Pooling leaves out what lies outside the map.</summary>
    public static WindowStep Of(string name, LoweredPool pool, PixelMap source, PixelMap target)
    {
        SlidingWindow window = pool.Window;
        Axis down =
            Pool(target.Shape.Height, source.Shape.Height, window.Height, window.StrideY, window.DilationY, window.Borders.Top, place =>
            source.At(place, 0));
        Axis across =
            Pool(target.Shape.Width, source.Shape.Width, window.Width, window.StrideX, window.DilationX, window.Borders.Left, place =>
            place * source.Shape.Channels);
        return new WindowStep(name, down, across, target);

        Axis Pool(int outputs, int side, int kernel, int stride, int dilation, int before, Func<int, int> offset)
        {
            IEnumerable<int>[] places =
                [.. Enumerable.Range(0, outputs)
                .Select(i => Enumerable.Range(0, kernel).Select(u => (i * stride) + (u * dilation) - before)
                .Where(place => place >= 0 && place < side))];
            return new Axis(places, offset, pool.Mode == PoolMode.Max ? null : (i, _) =>
                1f / (pool.Mode == PoolMode.Average ? places[i].Count() : kernel));
        }
    }

    /// <summary>Blurring mirrors the map at its edge.</summary>
    public static WindowStep Of(string name, LoweredBlur blur, PixelMap source, PixelMap target)
    {
        float[] weights = blur.Weights();
        return new WindowStep(
            name, Blur(target.Shape.Height, source.Shape.Height, place => source.At(place, 0)),
            Blur(target.Shape.Width, source.Shape.Width, place => place * source.Shape.Channels), target);

        Axis Blur(int outputs, int side, Func<int, int> offset) =>
            new([.. Enumerable.Range(0, outputs)
                .Select(i =>
                    Enumerable.Range(0, blur.Filter).Select(u => LoweredBlur.Mirrored((i * blur.Stride) + u - blur.Before, side)))], offset,
                (_, u) => weights[u]);
    }

    protected override void Compute(Span<float> arena)
    {
        for (int row = 0; row < Target.Shape.Height; row++)
        {
            Range rows = _down.Starts[row].._down.Starts[row + 1];
            ReadOnlySpan<float> weights = _down.Weights.Length == 0 ? default : _down.Weights.AsSpan(rows);
            ChannelPooling.Row(_blocks, in arena[0], _down.Offsets.AsSpan(rows), _across.Offsets, _across.Starts, weights, _across.Weights,
                ref Target.Row(arena, row)[0], Target.Shape.Channels);
        }
    }

    /// <summary>What the windows see along one axis.</summary>
    private sealed class Axis
    {
        public Axis(IEnumerable<int>[] places, Func<int, int> offset, Func<int, int, float>? weight)
        {
            Starts = new int[places.Length + 1];
            for (int i = 0; i < places.Length; i++) Starts[i + 1] = Starts[i] + places[i].Count();
            Offsets = [.. places.SelectMany(static window => window).Select(offset)];
            Weights = weight is null ? [] : [.. places.SelectMany((window, i) => window.Select((_, u) => weight(i, u)))];
        }

        /// <summary>Where the places of each window begin, and the end.</summary>
        public int[] Starts { get; }

        public int[] Offsets { get; }

        /// <summary>One a place; none for the largest value.</summary>
        public float[] Weights { get; }
    }
}
