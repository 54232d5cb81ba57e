using Pare.Execution;
using Pare.Kernels;

namespace Pare.Benchmarking;

/// <summary>What no program on this machine can exceed, measured.</summary>
internal static class MachineLimits
{
    // Beyond the last-level cache of most machines.
    private const int CopiedFloats = 16 << 20, Runs = 15;

    /// <summary>Floating-point operations a second of multiply-adds in registers, on all threads of the team.</summary>
    public static double PeakFlops(ThreadTeam team)
    {
        const int Iterations = 4_000_000;
        var sink = new float[team.Count];
        double seconds = Timing.LeastWarm(Runs, () => team.Run(thread => sink[thread] = PeakKernel.Run(Iterations)));
        return (double)Iterations * PeakKernel.FlopsPerIteration * team.Count / seconds;
    }

    /// <summary>Bytes a second, read and written together, of one thread that copies 64 MB.</summary>
    public static double CopyBytes()
    {
        float[] source = new float[CopiedFloats], target = new float[CopiedFloats];

        // Untouched memory is one page of zeros, which the cache would hold.
        source.AsSpan().Fill(1f);
        double seconds = Timing.LeastWarm(Runs, () => source.CopyTo(target, 0));
        return 2.0 * CopiedFloats * sizeof(float) / seconds;
    }
}
