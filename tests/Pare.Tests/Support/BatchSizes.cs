using Pare.Kernels;

namespace Pare.Tests.Support;

internal static class BatchSizes
{
    /// <summary>A single image, one tile, a little less and more, and several tiles of which the last is short.</summary>
    public static int[] AroundTheLanes => [1, Simd.Lanes - 1, Simd.Lanes, Simd.Lanes + 1, (2 * Simd.Lanes) + 3];
}
