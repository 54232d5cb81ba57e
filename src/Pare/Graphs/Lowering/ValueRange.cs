namespace Pare.Graphs.Lowering;

/// <summary>Between what a map's values lie.</summary>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
internal readonly record struct ValueRange(float Low, float High)
{
    /// <exception cref="ArgumentException">An end is not finite, or the lower one is above the upper.</exception>
    internal void Check()
    {
        if (!float.IsFinite(Low) || !float.IsFinite(High) || Low > High)
            throw new ArgumentException(Invariant($"values between {Low} and {High} cannot be quantized."));
    }
}
