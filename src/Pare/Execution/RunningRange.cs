using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Graphs.Lowering;
using Pare.Kernels;

namespace Pare.Execution;

/// <summary>
/// Between what the values of a map lie, as a running mean over batches of their ends. A pass rounds with the range that it began with and
/// observes the batch's; the range moves after the pass, so that no pass waits. Least and largest are the same in any order.
/// </summary>
internal sealed class RunningRange
{
    private readonly Network _network;
    private readonly Parameter _low, _high;
    private readonly OwnedFloats _ends;

    /// <param name="network">Its statistics hold the range.</param>
    /// <param name="node">A <see cref="FakeQuantize"/>.</param>
    /// <param name="ends">Two floats a tile that is in memory at once.</param>
    public RunningRange(Network network, Node node, OwnedFloats ends)
    {
        (_network, _ends) = (network, ends);
        Momentum = ((FakeQuantize)node.Layer).Momentum;
        (_low, _high) = (network[node.ParameterName(FakeQuantize.Low)], network[node.ParameterName(FakeQuantize.High)]);
    }

    /// <summary>The share of a batch's range in the running one after it; the layer's own unless set.</summary>
    public float Momentum { get; set; }

    /// <summary>Whether a batch has been seen: before, nothing is rounded.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>What an integer is worth; NaN where the range is not finite, so that what is rounded shows it.</summary>
    public float Step { get; private set; }

    /// <summary>The lower end, in steps.</summary>
    public int Least { get; private set; }

    /// <summary>The upper end, in steps.</summary>
    public int Most { get; private set; }

    /// <summary>Takes the range as it is now.</summary>
    public void Prepare()
    {
        float low = _network.Values(_low)[0], high = _network.Values(_high)[0];
        IsKnown = low != 0 || high != 0;
        QuantizationParameters parameters = !float.IsFinite(low) || !float.IsFinite(high) || low > high
            ? new QuantizationParameters(float.NaN, 0) : QuantizationParameters.Of(new ValueRange(low, high));
        (Step, Least, Most) = (parameters.Scale, QuantizationParameters.Lowest - parameters.ZeroPoint,
            QuantizationParameters.Highest - parameters.ZeroPoint);
    }

    /// <summary>Takes note of the values of a tile.</summary>
    /// <param name="slot">The tile.</param>
    /// <param name="values">Of one channel.</param>
    /// <param name="laneMask">All bits set in the lanes that hold an image.</param>
    /// <param name="first">Whether it is the tile's first channel.</param>
    public void Observe(int slot, ReadOnlySpan<float> values, ReadOnlySpan<float> laneMask, bool first)
    {
        (float low, float high) = RoundingKernels.Range(values, laneMask);
        Span<float> ends = _ends.Values.AsSpan(2 * slot, 2);
        (ends[0], ends[1]) = first ? (low, high) : (MathF.Min(ends[0], low), MathF.Max(ends[1], high));
    }

    /// <summary>Moves the running range towards the batch's.</summary>
    /// <param name="slots">Tiles of the batch.</param>
    public void FinishBatch(int slots)
    {
        (float low, float high) = (0, 0);
        for (int slot = 0; slot < slots; slot++)
            (low, high) = (MathF.Min(low, _ends.Values[2 * slot]), MathF.Max(high, _ends.Values[(2 * slot) + 1]));
        ref float least = ref _network.Values(_low)[0];
        ref float most = ref _network.Values(_high)[0];
        (least, most) = least == 0 && most == 0 ? (low, high) : (least + (Momentum * (low - least)), most + (Momentum * (high - most)));
    }
}
