using Pare.Kernels.Channels;

namespace Pare.Execution.Lowered;

/// <summary>The mean of each channel.</summary>
internal sealed class MeanStep(string name, PixelMap source, PixelMap target) : Step(name, target)
{
    private readonly ChannelBlock[] _blocks = ChannelBlock.Cover(source.Shape.Channels, ChannelConvolution.MostVectors);

    protected override void Compute(Span<float> arena) => ChannelPooling.Mean(
        _blocks, in arena[source.At(0, 0)], source.Shape.Height, source.Shape.Width, source.Pitch, ref arena[Target.At(0, 0)],
        source.Shape.Channels);
}
