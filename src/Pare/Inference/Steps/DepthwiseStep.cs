using Pare.Graphs.Lowering;
using Pare.Kernels.Channels;

namespace Pare.Inference.Steps;

/// <summary>A convolution with one filter a channel, alone or with the pointwise convolution after it, a few pixels at a time.</summary>
internal sealed class DepthwiseStep : Step
{
    // What lies between the two stays in the first-level cache.
    private const int BufferFloats = 3072;

    private readonly ChannelBlock[] _channels;
    private readonly int[] _sources, _taps, _targets;
    private readonly float[] _weights, _bias;
    private readonly PointActivation _activation;
    private readonly Pointwise? _pointwise;

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
    /// <param name="buffer">What lies between the two: a row of pixels.</param>
    /// <param name="target">What the pointwise convolution writes.</param>
    public DepthwiseStep(string name, LoweredConvolution convolution, PixelMap source, LoweredConvolution pointwise, PixelMap buffer,
        PixelMap target)
        : this(name, convolution, source, target, new Pointwise(pointwise, buffer))
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
        _sources = ConvolutionStep.Starts(window, source, target.Shape);
        _targets = target.Places();
        _taps = [.. from u in Enumerable.Range(0, window.Height) from v in Enumerable.Range(0,
            window.Width) select (u * window.DilationY * source.Pitch) + (v * window.DilationX * channels)];
        _weights = [.. from tap in Enumerable.Range(0, _taps.Length) from c in Enumerable.Range(0, channels) select numbers.Weight(c, tap)];
        _bias = [.. Enumerable.Range(0, channels).Select(numbers.Shift)];
    }

    /// <summary>Pixels between the two convolutions: whole register tiles.</summary>
    public static int BufferPixels(int channels, int pixels)
    {
        int most = Math.Max(1, BufferFloats / channels / ChannelConvolution.TilePixels) * ChannelConvolution.TilePixels;
        return Math.Min(pixels, most);
    }

    protected override void Compute(Span<float> arena)
    {
        if (_pointwise is null)
        {
            Filter(arena, 0, _sources.Length, arena, _targets);
            Finish(_activation, arena);
            return;
        }

        Span<float> buffer = arena.Slice(_pointwise.Buffer.Offset, _pointwise.Buffer.Size);
        for (int first = 0, next; first < _sources.Length; first = next)
        {
            next = Math.Min(_sources.Length, first + _pointwise.Places.Length);
            ReadOnlySpan<int> places = _pointwise.Places.AsSpan(0, next - first);
            Filter(arena, first, next - first, buffer, places);
            ConvolutionStep.Run(_pointwise.Activation, _pointwise.Blocks, _pointwise.Filter, buffer, places, arena,
                _targets.AsSpan(first, next - first));
        }

        Finish(_pointwise.Activation, arena);
    }

    private void Filter(ReadOnlySpan<float> arena, int first, int pixels, Span<float> target, ReadOnlySpan<int> targets)
    {
        (float a, float b) = Bounds(_activation);
        ReadOnlySpan<int> sources = _sources.AsSpan(first, pixels);
        if (_activation.Function == PointFunction.HardSwish)
            ChannelDepthwise.Apply<HardSwishPoint>(_channels, in arena[0], sources, _taps, _weights, _bias, ref target[0], targets, a, b);
        else ChannelDepthwise.Apply<ClipPoint>(_channels, in arena[0], sources, _taps, _weights, _bias, ref target[0], targets, a, b);
    }

    private sealed class Pointwise(LoweredConvolution convolution, PixelMap buffer)
    {
        public PixelMap Buffer { get; } = buffer;

        public PointActivation Activation { get; } = convolution.Activation;

        public PackedBlock[] Blocks { get; } =
            PackedBlock.Of(new LoweredOutputs(convolution), [.. Enumerable.Range(0, buffer.Shape.Channels)]);

        public ChannelFilter Filter { get; } = new([0], buffer.Shape.Channels);

        /// <summary>The buffer's pixels, counted from its own start.</summary>
        public int[] Places { get; } = [.. Enumerable.Range(0, buffer.Shape.Width).Select(pixel => pixel * buffer.Shape.Channels)];
    }
}
