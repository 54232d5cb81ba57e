namespace Pare.Quantization;

/// <summary>
/// A product with a real number in integers: round(x 2^left multiplier / 2^(31 + right)), the upper of two nearest integers, where left and
/// right are the positive and the negative part of the shift (Jacob et al., arXiv 1712.05877, section 2.2). It is what TensorFlow Lite
/// Micro (<c>MultiplyByQuantizedMultiplier</c>) and CMSIS-NN (<c>arm_nn_requantize</c>) compute where they are built to round once
/// (<c>TFLITE_SINGLE_ROUNDING</c>, <c>CMSIS_NN_USE_SINGLE_ROUNDING</c>). Otherwise they round to 2^-right first, so that of a depthwise
/// convolution's values, whose right is small, one in some hundreds is a step off the nearest, and no other runtime's. Unlike there, a
/// product with 2^left that leaves 32 bits becomes the nearest end.
/// </summary>
/// <param name="Multiplier">The factor's digits, times 2^31: 2^30 up to 2^31 - 1, negative for a negative factor, 0 for 0.</param>
/// <param name="Shift">The factor's power of two, -31 to 30.</param>
internal readonly record struct Requantization(int Multiplier, int Shift)
{
    /// <summary>The nearest one to a real factor; 0 for less than 2^-32, and the largest there is for more.</summary>
    /// <exception cref="ArgumentException">The factor is not finite.</exception>
    public static Requantization Of(double factor)
    {
        if (!double.IsFinite(factor)) throw new ArgumentException(Invariant($"nothing can be multiplied by {factor}."));
        if (factor == 0) return default;
        int shift = Math.ILogB(factor) + 1;
        long digits = (long)Math.Round(Math.ScaleB(Math.Abs(factor), 31 - shift), MidpointRounding.AwayFromZero);
        if (digits == 1L << 31) (digits, shift) = (digits / 2, shift + 1);
        if (shift < -31) return default;
        if (shift > 30) (digits, shift) = (int.MaxValue, 30);
        return new Requantization((int)(factor < 0 ? -digits : digits), shift);
    }

    /// <summary>The product.</summary>
    public int Apply(int x)
    {
        int left = Math.Max(Shift, 0), right = Math.Max(-Shift, 0);
        long shifted = Math.Clamp((long)x << left, int.MinValue, int.MaxValue);
        return (int)(((shifted * Multiplier) + (1L << (30 + right))) >> (31 + right));
    }

    /// <summary>x / 2^by to the nearest integer, the one farther from 0 of two (gemmlowp's <c>RoundingDivideByPOT</c>).</summary>
    /// <param name="x">The number.</param>
    /// <param name="by">0 to 31.</param>
    public static int RoundingShift(int x, int by)
    {
        int mask = (int)((1L << by) - 1), rest = x & mask;
        return (x >> by) + (rest > (mask >> 1) + (x < 0 ? 1 : 0) ? 1 : 0);
    }
}
