using System.Numerics;
using Pare.Graphs.Lowering;

namespace Pare.Quantization;

/// <summary>Turns a lowered network into integers, for given ranges of its maps.</summary>
internal static class Quantizer
{
    /// <summary>
    /// Whether a node's map keeps the parameters of its first input, since it holds nothing but that input's integers, means of them and 0.
    /// </summary>
    public static bool KeepsParameters(InferenceNode node) => node.Operation switch
    {
        LoweredPool or LoweredBlur or LoweredFlatten => true,
        // An end above or below 0 may lie outside the input's range.
        LoweredActivation { Activation: var function } => !IsTable(function) && function.Apply(0) == 0,
        _ => false,
    };

    /// <summary>Whether a node looks its activation up in a table, so that what the activation takes has parameters of its own.</summary>
    public static bool HasTable(InferenceNode node) => node.Operation switch
    {
        LoweredConvolution convolution => IsTable(convolution.Activation),
        LoweredAdd add => IsTable(add.Activation),
        _ => false,
    };

    /// <summary>Whether a node's map may be sums that are not rounded to 8 bits: the output of a network that ends so.</summary>
    public static bool GivesSums(InferenceGraph graph, InferenceNode node) => node == graph.Output
        && node.Operation is LoweredMean or LoweredConvolution { Activation.Function: PointFunction.Identity };

    /// <summary>Whether a node's map has integers of its own, so that a range of its values is asked for.</summary>
    public static bool HasRange(InferenceGraph graph, InferenceNode node) =>
        node.Operation is not LoweredInput && !KeepsParameters(node) && !GivesSums(graph, node);

    /// <summary>Quantizes a network.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="ranges">Between what its maps' values lie.</param>
    /// <exception cref="ArgumentException">The ranges are not for this network.</exception>
    /// <exception cref="RunException">A weight or an end of a range is not finite, or a sum would not fit into 32 bits.</exception>
    public static QuantizedGraph Quantize(InferenceGraph graph, ActivationRanges ranges)
    {
        if (ranges.Outputs.Count != graph.Nodes.Count || ranges.Sums.Count != graph.Nodes.Count)
            throw new ArgumentException($"There are ranges for {ranges.Outputs.Count} maps, and the network has {graph.Nodes.Count}.",
                nameof(ranges));
        var parameters = new QuantizationParameters[graph.Nodes.Count];
        foreach (InferenceNode node in graph.Nodes) parameters[node.Index] = At(node, () => Parameters(graph, ranges, node, parameters));
        var weights = new WeightQuantizer(graph, parameters);
        var nodes = new QuantizedNode[graph.Nodes.Count];
        foreach (InferenceNode node in graph.Nodes)
        {
            nodes[node.Index] = At(node, () => new QuantizedNode(node, Operation(graph, ranges, node, parameters, weights),
                [.. node.Inputs.Select(input => nodes[input.Index])], parameters[node.Index],
                HasTable(node) ? Sums(ranges.Sums[node.Index]) : null));
        }

        return new QuantizedGraph(graph, nodes);
    }

    private static bool IsTable(PointActivation activation) =>
        activation.Function is not (PointFunction.Identity or PointFunction.Relu or PointFunction.Clip);

    private static QuantizationParameters Parameters(InferenceGraph graph, ActivationRanges ranges, InferenceNode node,
        QuantizationParameters[] known)
    {
        if (KeepsParameters(node)) return known[node.Inputs[0].Index];
        if (GivesSums(graph, node)) return default;
        if (node.Operation is not LoweredInput) return QuantizationParameters.Of(ranges.Outputs[node.Index]);
        float[] values = graph.Preprocessing.Table();
        return QuantizationParameters.Of(new ValueRange(values.Min(), values.Max()));
    }

