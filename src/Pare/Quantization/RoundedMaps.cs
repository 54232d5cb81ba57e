using Pare.Graphs.Lowering;

namespace Pare.Quantization;

/// <summary>A network that rounds its maps to 8-bit integers, as one that was read from ONNX in integers.</summary>
internal static class RoundedMaps
{
    /// <summary>
    /// The network that does not round, each map with the range of the integers that it was rounded to: quantized with these ranges it
    /// computes in the file's own integers.
    /// </summary>
    /// <param name="graph">The network that rounds.</param>
    /// <returns>Null where not every map that has integers was rounded, or one to others than those of its place.</returns>
    public static InferenceGraph? AsRanges(InferenceGraph graph)
    {
        List<InferenceNode> nodes = [];
        var made = new Dictionary<InferenceNode, InferenceNode>();
        foreach (InferenceNode node in graph.Nodes)
        {
            if (node.Operation is LoweredActivation { Activation: { Function: PointFunction.FakeQuantize } steps })
            {
                InferenceNode rounded = made[node] = made[node.Inputs[0]];
                if (!Set(rounded, Range(steps))) return null;
                if (node == graph.Output) Add(node, new LoweredActivation(Ends(node, steps)), [rounded]);
                continue;
            }

            (InferenceOperation operation, PointActivation last) = node.Operation switch
            {
                LoweredConvolution { Activation: { Function: PointFunction.FakeQuantize } round } convolution =>
                    (convolution with { Activation = Ends(node, round) }, round),
                LoweredAdd { Activation: { Function: PointFunction.FakeQuantize } round } sum =>
                    (sum with { Activation = Ends(node, round) }, round),
                _ => (node.Operation, default(PointActivation)),
            };
            Add(node, operation, [.. node.Inputs.Select(input => made[input])]);
            if (last.Function == PointFunction.FakeQuantize) made[node].Range = Range(last);
        }

        var plain = new InferenceGraph(nodes, graph.Preprocessing, graph.Classes) { NamesClasses = graph.NamesClasses };
        return nodes[^1] == made[graph.Output] && ActivationRanges.OfTraining(plain) is not null ? plain : null;

        void Add(InferenceNode node, InferenceOperation operation, InferenceNode[] inputs) =>
            nodes.Add(made[node] = new InferenceNode(nodes.Count, node.Name, operation, inputs, node.Shape));

        // The output would be sums that nothing rounds or cuts off, were there no function after it.
        PointActivation Ends(InferenceNode node, PointActivation steps) =>
            node == graph.Output ? new(PointFunction.Clip, Range(steps).Low, Range(steps).High) : default;

        // The integers of a picture follow from how it becomes the input's values, and those of a pool from the map that it reads.
        bool Set(InferenceNode node, ValueRange range)
        {
            if (node.Operation is LoweredInput)
            {
                float[] values = graph.Preprocessing.Table();
                var own = QuantizationParameters.Of(new ValueRange(values.Min(), values.Max()));
                var said = QuantizationParameters.Of(range);
                return own.ZeroPoint == said.ZeroPoint && MathF.Abs(own.Scale - said.Scale) <= 1e-6f * own.Scale;
            }

            if (node.Range is { } before && before != range) return false;
            node.Range = range;
            return true;
        }
    }

    private static ValueRange Range(PointActivation steps) =>
        new(steps.A * (QuantizationParameters.Lowest - steps.B), steps.A * (QuantizationParameters.Highest - steps.B));
}
