using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Execution.Lowered;

/// <summary>
/// How a graph becomes the steps of an <see cref="Executor"/>: which nodes are one step, what borders each map has, and where it lies.
/// </summary>
internal sealed class ExecutorPlan
{
    private readonly InferenceGraph _graph;
    private readonly bool _observable;
    private readonly IReadOnlyList<InferenceNode>[] _readers;
    private readonly PixelMap?[] _maps, _buffers;

    public ExecutorPlan(InferenceGraph graph, bool observable)
    {
        (_graph, _observable) = (graph, observable);
        _readers = graph.Readers();
        _maps = [.. graph.Nodes.Select(node => IsView(node) || IsBuffered(node) ? null : new PixelMap(node.Shape, BordersOf(node)))];
        _buffers = [.. graph.Nodes.Select(BufferOf)];
        ArenaLength = Place();
        Input = MapOf(graph.Input);
        Output = MapOf(graph.Output);
        Steps = [.. graph.Nodes.Skip(1).Where(node => _maps[node.Index] is not null).Select(StepOf)];
    }

    public Step[] Steps { get; }

    public PixelMap Input { get; }

    public PixelMap Output { get; }

    public int ArenaLength { get; }

    // A flattened map is read where it lies when it has one pixel, or when only linear layers read it, whose weights can take its order.
    private bool IsView(InferenceNode node) => node.Operation is LoweredFlatten
        && (node.Inputs[0].Shape.Pixels == 1
            || (node != _graph.Output
                && _readers[node.Index].All(static reader => reader.Operation is LoweredConvolution { IsPointwise: true, Groups: 1 })));

    // A depthwise convolution that one pointwise convolution reads never has a map of its own.
    private bool IsBuffered(InferenceNode node) => !_observable && node != _graph.Output
        && IsPlainDepthwise(node) && node.Operation is LoweredConvolution convolution && Step.IsStored(convolution.Activation)
        && _readers[node.Index] is [{ Operation: LoweredConvolution { IsPointwise: true, Groups: 1 } }];

    private static bool IsPlainDepthwise(InferenceNode node) =>
        node.Operation is LoweredConvolution { IsDepthwise: true } convolution && convolution.Channels == convolution.Groups;

    private InferenceNode Viewed(InferenceNode node) => IsView(node) ? Viewed(node.Inputs[0]) : node;

    private PixelMap MapOf(InferenceNode node) => _maps[Viewed(node).Index]!;

    private Borders BordersOf(InferenceNode node)
    {
        Borders borders = default;
        foreach (InferenceNode reader in _readers[node.Index])
        {
            if (!IsView(reader) && reader.Operation is not LoweredConvolution) continue;
            Borders wanted = reader.Operation is LoweredConvolution convolution ? convolution.Window.Borders : BordersOf(reader);
            borders = new Borders(
                Math.Max(borders.Top, wanted.Top), Math.Max(borders.Left, wanted.Left), Math.Max(borders.Bottom, wanted.Bottom),
                Math.Max(borders.Right, wanted.Right));
        }

        return borders;
    }

    private PixelMap? BufferOf(InferenceNode node) => node.Inputs is [var input] && IsBuffered(input)
        ? new PixelMap(DepthwiseStep.Between(input.Shape), default)
        : null;

    // Time counts nodes.
    private int Place()
    {
        int[] last = [.. Enumerable.Range(0, _maps.Length)];
        foreach (InferenceNode node in _graph.Nodes)
        {
            foreach (InferenceNode input in node.Inputs)
            {
                InferenceNode source = Viewed(input);
                if (IsBuffered(source)) source = Viewed(source.Inputs[0]);
                last[source.Index] = Math.Max(last[source.Index], node.Index);
            }
        }

        last[Viewed(_graph.Output).Index] = _maps.Length;
        return Arena.Place(
            _maps.Select((map, i) => (map, i, last[i])).Concat(_buffers.Select(static (buffer, i) => (buffer, i, i)))
            .Where(static life => life.Item1 is not null)!);
    }

    private Step StepOf(InferenceNode node)
    {
        PixelMap target = _maps[node.Index]!;
        InferenceNode before = node.Inputs[0];
        if (IsBuffered(before))
            return new DepthwiseStep(node.Name, (LoweredConvolution)before.Operation, MapOf(before.Inputs[0]),
                (LoweredConvolution)node.Operation, _buffers[node.Index]!, target);
        PixelMap source = MapOf(before);
        return node.Operation switch
        {
            LoweredConvolution convolution when IsPlainDepthwise(node) => new DepthwiseStep(node.Name, convolution, source, target),
            LoweredConvolution convolution when before.Shape != source.Shape =>
            ConvolutionStep.OfFlattened(node.Name, convolution, source, target),
            LoweredConvolution convolution => ConvolutionStep.Of(node.Name, convolution, source, target),
            LoweredPool pool => WindowStep.Of(node.Name, pool, source, target),
            LoweredBlur blur => WindowStep.Of(node.Name, blur, source, target),
            LoweredMean => new MeanStep(node.Name, source, target),
            LoweredAdd add => new AddStep(node.Name, add.Activation, [.. node.Inputs.Select(MapOf)], target),
            LoweredMultiply => new MultiplyStep(node.Name, source, MapOf(node.Inputs[1]), target),
            LoweredActivation activation => new ActivationStep(node.Name, activation.Activation, source, target),
            LoweredFlatten => new FlattenStep(node.Name, source, target),
            LoweredConcat => new ConcatStep(node.Name, [.. node.Inputs.Select(MapOf)], target),
            _ => throw new NotSupportedException($"Nothing computes the operation '{node.Operation.Kind}'."),
        };
    }
}
