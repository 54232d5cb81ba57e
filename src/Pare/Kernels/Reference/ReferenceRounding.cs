namespace Pare.Kernels.Reference;

/// <summary>Rounding to what 8-bit integers stand for, one value at a time: what the fast one must equal.</summary>
internal static class ReferenceRounding
{
    /// <summary>The nearest of the values step q with whole q between the ends, the even q of two; NaN for what is not finite.</summary>
    public static float Round(float x, float step, int least, int most) =>
        float.IsFinite(x) ? (float)Math.Clamp(Math.Round((double)(x / step)), least, most) * step : float.NaN;

    /// <summary>Whether the gradient passes: straight through where the value is kept.</summary>
    public static float Gradient(float x, float gradient, float low, float high) => x < low || x > high ? 0 : gradient;

    /// <summary>Weights of one channel, the largest magnitude 127 steps.</summary>
    public static float[] Weights(float[] channel)
    {
        float step = Math.Max(channel.Max(Math.Abs) / 127, 1e-18f);
        return [.. channel.Select(weight => Round(weight, step, -127, 127))];
    }
}
