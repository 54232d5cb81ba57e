using Pare.Graphs.Lowering;

namespace Pare.Quantization;

/// <summary>
/// 8-bit weights, symmetric a channel: weight = scale[o] q, q from -127 to 127. Nodes that share weights refer to the same object.
/// </summary>
internal sealed class QuantizedWeights
{
    private readonly sbyte[] _values;

    internal QuantizedWeights(WeightArray source, float[] scales)
    {
        (Name, Shape, Scales) = (source.Name, source.Shape, scales);
        int channel = source.Values.Length / scales.Length;
        _values = new sbyte[source.Values.Length];
        for (int at = 0; at < _values.Length; at++)
            _values[at] = (sbyte)Math.Clamp(Math.Round((double)source.Values[at] / scales[at / channel]), -sbyte.MaxValue, sbyte.MaxValue);
    }

    /// <summary>The name of the weights that these stand for, such as <c>conv1.weight</c>.</summary>
    public string Name { get; }

    /// <summary>Output channels, input channels of a group, rows, columns.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>What one step is worth, an output channel.</summary>
    public IReadOnlyList<float> Scales { get; }

    /// <summary>The integers, <c>[output][input][row][column]</c>.</summary>
    public ReadOnlySpan<sbyte> Values => _values;

    /// <summary>The integers of an output channel, <c>[input][row][column]</c>.</summary>
    public ReadOnlySpan<sbyte> Channel(int channel)
    {
        int length = _values.Length / Scales.Count;
        return Values.Slice(channel * length, length);
    }

    /// <summary>Between what the sums of an output channel lie, whatever the image.</summary>
    /// <param name="channel">The output channel.</param>
    /// <param name="bias">Its bias.</param>
    /// <param name="zero">The zero point of the input.</param>
    internal (long Low, long High) Sums(int channel, int bias, int zero)
    {
        long low = bias, high = bias;
        int least = QuantizationParameters.Lowest - zero, most = QuantizationParameters.Highest - zero;
        foreach (sbyte weight in Channel(channel))
            (low, high) = (low + (weight * (weight < 0 ? most : least)), high + (weight * (weight < 0 ? least : most)));
        return (low, high);
    }

    /// <summary>The first output channel with a sum that 32 bits cannot hold; null where all fit.</summary>
    /// <param name="bias">A bias an output channel.</param>
    /// <param name="zero">The zero point of the input.</param>
    internal int? Overflowing(IReadOnlyList<int> bias, int zero)
    {
        for (int o = 0; o < bias.Count; o++)
        {
            if (Sums(o, bias[o], zero) is { Low: < int.MinValue } or { High: > int.MaxValue }) return o;
        }

        return null;
    }
}
