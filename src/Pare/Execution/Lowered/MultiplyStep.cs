using Pare.Kernels.Channels;

namespace Pare.Execution.Lowered;

/// <summary>A map times another, or each of its pixels times the one pixel of the other.</summary>
internal sealed class MultiplyStep(string name, PixelMap source, PixelMap factor, PixelMap target) : Step(name, target)
{
    protected override void Compute(Span<float> arena)
    {
        int channels = Target.Shape.Channels;
        for (int row = 0; row < Target.Shape.Height; row++)
        {
            ReadOnlySpan<float> x = source.Row(arena, row);
            Span<float> y = Target.Row(arena, row);
            if (factor.Shape == source.Shape)
            {
                ChannelElementwise.Multiply(x, factor.Row(arena, row), y);
                continue;
            }

            ReadOnlySpan<float> gate = factor.Row(arena, 0);
            for (int at = 0; at < y.Length; at += channels) ChannelElementwise.Multiply(x.Slice(at, channels), gate, y.Slice(at, channels));
        }
    }
}
