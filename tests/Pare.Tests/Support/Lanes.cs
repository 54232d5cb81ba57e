using Pare.Kernels;

namespace Pare.Tests.Support;

/// <summary>Between <c>[image][value]</c>, as PyTorch and the tests have it, and the engine's tiles, <c>[value][lane]</c>.</summary>
internal static class Lanes
{
    /// <summary>Writes the images from <paramref name="first"/> on into a tile; lanes beyond them are left alone.</summary>
    public static void Pack(ReadOnlySpan<float> images, int first, int count, Span<float> tile)
    {
        int lanes = Simd.Lanes, size = tile.Length / lanes;
        for (int lane = 0; lane < count; lane++)
        {
            for (int i = 0; i < size; i++) tile[(i * lanes) + lane] = images[((first + lane) * size) + i];
        }
    }

    /// <summary>Reads the images from <paramref name="first"/> on out of a tile.</summary>
    public static void Unpack(ReadOnlySpan<float> tile, int first, int count, Span<float> images)
    {
        int lanes = Simd.Lanes, size = tile.Length / lanes;
        for (int lane = 0; lane < count; lane++)
        {
            for (int i = 0; i < size; i++) images[((first + lane) * size) + i] = tile[(i * lanes) + lane];
        }
    }
}
