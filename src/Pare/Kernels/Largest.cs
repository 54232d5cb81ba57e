namespace Pare.Kernels;

/// <summary>Where the largest of some values stands.</summary>
internal static class Largest
{
    /// <summary>The place of the largest value, the first on a tie; NaN counts as the largest.</summary>
    /// <param name="values">One or more.</param>
    /// <param name="stride">From one value to the next.</param>
    public static int Of(ReadOnlySpan<float> values, int stride = 1)
    {
        int best = 0;
        for (int at = stride; at < values.Length; at += stride)
        {
            if (values[at] > values[best] || (float.IsNaN(values[at]) && !float.IsNaN(values[best]))) best = at;
        }

        return best / stride;
    }
}