    private static QuantizedOperation Operation(InferenceGraph graph, ActivationRanges ranges, InferenceNode node,
        QuantizationParameters[] parameters, WeightQuantizer weights)
    {
        QuantizationParameters to = parameters[node.Index];
        QuantizationParameters[] from = [.. node.Inputs.Select(input => parameters[input.Index])];
        switch (node.Operation)
        {
            case LoweredInput:
                return new QuantizedInput([.. graph.Preprocessing.Table().Select(value => to.Quantize(value))]);
            case LoweredConvolution layer:
                (QuantizedWeights array, double[] units) = weights.Of(node);
                int[] bias = [.. units.Select((unit, o) => Bias(layer.Shift?[o] ?? 0, unit))];
                if (array.Overflowing(bias, from[0].ZeroPoint) is int channel)
                    throw new ArgumentException(
                        Invariant($"a sum of its channel {channel} may leave 32 bits: it sees {array.Channel(channel).Length:N0} values."));
                float[] shown = [.. units.Select(static unit => (float)unit)];
                if (GivesSums(graph, node)) return new QuantizedConvolution(layer, array, bias, shown, null, null);
                (OutputStage stage, double scale) = Stage(layer.Activation, ranges.Sums[node.Index], to);
                return new QuantizedConvolution(layer, array, bias, shown,
                    [.. units.Select(unit => Requantization.Of(unit / scale))], stage);
            case LoweredPool layer:
                return new QuantizedPool(layer);
            case LoweredBlur layer:
                int shift = 2 * (layer.Filter - 1);
                return new QuantizedBlur(layer, [.. layer.Weights().Select(weight => (int)Math.Round(Math.ScaleB(weight, shift / 2)))],
                    shift);
            case LoweredMean:
                int pixels = node.Inputs[0].Shape.Pixels;
                if (pixels > 1 << 22) throw new ArgumentException($"a sum over {pixels} pixels may leave 32 bits.");
                double unit = from[0].Scale / (double)pixels;
                return GivesSums(graph, node)
                    ? new QuantizedMean((float)unit, null, null)
                    : new QuantizedMean((float)unit, Requantization.Of(unit / to.Scale), Plain(to));
            case LoweredAdd layer:
                // As two maps are added elsewhere: each is brought to the step of twice the larger scale.
                double largest = from.Max(static input => (double)input.Scale) * BitOperations.RoundUpToPowerOf2((uint)from.Length);
                (stage, scale) = Stage(layer.Activation, ranges.Sums[node.Index], to);
                return new QuantizedAdd([.. from.Select(input => Requantization.Of(input.Scale / largest))],
                    Requantization.Of(Math.ScaleB(largest, -QuantizedAdd.TermShift) / scale), stage);
            case LoweredMultiply:
                return new QuantizedMultiply(Requantization.Of((double)from[0].Scale * from[1].Scale / to.Scale), Plain(to));
            case LoweredActivation layer when KeepsParameters(node):
                return new QuantizedActivation(Cut(layer.Activation, to) with { ZeroPoint = 0 });
            case LoweredActivation layer:
                return new QuantizedActivation(new OutputStage(0, QuantizationParameters.Lowest, QuantizationParameters.Highest,
                    Table(layer.Activation, from[0], to)));
            case LoweredConcat:
                return new QuantizedConcat([.. from.Select(input =>
                    input == to ? (Requantization?)null : Requantization.Of((double)input.Scale / to.Scale))], Plain(to));
            case LoweredFlatten:
                return new QuantizedFlatten();
            default:
                throw new ArgumentException($"the operation '{node.Operation.Kind}' has no form in integers.");
        }
    }

    // 0 where the sum is worth nothing: there is no bias then.
    private static int Bias(float shift, double unit)
    {
        double steps = shift == 0 ? 0 : Math.Round(shift / unit);
        return Math.Abs(steps) <= int.MaxValue ? (int)steps
            : throw new ArgumentException(Invariant($"a bias of {shift} does not fit into 32 bits beside maps that are so small."));
    }

    // What comes after a sum, and the scale that the sum is brought to.
    private static (OutputStage Stage, double Scale) Stage(PointActivation activation, ValueRange? sums, QuantizationParameters to)
    {
        if (!IsTable(activation)) return (Cut(activation, to), to.Scale);
        QuantizationParameters from = Sums(sums);
        return (new OutputStage(from.ZeroPoint, QuantizationParameters.Lowest, QuantizationParameters.Highest,
            Table(activation, from, to)), from.Scale);
    }

    private static QuantizationParameters Sums(ValueRange? range) =>
        QuantizationParameters.Of(range ?? throw new ArgumentException("the range of what its activation takes is missing."));

    private static OutputStage Plain(QuantizationParameters to) =>
        new(to.ZeroPoint, QuantizationParameters.Lowest, QuantizationParameters.Highest);

    private static OutputStage Cut(PointActivation activation, QuantizationParameters to) => activation.Function switch
    {
        PointFunction.Relu => Plain(to) with { Min = to.ZeroPoint },
        PointFunction.Clip => Plain(to) with { Min = to.Quantize(activation.A), Max = to.Quantize(activation.B) },
        _ => Plain(to),
    };

    private static sbyte[] Table(PointActivation activation, QuantizationParameters from, QuantizationParameters to) =>
        [.. Enumerable.Range(QuantizationParameters.Lowest, 256).Select(x => to.Quantize(activation.Apply(from.Dequantize(x))))];

    private static T At<T>(InferenceNode node, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (ArgumentException error)
        {
            throw new RunException($"The layer cannot be quantized: {error.Message.TrimEnd('.')}.", $"layer {node.Name}",
                "Export the network in single precision, or train it again without this layer.", error);
        }
    }
}
