using Pare.Kernels;

namespace Pare.Graphs.Lowering;

/// <summary>An elementwise function with its constants. What is not a number stays so through all of them.</summary>
/// <param name="Function">Which one.</param>
/// <param name="A">The first constant, where the function has one; otherwise 0.</param>
/// <param name="B">The second constant, where the function has one; otherwise 0.</param>
internal readonly record struct PointActivation(PointFunction Function, float A = 0, float B = 0)
{
    /// <summary>Whether it changes nothing.</summary>
    public bool IsIdentity => Function == PointFunction.Identity;

    /// <summary>The trainer's function of that name.</summary>
    public static PointActivation Of(ActivationFunction function) => function switch
    {
        ActivationFunction.Identity => default,
        ActivationFunction.Relu => new(PointFunction.Relu),
        ActivationFunction.Relu6 => new(PointFunction.Clip, 0, 6),
        ActivationFunction.HardSwish => new(PointFunction.HardSwish),
        ActivationFunction.Silu => new(PointFunction.Silu),
        ActivationFunction.Sigmoid => new(PointFunction.Sigmoid),
        ActivationFunction.HardSigmoid => new(PointFunction.HardSigmoid),
        _ => throw new InvalidOperationException($"Unknown activation function {function}."),
    };

    /// <summary>The function at x, in double precision: what defines correct.</summary>
    public double Apply(double x) => Function switch
    {
        PointFunction.Identity => x,
        PointFunction.Relu => Math.Max(x, 0),
        PointFunction.Clip => Math.Min(Math.Max(x, A), B),
        PointFunction.LeakyRelu => x < 0 ? A * x : x,
        PointFunction.Elu => x < 0 ? A * (Math.Exp(x) - 1) : x,
        PointFunction.Sigmoid => 1 / (1 + Math.Exp(-x)),
        PointFunction.HardSigmoid => HardSigmoid(x),
        PointFunction.Silu => x / (1 + Math.Exp(-x)),
        PointFunction.HardSwish => x * HardSigmoid(x),
        PointFunction.Tanh => Math.Tanh(x),
        PointFunction.FakeQuantize => A * Math.Clamp(Math.Round(x / A), sbyte.MinValue - B, sbyte.MaxValue - B),
        _ => throw new InvalidOperationException($"Unknown function {Function}."),
    };

    /// <exception cref="ArgumentException">The constants are out of range.</exception>
    internal void Check()
    {
        if (!Enum.IsDefined(Function)) throw new ArgumentException($"there is no function number {(int)Function}.");
        if (float.IsNaN(A) || float.IsNaN(B)) throw new ArgumentException("a constant of the activation is not a number.");
        if (Function == PointFunction.Clip && A > B)
            throw new ArgumentException(Invariant($"the activation clips to between {A} and {B}, and nothing lies there."));
        if (Function == PointFunction.FakeQuantize
            && !(float.IsNormal(A) && A > 0 && float.IsInteger(B) && B is >= sbyte.MinValue and <= sbyte.MaxValue))
            throw new ArgumentException(Invariant($"steps of {A} with {B} for 0 are none of 8-bit integers."));
    }

    private static double HardSigmoid(double x) => Math.Min(Math.Max((x / 6) + 0.5, 0), 1);
}
