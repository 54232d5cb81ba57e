using Pare.Graphs.Lowering;
using Pare.Kernels.Channels;

namespace Pare.Execution.Lowered;

/// <summary>A function of each value.</summary>
internal sealed class ActivationStep(string name, PointActivation activation, PixelMap source, PixelMap target) : Step(name, target)
{
    protected override void Compute(Span<float> arena) => Apply(activation, source, Target, arena);

    /// <summary>Applies a function to a map; the target may be the source.</summary>
    public static void Apply(in PointActivation activation, PixelMap source, PixelMap target, Span<float> arena)
    {
        for (int row = 0; row < target.Shape.Height; row++)
        {
            ReadOnlySpan<float> x = source.Row(arena, row);
            Span<float> y = target.Row(arena, row);
            (float a, float b) = (activation.A, activation.B);
            switch (activation.Function)
            {
                case PointFunction.LeakyRelu: ChannelElementwise.Apply<LeakyReluPoint>(x, y, a, b); break;
                case PointFunction.Elu: ChannelElementwise.Apply<EluPoint>(x, y, a, b); break;
                case PointFunction.Sigmoid: ChannelElementwise.Apply<SigmoidPoint>(x, y, a, b); break;
                case PointFunction.HardSigmoid: ChannelElementwise.Apply<HardSigmoidPoint>(x, y, a, b); break;
                case PointFunction.Silu: ChannelElementwise.Apply<SiluPoint>(x, y, a, b); break;
                case PointFunction.HardSwish: ChannelElementwise.Apply<HardSwishPoint>(x, y, a, b); break;
                case PointFunction.Tanh: ChannelElementwise.Apply<TanhPoint>(x, y, a, b); break;
                case PointFunction.FakeQuantize: ChannelElementwise.Apply<FakeQuantizePoint>(x, y, a, b); break;
                default:
                    (a, b) = Bounds(activation);
                    ChannelElementwise.Apply<ClipPoint>(x, y, a, b);
                    break;
            }
        }
    }
}
