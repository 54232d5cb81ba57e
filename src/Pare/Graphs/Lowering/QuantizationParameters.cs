using Pare.Kernels;

namespace Pare.Graphs.Lowering;

/// <summary>How the 8-bit integers of a map stand for real numbers: real = scale (q - zero point), q from -128 to 127.</summary>
/// <param name="Scale">What one step is worth; above 0.</param>
/// <param name="ZeroPoint">The integer that stands for 0, -128 to 127.</param>
internal readonly record struct QuantizationParameters(float Scale, int ZeroPoint)
{
    /// <summary>The smallest integer.</summary>
    public const int Lowest = sbyte.MinValue;

    /// <summary>The largest.</summary>
    public const int Highest = sbyte.MaxValue;

    /// <summary>The smallest scale, of maps and of weights; the training for integers rounds with it, too.</summary>
    internal const float LeastScale = RoundingKernels.LeastStep;

    // Where there is nothing but 0: fine enough for the biases behind it, which are counted in its steps.
    private const float LoneScale = 1f / (1 << 20);

    /// <summary>The parameters whose 255 steps cover a range, which is made wider so that it holds 0: 0 is exact.</summary>
    /// <param name="range">The range; one of the width 0 gets small steps.</param>
    /// <exception cref="ArgumentException">An end is not finite, or the lower one is above the upper.</exception>
    public static QuantizationParameters Of(ValueRange range)
    {
        range.Check();
        double low = Math.Min(range.Low, 0), high = Math.Max(range.High, 0);
        if (high <= low) return new QuantizationParameters(LoneScale, Lowest);
        float scale = Math.Max((float)((high - low) / (Highest - Lowest)), LeastScale);
        return new QuantizationParameters(scale, (int)Math.Clamp(Math.Round(Lowest - (low / scale)), Lowest, Highest));
    }

    /// <summary>The nearest integer, the even one of two, and the ends for what lies beyond.</summary>
    public sbyte Quantize(double real) => (sbyte)Math.Clamp(Math.Round(real / Scale) + ZeroPoint, Lowest, Highest);

    /// <summary>What an integer stands for.</summary>
    public double Dequantize(int quantized) => (double)Scale * (quantized - ZeroPoint);
}
