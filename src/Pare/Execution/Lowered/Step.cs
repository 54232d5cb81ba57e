using Pare.Graphs.Lowering;
using Pare.Kernels.Channels;

namespace Pare.Execution.Lowered;

/// <summary>One operation of an <see cref="Executor"/>, which reads maps of an arena and writes one. It keeps nothing of a call.</summary>
internal abstract class Step(string name, PixelMap target)
{
    /// <summary>The node whose map it writes.</summary>
    public string Name { get; } = name;

    /// <summary>The map that it writes.</summary>
    public PixelMap Target { get; } = target;

    /// <summary>Computes the map.</summary>
    public void Run(Span<float> arena)
    {
        Target.ClearBorders(arena);
        Compute(arena);
    }

    protected abstract void Compute(Span<float> arena);

    /// <summary>
    /// Whether a store can apply the function itself: <see cref="ClipPoint"/> with these bounds, or <see cref="HardSwishPoint"/>.
    /// </summary>
    public static bool IsStored(in PointActivation activation) =>
        activation.Function is PointFunction.Identity or PointFunction.Relu or PointFunction.Clip or PointFunction.HardSwish;

    /// <summary>The bounds of a function that is applied by clipping.</summary>
    protected static (float A, float B) Bounds(in PointActivation activation) => activation.Function switch
    {
        PointFunction.Relu => (0, float.PositiveInfinity),
        PointFunction.Clip => (activation.A, activation.B),
        _ => (float.NegativeInfinity, float.PositiveInfinity),
    };

    /// <summary>Applies a function that no store applies to a map that was just written.</summary>
    protected void Finish(in PointActivation activation, Span<float> arena)
    {
        if (!IsStored(activation)) ActivationStep.Apply(activation, Target, Target, arena);
    }
}
