using System.Numerics;
using System.Numerics.Tensors;

namespace Pare.Kernels;

/// <summary>Rounding to what 8-bit integers stand for, in single precision; <c>ReferenceRounding</c> defines what is correct.</summary>
internal static class RoundingKernels
{
    /// <summary>The largest integer of a weight, and its negative the smallest.</summary>
    public const int LargestWeight = sbyte.MaxValue;

    /// <summary>A step so small that its products with others still are normal numbers in single precision.</summary>
    public const float LeastStep = 1e-18f;

    /// <summary>y = step round(x / step), the even one of two, between the ends. What is not finite becomes NaN.</summary>
    /// <param name="x">Values.</param>
    /// <param name="y">As many; may be <paramref name="x"/>.</param>
    /// <param name="step">What an integer is worth.</param>
    /// <param name="least">The lower end, in steps.</param>
    /// <param name="most">The upper end, in steps.</param>
    public static void Round(ReadOnlySpan<float> x, Span<float> y, float step, int least, int most)
    {
        int i = 0, width = Vector<float>.Count;
        var steps = new Vector<float>(step);
        Vector<float> low = new(least), high = new(most);
        for (; i <= x.Length - width; i += width)
        {
            var value = new Vector<float>(x[i..]);
            Vector<float> whole = Vector.Min(Vector.Max(Vector.Round(value / steps), low), high);
            ((whole * steps) + (value - value)).CopyTo(y[i..]);
        }

        for (; i < x.Length; i++) y[i] = Round(x[i], step, least, most);
    }

    /// <summary>dX = 0 where x lies beyond the ends; elsewhere it stays.</summary>
    /// <param name="x">What was rounded.</param>
    /// <param name="gradient">The gradient, changed in place.</param>
    /// <param name="low">The least value that is kept.</param>
    /// <param name="high">The largest.</param>
    public static void CutGradient(ReadOnlySpan<float> x, Span<float> gradient, float low, float high)
    {
        int i = 0, width = Vector<float>.Count;
        Vector<float> least = new(low), most = new(high);
        for (; i <= x.Length - width; i += width)
        {
            var value = new Vector<float>(x[i..]);
            Vector<int> beyond = Vector.LessThan(value, least) | Vector.GreaterThan(value, most);
            Vector.ConditionalSelect(beyond, Vector<float>.Zero, new Vector<float>(gradient[i..])).CopyTo(gradient[i..]);
        }

        for (; i < x.Length; i++) gradient[i] = x[i] < low || x[i] > high ? 0 : gradient[i];
    }

    /// <summary>The least and the largest of some values and 0; NaN where one is NaN.</summary>
    /// <param name="x">Pixels, each a vector of lanes.</param>
    /// <param name="laneMask">All bits set in the lanes that count.</param>
    public static (float Low, float High) Range(ReadOnlySpan<float> x, ReadOnlySpan<float> laneMask)
    {
        int width = Vector<float>.Count, lanes = laneMask.Length;
        Vector<float> low = Vector<float>.Zero, high = Vector<float>.Zero;
        for (int part = 0; part < lanes; part += width)
        {
            Vector<int> mask = Vector.AsVectorInt32(new Vector<float>(laneMask[part..]));
            for (int i = part; i < x.Length; i += lanes)
            {
                // A lane without an image may hold anything; 0 counts anyway.
                Vector<float> value = Vector.AsVectorSingle(Vector.AsVectorInt32(new Vector<float>(x[i..])) & mask);
                low = Vector.Min(low, value);
                high = Vector.Max(high, value);
            }
        }

        (float least, float most) = (low[0], high[0]);
        for (int lane = 1; lane < width; lane++) (least, most) = (MathF.Min(least, low[lane]), MathF.Max(most, high[lane]));
        return (least, most);
    }

    /// <summary>The values that weights in 8 bits stand for: of each channel the largest magnitude is 127 steps.</summary>
    /// <param name="weights">Channel by channel.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="rounded">As many.</param>
    public static void RoundWeights(ReadOnlySpan<float> weights, int channels, Span<float> rounded)
    {
        int length = weights.Length / channels;
        for (int o = 0; o < channels; o++)
        {
            ReadOnlySpan<float> channel = weights.Slice(o * length, length);
            float step = WeightStep(MathF.Abs(TensorPrimitives.MaxMagnitude(channel)));
            Round(channel, rounded.Slice(o * length, length), step, -LargestWeight, LargestWeight);
        }
    }

    /// <summary>What one step of weights is worth of which the largest magnitude is given.</summary>
    public static float WeightStep(float largest) => MathF.Max(largest / LargestWeight, LeastStep);

    private static float Round(float x, float step, int least, int most) =>
        (MathF.Min(MathF.Max(MathF.Round(x / step), least), most) * step) + (x - x);
}
