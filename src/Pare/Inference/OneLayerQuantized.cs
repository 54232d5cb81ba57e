using Pare.Execution.Lowered;
using Pare.Graphs.Lowering;
using Pare.Quantization;

namespace Pare.Inference;

/// <summary>A network in float32 but for one layer, whose weights and map are what its integers stand for.</summary>
internal sealed class OneLayerQuantized
{
    private readonly QuantizedNode _node;
    private readonly IReadOnlyDictionary<string, (int Node, bool IsSum)> _places;
    private readonly Executor _executor;
    private readonly ArenaPool _arenas;
    private readonly float[] _values;

    /// <param name="graph">The network in integers.</param>
    /// <param name="node">The layer.</param>
    public OneLayerQuantized(QuantizedGraph graph, QuantizedNode node)
    {
        _node = node;
        var observable = ObservableGraph.Of(graph.Source, other => other == node.Source ? Computed(node) : other.Operation);
        _places = observable.Places;
        _executor = new Executor(observable.Graph, observable: true);
        _arenas = new ArenaPool(_executor);
        _values = node.Operation is QuantizedInput input
            ? [.. input.Table.Select(value => (float)node.Parameters.Dequantize(value))] : graph.Source.Preprocessing.Table();
    }

    /// <summary>The layers that lose anything: those whose map has steps of its own, and those with weights.</summary>
    public static IEnumerable<QuantizedNode> Layers(QuantizedGraph graph) => graph.Nodes.Where(node =>
        node.Operation is QuantizedInput or QuantizedConvolution || Quantizer.HasRange(graph.Source, node.Source));

    /// <summary>Computes the logits of an image.</summary>
    public void Logits(ReadOnlySpan<byte> image, Span<float> logits)
    {
        using Arena arena = _arenas.Rent();
        _executor.Run(arena, image, _values, interleaved: false, step => Round(step, arena)).CopyTo(logits);
    }

    private void Round(Step step, Arena arena)
    {
        (int node, bool isSum) = _places[step.Name];
        if (node != _node.Index || _node.IsSums || (isSum ? _node.SumParameters : _node.Parameters) is not { } parameters) return;
        for (int row = 0; row < step.Target.Shape.Height; row++)
        {
            foreach (ref float value in step.Target.Row(arena.Span, row)) value = (float)parameters.Dequantize(parameters.Quantize(value));
        }
    }

    private static InferenceOperation Computed(QuantizedNode node)
    {
        if (node.Operation is not QuantizedConvolution convolution) return node.Source.Operation;
        double scale = node.Inputs[0].Parameters.Scale;
        int length = convolution.Weights.Values.Length / convolution.Layer.Channels;
        float[] values = new float[convolution.Weights.Values.Length];
        for (int at = 0; at < values.Length; at++)
            values[at] = (float)(convolution.Weights.Values[at] * (convolution.Units[at / length] / scale));
        return convolution.Layer with
        {
            Weights = new WeightArray(node.Name + " rounded", convolution.Layer.Weights.Shape, values),
            Scale = null,
            Shift = [.. convolution.Bias.Select((bias, o) => bias * convolution.Units[o])],
        };
    }
}
