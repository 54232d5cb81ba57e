using Pare.Graphs.Lowering;
using Pare.Kernels.Channels;

namespace Pare.Execution.Lowered;

/// <summary>The sum of maps and a function of it.</summary>
internal sealed class AddStep(string name, PointActivation activation, PixelMap[] sources, PixelMap target) : Step(name, target)
{
    protected override void Compute(Span<float> arena)
    {
        (float a, float b) = Bounds(activation);
        for (int row = 0; row < Target.Shape.Height; row++)
        {
            Span<float> y = Target.Row(arena, row);
            ReadOnlySpan<float> x = sources[0].Row(arena, row);
            for (int i = 1; i < sources.Length; i++, x = y)
            {
                ReadOnlySpan<float> z = sources[i].Row(arena, row);
                if (i < sources.Length - 1) ChannelElementwise.Add<ClipPoint>(x, z, y, float.NegativeInfinity, float.PositiveInfinity);
                else if (activation.Function == PointFunction.HardSwish) ChannelElementwise.Add<HardSwishPoint>(x, z, y, a, b);
                else ChannelElementwise.Add<ClipPoint>(x, z, y, a, b);
            }
        }

        Finish(activation, arena);
    }
}
