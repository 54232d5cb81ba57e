using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pare.Kernels;

/// <summary>A loop of independent multiply-adds in registers: the most that this processor can do.</summary>
internal static class PeakKernel
{
    /// <summary>Floating-point operations of one iteration, an addition and a multiplication each counted.</summary>
    public static int FlopsPerIteration => 12 * 2 * Simd.Lanes;

    /// <summary>Runs the loop and returns a value that depends on all of it, so that none can be left out.</summary>
    public static float Run(int iterations)
    {
        if (Vector512.IsHardwareAccelerated) return Run<Lanes16, Vector512<float>>(iterations);
        if (Simd.Lanes == 8) return Run<Lanes8, Vector256<float>>(iterations);
        return Run<Lanes4, Vector128<float>>(iterations);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Run<TLanes, TVector>(int iterations)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector x = TLanes.Broadcast(0.999f), y = TLanes.Broadcast(0.001f);
        TVector a0 = x, a1 = y, a2 = x, a3 = y, a4 = x, a5 = y, a6 = x, a7 = y, a8 = x, a9 = y, a10 = x, a11 = y;
        for (int i = 0; i < iterations; i++)
        {
            a0 = TLanes.MultiplyAdd(a0, x, y);
            a1 = TLanes.MultiplyAdd(a1, x, y);
            a2 = TLanes.MultiplyAdd(a2, x, y);
            a3 = TLanes.MultiplyAdd(a3, x, y);
            a4 = TLanes.MultiplyAdd(a4, x, y);
            a5 = TLanes.MultiplyAdd(a5, x, y);
            a6 = TLanes.MultiplyAdd(a6, x, y);
            a7 = TLanes.MultiplyAdd(a7, x, y);
            a8 = TLanes.MultiplyAdd(a8, x, y);
            a9 = TLanes.MultiplyAdd(a9, x, y);
            a10 = TLanes.MultiplyAdd(a10, x, y);
            a11 = TLanes.MultiplyAdd(a11, x, y);
        }

        TVector sum = TLanes.Add(TLanes.Add(TLanes.Add(a0, a1), TLanes.Add(a2, a3)), TLanes.Add(TLanes.Add(a4, a5), TLanes.Add(a6, a7)));
        return TLanes.Sum(TLanes.Add(sum, TLanes.Add(TLanes.Add(a8, a9), TLanes.Add(a10, a11))));
    }
}
