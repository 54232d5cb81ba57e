using Pare.Graphs.Lowering;

namespace Pare.Quantization;

/// <summary>
/// Weights in 8 bits, an array of several nodes once, and what their sums are worth in each node. The factor of a norm is in the weights of
/// a node that has them for itself, and in the worth of its sums otherwise.
/// </summary>
internal sealed class WeightQuantizer
{
    // The most that a bias may be in steps of a sum, half of what 32 bits hold, and what it is where the weights are 0: fine enough.
    private const double LargestBias = 1 << 30, LoneBias = 1 << 20;

    private readonly QuantizationParameters[] _parameters;
    private readonly ILookup<WeightArray, InferenceNode> _users;
    private readonly Dictionary<WeightArray, QuantizedWeights> _shared = [];

    /// <param name="graph">The network.</param>
    /// <param name="parameters">What the integers of its maps stand for.</param>
    public WeightQuantizer(InferenceGraph graph, QuantizationParameters[] parameters)
    {
        _parameters = parameters;
        _users = graph.Nodes.Where(static node => node.Operation is LoweredConvolution).ToLookup(static node => Layer(node).Weights);
    }

    /// <summary>The weights of a node, and what 1 in a sum is worth, an output channel.</summary>
    /// <exception cref="ArgumentException">A weight or a bias is not finite.</exception>
    public (QuantizedWeights Weights, double[] Units) Of(InferenceNode node)
    {
        LoweredConvolution layer = Layer(node);
        if (layer.Shift is { } shifts && !shifts.All(float.IsFinite)) throw new ArgumentException("a bias is not a finite number.");
        if (layer.Scale is { } factors && !factors.All(float.IsFinite)) throw new ArgumentException("a factor is not a finite number.");
        double input = _parameters[node.Inputs[0].Index].Scale;
        WeightArray array = layer.Weights;
        if (_users[array].Count() > 1 && Fits(node))
        {
            if (!_shared.TryGetValue(array, out QuantizedWeights? weights))
            {
                InferenceNode[] users = [.. _users[array].Where(Fits)];
                _shared[array] = weights = new QuantizedWeights(array, Scales(array,
                    (o, bias) => users.Max(user => Needed(user, o, Layer(user).Scale?[o] ?? 1, bias))));
            }

            return (weights, [.. weights.Scales.Select((scale, o) => input * scale * (layer.Scale?[o] ?? 1))]);
        }

        WeightArray own = Folded(layer);
        var quantized = new QuantizedWeights(own, Scales(own, (o, bias) => Needed(node, o, 1, bias)));
        return (quantized, [.. quantized.Scales.Select(scale => input * scale)]);
    }

    // Whether the biases of a node fit into 32 bits with the steps that its weights alone ask for.
    private bool Fits(InferenceNode node)
    {
        LoweredConvolution layer = Layer(node);
        return Enumerable.Range(0, layer.Channels).All(o =>
        {
            double needed = Needed(node, o, layer.Scale?[o] ?? 1, LargestBias), largest = Largest(layer.Weights, o);
            return largest > 0 ? needed <= largest / sbyte.MaxValue : double.IsFinite(needed);
        });
    }

    // The step with which the bias of a channel is so large.
    private double Needed(InferenceNode node, int o, float factor, double bias)
    {
        double shift = Math.Abs(Layer(node).Shift?[o] ?? 0);
        return shift == 0 ? 0 : shift / (_parameters[node.Inputs[0].Index].Scale * Math.Abs((double)factor) * bias);
    }

    private static float[] Scales(WeightArray array, Func<int, double, double> needed) =>
        [.. Enumerable.Range(0, array.Shape[0]).Select(o =>
        {
            double largest = Largest(array, o);
            double scale = largest > 0 ? Math.Max(largest / sbyte.MaxValue, needed(o, LargestBias)) : needed(o, LoneBias);
            return scale == 0 ? 1f : (float)Math.Clamp(scale, QuantizationParameters.LeastScale, float.MaxValue);
        })];

    private static double Largest(WeightArray array, int o)
    {
        int length = array.Values.Length / array.Shape[0];
        float largest = 0;
        foreach (float value in array.Values.Slice(o * length, length))
        {
            if (!float.IsFinite(value)) throw new ArgumentException($"the weights '{array.Name}' hold what is not a finite number.");
            largest = Math.Max(largest, Math.Abs(value));
        }

        return largest;
    }

    private static WeightArray Folded(LoweredConvolution layer)
    {
        if (layer.Scale is not { } factors) return layer.Weights;
        int channel = layer.Weights.Values.Length / layer.Channels;
        float[] values = layer.Weights.Values.ToArray();
        for (int at = 0; at < values.Length; at++) values[at] *= factors[at / channel];
        return new WeightArray(layer.Weights.Name, layer.Weights.Shape, values);
    }

    private static LoweredConvolution Layer(InferenceNode node) => (LoweredConvolution)node.Operation;
}
