using Pare.Kernels;

namespace Pare.Execution;

/// <summary>
/// Counts what operations read from feature maps and write to them, in the caches or not: every pass over a map, its statistics included.
/// For one thread.
/// </summary>
internal sealed class MapTraffic
{
    /// <summary>Bytes since the beginning.</summary>
    public long Bytes { get; private set; }

    /// <summary>Counts pixels of a channel of a tile, of so many bytes per value.</summary>
    public void Add(int pixels, int bytes) => Bytes += (long)pixels * Simd.Lanes * bytes;
}
