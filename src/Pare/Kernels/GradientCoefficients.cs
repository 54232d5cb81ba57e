namespace Pare.Kernels;

/// <summary>How a gradient passes back through the norm of one channel: dX = slope g + factor (x - mean) + offset.</summary>
internal readonly record struct GradientCoefficients(float Slope, float Factor, float Offset)
{
    /// <summary>No norm: dX = g.</summary>
    public static GradientCoefficients None => new(1f, 0f, 0f);
}
