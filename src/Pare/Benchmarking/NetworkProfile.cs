using Pare.Kernels;

namespace Pare.Benchmarking;

/// <summary>Where the time of a training step goes.</summary>
/// <param name="Model">The network.</param>
/// <param name="Batch">Images of the step.</param>
/// <param name="Storage">How its feature maps are kept.</param>
/// <param name="PeakGflops">What a loop of multiply-adds in registers reaches on one thread, in 10^9 operations a second.</param>
/// <param name="CopyGigabytes">10^9 bytes per second, read and written together, of one thread that copies memory.</param>
/// <param name="Operations">In the order of the forward pass.</param>
public sealed record NetworkProfile(string Model, int Batch, MapStorage Storage, double PeakGflops, double CopyGigabytes,
    IReadOnlyList<OperationProfile> Operations)
{
    /// <summary>All passes of all operations together.</summary>
    public PassProfile Total => PassProfile.Sum(Operations.Select(static operation => operation.Total));

    /// <summary>The share of the peak that a pass reaches, 0 to 1; none where it has no multiply-adds.</summary>
    public double? PeakFraction(PassProfile pass)
    {
        ArgumentNullException.ThrowIfNull(pass);
        return pass.Gflops / PeakGflops;
    }
}
