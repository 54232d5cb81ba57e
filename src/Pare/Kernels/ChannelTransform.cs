namespace Pare.Kernels;

/// <summary>
/// What stands between the stored values x of one channel and what a reader sees: f(z) with z = (x - mean) scale + shift.
/// Batch norm and activation are folded into the read, so that an activation crosses the cache once. The mean is
/// taken off first: a mean far above the spread would otherwise cancel in single precision.
/// </summary>
internal readonly record struct ChannelTransform(float Mean, float Scale, float Shift, ActivationFunction Function)
{
    /// <summary>No norm: f(x).</summary>
    public static ChannelTransform Of(ActivationFunction function) => new(0f, 1f, 0f, function);
}
