using Pare.Kernels;

namespace Pare.Execution;

/// <summary>One input of an operation, and the part that the operation plays in that map's gradient.</summary>
internal sealed class InputEdge(FeatureMap map)
{
    public FeatureMap Map { get; } = map;

    /// <summary>Another reader has written the gradient before: add to it.</summary>
    public bool Accumulates { get; set; }

    /// <summary>No other reader adds to the gradient after this one.</summary>
    public bool Completes { get; set; }

    /// <summary>
    /// The map's gradient lies where that of the operation's output lies, and is the same: nothing is to be stored. Decided by
    /// <see cref="GradientSharing"/>.
    /// </summary>
    public bool SharesGradient { get; set; }

    public bool NeedsGradient => Map.NeedsGradient;

    /// <summary>Writes or adds one channel's gradient and, when complete, hands it on to the map's norm.</summary>
    public void StoreGradient(int slot, int channel, ReadOnlySpan<float> gradient)
    {
        if (!Map.StagesGradient)
        {
            Span<float> target = Map.GradientPlane(slot, channel);
            if (Accumulates) System.Numerics.Tensors.TensorPrimitives.Add(target, gradient, target);
            else gradient.CopyTo(target);
            gradient = target;
        }

        GradientStored(slot, channel, 0, Map.Shape.Pixels, gradient);
    }

    /// <summary>Tells the map that pixels of one channel hold, where it said to write it, what this operation owes them.</summary>
    public void GradientStored(int slot, int channel, int firstPixel, int pixels, ReadOnlySpan<float> gradient)
    {
        if (!SharesGradient) Map.CountGradient(Accumulates ? 2 * pixels : pixels);
        if (Completes) Map.GradientStored(slot, channel, firstPixel, pixels, gradient);
    }
}
