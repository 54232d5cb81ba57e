using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Kernels;
using Pare.Kernels.Channels;

namespace Pare.Execution.Lowered;

/// <summary>A convolution with one filter a channel, alone or with the pointwise convolution after it, some rows at a time.</summary>
internal sealed class DepthwiseStep : Step
{
    // What lies between the two stays in the first-level cache.
    private const int BufferFloats = 4608;

    private readonly ChannelBlock[] _channels;
    private readonly int[] _taps;
    private readonly float[] _weights, _bias;
    private readonly PointActivation _activation;
    private readonly Pointwise? _pointwise;
    private readonly int _source, _rowStep, _pixelStep;

    /// <summary>A depthwise convolution.</summary>
    public DepthwiseStep(string name, LoweredConvolution convolution, PixelMap source, PixelMap target)
        : this(name, convolution, source, target, null)
    {
    }

    /// <summary>A depthwise convolution and a pointwise one, which alone reads it.</summary>
    /// <param name="name">The pointwise convolution's name.</param>
    /// <param name="convolution">The depthwise convolution.</param>
    /// <param name="source">What it reads.</param>
    /// <param name="pointwise">The pointwise convolution.</param>
    /// <param name="buffer">What lies <see cref="Between"/> the two.</param>
    /// <param name="target">What the pointwise convolution writes.</param>
    public DepthwiseStep(string name, LoweredConvolution convolution, PixelMap source, LoweredConvolution pointwise, PixelMap buffer,
        PixelMap target)
        : this(name, convolution, source, target, new Pointwise(pointwise, buffer, target))
    {
    }

    private DepthwiseStep(string name, LoweredConvolution convolution, PixelMap source, PixelMap target, Pointwise? pointwise)
        : base(name, target)
    {
        SlidingWindow window = convolution.Window;
        int channels = convolution.Channels;
        var numbers = new LoweredOutputs(convolution);
        (_activation, _pointwise) = (convolution.Activation, pointwise);
        _channels = ChannelBlock.Cover(channels, ChannelConvolution.MostVectors);
        _source = source.At(-window.Borders.Top, -window.Borders.Left);
        (_rowStep, _pixelStep) = (window.StrideY * source.Pitch, window.StrideX * channels);
        _taps = [.. from u in Enumerable.Range(0, window.Height) from v in Enumerable.Range(0,
            window.Width) select (u * window.DilationY * source.Pitch) + (v * window.DilationX * channels)];
        _weights = [.. from tap in Enumerable.Range(0, _taps.Length) from c in Enumerable.Range(0, channels) select numbers.Weight(c, tap)];
        _bias = [.. Enumerable.Range(0, channels).Select(numbers.Shift)];
    }

    /// <summary>The map between the two convolutions: some rows, a whole number of register tiles where the width is even.</summary>
    public static Shape Between(Shape depthwise)
    {
        int rows = Math.Clamp(BufferFloats / (depthwise.Channels * depthwise.Width), 1, depthwise.Height);
        return depthwise with { Height = rows > 3 ? rows / 3 * 3 : rows };
    }

    protected override void Compute(Span<float> arena)
    {
        int width = Target.Shape.Width, height = Target.Shape.Height;
        if (_pointwise is null)
        {
            Filter(arena, 0, height, arena[Target.At(0, 0)..], Target.Pitch);
            Finish(_activation, arena);
            return;
        }

        PixelMap between = _pointwise.Buffer;
        Span<float> buffer = arena.Slice(between.Offset, between.Size);
        for (int row = 0; row < height; row += between.Shape.Height)
        {
            int rows = Math.Min(between.Shape.Height, height - row);
            Filter(arena, row, rows, buffer, between.Pitch);
            ConvolutionStep.Run(_pointwise.Activation, _pointwise.Blocks, _pointwise.Filter, buffer,
                _pointwise.Places.AsSpan(0, rows * width), arena, _pointwise.Targets.AsSpan(row * width, rows * width));
        }

        Finish(_pointwise.Activation, arena);
    }

    private void Filter(ReadOnlySpan<float> arena, int row, int rows, Span<float> target, int targetRow)
    {
        (float a, float b) = Bounds(_activation);
        ref readonly float source = ref arena[_source + (row * _rowStep)];
        var shape = new FilterShape(rows, Target.Shape.Width, _rowStep, _pixelStep, 0, targetRow, _bias.Length, Accumulates: false);
        if (_activation.Function == PointFunction.HardSwish)
            ChannelDepthwise.Apply<HardSwishPoint>(_channels, in source, _taps, _weights, _bias, ref target[0], shape, a, b);
        else ChannelDepthwise.Apply<ClipPoint>(_channels, in source, _taps, _weights, _bias, ref target[0], shape, a, b);
    }

    private sealed class Pointwise(LoweredConvolution convolution, PixelMap buffer, PixelMap target)
    {
        public PixelMap Buffer { get; } = buffer;

        public PointActivation Activation { get; } = convolution.Activation;

        public PackedBlock[] Blocks { get; } =
            PackedBlock.Of(new LoweredOutputs(convolution), [.. Enumerable.Range(0, buffer.Shape.Channels)]);

        public ChannelFilter Filter { get; } = new([0], buffer.Shape.Channels);

        /// <summary>The buffer's pixels, counted from its own start.</summary>
        public int[] Places { get; } = [.. Enumerable.Range(0, buffer.Shape.Pixels).Select(pixel => pixel * buffer.Shape.Channels)];

        /// <summary>The places of the pixels that are written.</summary>
        public int[] Targets { get; } = target.Places();
    }
}
