namespace Pare.Benchmarking;

/// <summary>What one pass of one operation takes for a whole batch on one thread.</summary>
/// <param name="Seconds">Median time.</param>
/// <param name="Flops">
/// Floating-point operations of the layer's multiply-adds, two each, also where the algorithm needs fewer; comparisons and elementwise work
/// do not count.
/// </param>
/// <param name="Bytes">
/// Bytes that it must move when a cache holds no more than one tile: each feature map and gradient once for each time it is read or
/// written, but what a thread makes of a tile and reads before the next one comes.
/// </param>
/// <param name="FloorSeconds">
/// The longer of the times that the multiplications that the algorithm needs take at the peak and <paramref name="Bytes"/> at the speed of
/// a copy.
/// </param>
public sealed record PassProfile(double Seconds, double Flops, double Bytes, double FloorSeconds)
{
    /// <summary>Bytes that the pass reads from feature maps and writes to them, in the caches or not, counted as it runs.</summary>
    internal double TouchedBytes { get; init; }

    /// <summary>10^9 floating-point operations a second; none where there is nothing to divide.</summary>
    public double? Gflops => Flops > 0 && Seconds > 0 ? Flops / Seconds / 1e9 : null;

    /// <summary>Adds passes that run one after another.</summary>
    /// <param name="passes">Those that are null do not count.</param>
    public static PassProfile Sum(IEnumerable<PassProfile?> passes)
    {
        ArgumentNullException.ThrowIfNull(passes);
        return passes.OfType<PassProfile>().Aggregate(new PassProfile(0, 0, 0, 0), static (sum, pass) =>
            new PassProfile(sum.Seconds + pass.Seconds, sum.Flops + pass.Flops, sum.Bytes + pass.Bytes,
                sum.FloorSeconds + pass.FloorSeconds)
            {
                TouchedBytes = sum.TouchedBytes + pass.TouchedBytes,
            });
    }
}
