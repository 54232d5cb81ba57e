using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Kernels.Channels;

namespace Pare.Execution.Lowered;

/// <summary>A convolution whose outputs see several channels: dense, in groups, pointwise, linear.</summary>
internal sealed class ConvolutionStep : Step
{
    private readonly PackedBlock[] _blocks;
    private readonly ChannelFilter _filter;
    private readonly int[] _sources, _targets;
    private readonly PointActivation _activation;

    private ConvolutionStep(string name, PointActivation activation, PackedBlock[] blocks, ChannelFilter filter, int[] sources,
        PixelMap target)
        : base(name, target)
    {
        (_activation, _blocks, _filter, _sources) = (activation, blocks, filter, sources);
        _targets = target.Places();
    }

    /// <summary>A convolution of a map.</summary>
    public static ConvolutionStep Of(string name, LoweredConvolution convolution, PixelMap source, PixelMap target)
    {
        SlidingWindow window = convolution.Window;
        int inputs = convolution.Weights.Shape[1], channels = source.Shape.Channels;

        // Neighbouring columns of all channels are one run.
        bool joined = convolution.Groups == 1 && window.DilationX == 1;
        int[] runs =
            [.. from u in Enumerable.Range(0, window.Height) from v in Enumerable.Range(0, joined ? 1
            : window.Width) select (u * window.DilationY * source.Pitch) + (v * window.DilationX * channels)];
        int[] order =
            [.. from u in Enumerable.Range(0, window.Height) from v in Enumerable.Range(0, window.Width) from c in Enumerable.Range(0,
            inputs) select (((c * window.Height) + u) * window.Width) + v];
        var filter = new ChannelFilter(runs, order.Length / runs.Length);
        return new ConvolutionStep(name, convolution.Activation, PackedBlock.Of(new LoweredOutputs(convolution), order), filter,
            Starts(window, source, target.Shape), target);
    }

    /// <summary>A linear layer of all values of a map, whose weights are in the order channel, row, column.</summary>
    public static ConvolutionStep OfFlattened(string name, LoweredConvolution convolution, PixelMap source, PixelMap target)
    {
        Shape shape = source.Shape;
        int[] runs = [.. Enumerable.Range(0, shape.Height).Select(row => row * source.Pitch)];
        int[] order =
        [
            .. from row in Enumerable.Range(0, shape.Height)
               from column in Enumerable.Range(0, shape.Width)
               from c in Enumerable.Range(0, shape.Channels)
               select (((c * shape.Height) + row) * shape.Width) + column,
        ];
        return new ConvolutionStep(name, convolution.Activation, PackedBlock.Of(new LoweredOutputs(convolution), order),
            new ChannelFilter(runs, source.RowLength), [source.At(0, 0)], target);
    }

    /// <summary>Where the window of each output pixel begins.</summary>
    public static int[] Starts(SlidingWindow window, PixelMap source, Shape target) =>
    [
        .. from i in Enumerable.Range(0, target.Height)
           from j in Enumerable.Range(0, target.Width)
           select source.At((i * window.StrideY) - window.Borders.Top, (j * window.StrideX) - window.Borders.Left),
    ];

    /// <summary>Convolves some pixels.</summary>
    public static void Run(in PointActivation activation, PackedBlock[] blocks, in ChannelFilter filter, ReadOnlySpan<float> source,
        ReadOnlySpan<int> sources, Span<float> target, ReadOnlySpan<int> targets)
    {
        (float a, float b) = Bounds(activation);
        bool swish = activation.Function == PointFunction.HardSwish;
        foreach (PackedBlock packed in blocks)
        {
            ref readonly float from = ref source[packed.Source];
            ref float to = ref target[packed.Target];
            if (swish)
                ChannelConvolution.Apply<HardSwishPoint>(packed.Block, in from, sources, filter, packed.Weights, packed.Bias, ref to,
                    targets, a, b);
            else ChannelConvolution.Apply<ClipPoint>(packed.Block, in from, sources, filter, packed.Weights, packed.Bias, ref to, targets,
                a, b);
        }
    }

    protected override void Compute(Span<float> arena)
    {
        Run(_activation, _blocks, _filter, arena, _sources, arena, _targets);
        Finish(_activation, arena);
    }
}
