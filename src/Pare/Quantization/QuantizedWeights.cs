using Pare.Graphs.Lowering;

namespace Pare.Quantization;

/// <summary>
/// 8-bit weights, symmetric a channel: weight = scale[o] q, q from -127 to 127. Nodes that share weights refer to the same object.
/// </summary>
public sealed class QuantizedWeights
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
}
