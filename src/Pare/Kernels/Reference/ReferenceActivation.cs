namespace Pare.Kernels.Reference;

/// <summary>
/// Activation functions of one value, and their slopes, in double precision: what the fast ones are measured by. At a corner the slope is
/// 0; nowhere is NaN taken for a number on the flat side.
/// </summary>
internal static class ReferenceActivation
{
    public static double Apply(ActivationFunction function, double x) => function switch
    {
        ActivationFunction.Identity => x,
        ActivationFunction.Relu => Math.Max(x, 0),
        ActivationFunction.Relu6 => Math.Clamp(x, 0, 6),
        ActivationFunction.Sigmoid => 1 / (1 + Math.Exp(-x)),
        ActivationFunction.Silu => x / (1 + Math.Exp(-x)),
        ActivationFunction.HardSigmoid => Math.Clamp((x / 6) + 0.5, 0, 1),
        ActivationFunction.HardSwish => x * Math.Clamp((x / 6) + 0.5, 0, 1),
        _ => throw new ArgumentOutOfRangeException(nameof(function)),
    };

    public static double Slope(ActivationFunction function, double x)
    {
        double s = 1 / (1 + Math.Exp(-x));
        return function switch
        {
            ActivationFunction.Identity => 1,
            ActivationFunction.Relu => x <= 0 ? 0 : 1,
            ActivationFunction.Relu6 => x is <= 0 or >= 6 ? 0 : 1,
            ActivationFunction.Sigmoid => s * (1 - s),
            ActivationFunction.Silu => s + (x * s * (1 - s)),
            ActivationFunction.HardSigmoid => x is <= -3 or >= 3 ? 0 : 1.0 / 6,
            ActivationFunction.HardSwish => x <= -3 ? 0 : x >= 3 ? 1 : (x / 3) + 0.5,
            _ => throw new ArgumentOutOfRangeException(nameof(function)),
        };
    }
}
