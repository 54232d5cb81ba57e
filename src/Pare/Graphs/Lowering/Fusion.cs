namespace Pare.Graphs.Lowering;

/// <summary>
/// Brings a graph that was built node by node into the form that <see cref="Lowerer"/> gives: a scale and shift of each channel goes into
/// the convolution before it, an activation into the convolution or sum before it, and a scale and shift right after the input into the
/// preprocessing.
/// </summary>
internal static class Fusion
{
    /// <summary>Fuses what can be fused; the logits are the same but for rounding.</summary>
    /// <param name="graph">The graph, node by node.</param>
    /// <param name="intoPreprocessing">Whether a scale and shift right after the input goes into the preprocessing.</param>
    public static InferenceGraph Fuse(InferenceGraph graph, bool intoPreprocessing = false) => Fuse(graph, intoPreprocessing, out _);

    /// <summary>Fuses, and says what was fused.</summary>
    /// <param name="graph">The graph, node by node.</param>
    /// <param name="intoPreprocessing">Whether a scale and shift right after the input goes into the preprocessing.</param>
    /// <param name="parts">The nodes of <paramref name="graph"/> that each node of the result was made of, in their order.</param>
    internal static InferenceGraph Fuse(InferenceGraph graph, bool intoPreprocessing, out IReadOnlyList<InferenceNode[]> parts)
    {
        int[] readers = graph.CountReaders();
        HashSet<WeightArray> shared = [.. graph.Nodes.Select(static node => node.Operation).OfType<LoweredConvolution>()
            .CountBy(static convolution => convolution.Weights).Where(static use => use.Value > 1).Select(static use => use.Key)];
        Preprocessing preprocessing = graph.Preprocessing;
        var builder = new InferenceGraphBuilder(graph.Input.Shape);

        // The node whose place another takes, and what it computes by now.
        var places = new Dictionary<InferenceNode, InferenceNode> { [graph.Input] = graph.Input };
        var operations = new Dictionary<InferenceNode, InferenceOperation>();
        foreach (InferenceNode node in graph.Nodes.Skip(1))
        {
            InferenceNode before = places[node.Inputs[0]];
            bool alone = readers[node.Inputs[0].Index] == 1;
            if (intoPreprocessing && alone && before == graph.Input && Normalized(preprocessing, node.Operation) is { } normalized)
            {
                (preprocessing, places[node]) = (normalized, before);
            }
            else if (alone && before != graph.Input && Merge(operations[before], node.Operation, shared) is { } merged)
            {
                (operations[before], places[node]) = (merged, before);
            }
            else
            {
                (operations[node], places[node]) = (node.Operation, node);
            }
        }

        var built = new Dictionary<InferenceNode, InferenceNode> { [graph.Input] = builder.Input };
        ILookup<InferenceNode, InferenceNode> made = graph.Nodes.ToLookup(node => places[node]);
        foreach (InferenceNode node in graph.Nodes.Where(operations.ContainsKey))
        {
            built[node] = builder.Add(node.Name, Scaled(operations[node], shared), [.. node.Inputs.Select(input => built[places[input]])]);
            InferenceNode[] all = [.. made[node]];
            built[node].Range = all[^1].Range;
            built[node].SumRange = all is [.., var sum, { Operation: LoweredActivation }] ? sum.Range : node.SumRange;
        }

        // Nothing that the output needs is left out here: every node of a graph leads to it.
        parts = [.. operations.Keys.Prepend(graph.Input).OrderBy(static node => node.Index).Select(node => made[node].ToArray())];
        return builder.Build(built[places[graph.Output]], preprocessing, graph.NamesClasses ? graph.Classes : null);
    }

    /// <summary>Whether an operation scales and shifts each channel, and does nothing else before its activation.</summary>
    internal static bool IsPerChannel(LoweredConvolution convolution) =>
        convolution is { IsPointwise: true, Scale: null } && convolution.Weights.Shape[1] == 1
            && convolution.Groups == convolution.Channels;

    // What both compute, one after the other; null where that is no single operation.
    private static InferenceOperation? Merge(InferenceOperation first, InferenceOperation second, HashSet<WeightArray> shared) =>
        (first, second) switch
        {
            (LoweredConvolution { Activation.IsIdentity: true } convolution, LoweredActivation activation) =>
                convolution with { Activation = activation.Activation },
            (LoweredAdd { Activation.IsIdentity: true } sum, LoweredActivation activation) =>
            sum with { Activation = activation.Activation },
            (LoweredConvolution { Activation.IsIdentity: true } convolution, LoweredConvolution factors)
            when IsPerChannel(factors) && !shared.Contains(factors.Weights) =>
            Scale(convolution, factors),
            _ => null,
        };

    private static LoweredConvolution Scale(LoweredConvolution convolution, LoweredConvolution factors)
    {
        ReadOnlySpan<float> scales = factors.Weights.Values;
        var shift = new float[convolution.Channels];
        var scale = new float[convolution.Channels];
        for (int c = 0; c < shift.Length; c++)
        {
            scale[c] = (convolution.Scale?[c] ?? 1) * scales[c];
            shift[c] = ((convolution.Shift?[c] ?? 0) * scales[c]) + (factors.Shift?[c] ?? 0);
        }

        return convolution with { Scale = scale, Shift = shift, Activation = factors.Activation };
    }

    // Weights that nobody else uses take up the scale, once and for all that was merged.
    private static InferenceOperation Scaled(InferenceOperation operation, HashSet<WeightArray> shared)
    {
        if (operation is not LoweredConvolution { Scale: { } scale } convolution || shared.Contains(convolution.Weights)) return operation;
        float[] values = convolution.Weights.Values.ToArray();
        int each = values.Length / scale.Count;
        for (int i = 0; i < values.Length; i++) values[i] *= scale[i / each];
        return convolution with
        {
            Weights = new WeightArray(convolution.Weights.Name, convolution.Weights.Shape, values),
            Scale = null,
        };
    }

    // (byte / 255 - mean) / deviation, times scale, plus shift, is of the same form.
    private static Preprocessing? Normalized(Preprocessing preprocessing, InferenceOperation operation)
    {
        if (operation is not LoweredConvolution { Activation.IsIdentity: true } factors || !IsPerChannel(factors)) return null;
        int channels = preprocessing.Mean.Count;
        var mean = new float[channels];
        var deviation = new float[channels];
        for (int c = 0; c < channels; c++)
        {
            double scale = factors.Weights.Values[c], shift = factors.Shift?[c] ?? 0;
            if (!(scale > 0)) return null;
            deviation[c] = (float)(preprocessing.StandardDeviation[c] / scale);
            mean[c] = (float)(preprocessing.Mean[c] - (shift * preprocessing.StandardDeviation[c] / scale));
        }

        return preprocessing with { Mean = mean, StandardDeviation = deviation };
    }
}
