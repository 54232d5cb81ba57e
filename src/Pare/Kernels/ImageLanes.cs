namespace Pare.Kernels;

/// <summary>
/// One image's values among those of its tile, <c>[value][lane]</c>: what shows techniques and layers of one's own no lanes.
/// </summary>
internal static class ImageLanes
{
    [ThreadStatic]
    private static float[]? s_spare;

    /// <summary>Memory of the thread, which holds anything; the next call gives the same.</summary>
    public static Span<float> Spare(int length)
    {
        if (s_spare is null || s_spare.Length < length) s_spare = new float[length];
        return s_spare.AsSpan(0, length);
    }

    /// <summary>Copies one image's values out of a tile.</summary>
    public static void Take(ReadOnlySpan<float> tile, int lane, Span<float> image)
    {
        for (int i = 0, at = lane; i < image.Length; i++, at += Simd.Lanes) image[i] = tile[at];
    }

    /// <summary>Copies one image's values into a tile.</summary>
    public static void Put(ReadOnlySpan<float> image, int lane, Span<float> tile)
    {
        for (int i = 0, at = lane; i < image.Length; i++, at += Simd.Lanes) tile[at] = image[i];
    }
}
