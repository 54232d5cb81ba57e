using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Kernels;

/// <summary>Max pooling of one row of a plane, as a list of taps; source planes carry their padding of minus infinity.</summary>
internal static class PoolingKernels
{
    /// <summary>y[x] = max over taps t of source[offset[t] + x sourceStep]; NaN if any is.</summary>
    public static void MaxRow(ReadOnlySpan<float> source, ReadOnlySpan<int> offsets, Span<float> y, int pixels, int sourceStep)
    {
        int reach = Reach(offsets, pixels, sourceStep);
        source = source[..reach];
        y = y[..(pixels * Simd.Lanes)];
        if (Vector512.IsHardwareAccelerated) MaxRow<Lanes16, Vector512<float>>(source, offsets, y, pixels, sourceStep);
        else if (Simd.Lanes == 8) MaxRow<Lanes8, Vector256<float>>(source, offsets, y, pixels, sourceStep);
        else MaxRow<Lanes4, Vector128<float>>(source, offsets, y, pixels, sourceStep);
    }

    /// <summary>dX[offset[t] + x sourceStep] += dY[x] for the first tap t that holds the maximum, or is NaN.</summary>
    public static void MaxRowBackward(ReadOnlySpan<float> source, ReadOnlySpan<int> offsets, ReadOnlySpan<float> dY, Span<float> dX,
        int pixels, int sourceStep)
    {
        int reach = Reach(offsets, pixels, sourceStep);
        source = source[..reach];
        dY = dY[..(pixels * Simd.Lanes)];
        dX = dX[..reach];
        if (Vector512.IsHardwareAccelerated) MaxRowBackward<Lanes16, Vector512<float>>(source, offsets, dY, dX, pixels, sourceStep);
        else if (Simd.Lanes == 8) MaxRowBackward<Lanes8, Vector256<float>>(source, offsets, dY, dX, pixels, sourceStep);
        else MaxRowBackward<Lanes4, Vector128<float>>(source, offsets, dY, dX, pixels, sourceStep);
    }

    // Floats from the first pixel to the end of the last that is read; offsets rise. The loops below index without checks.
    private static int Reach(ReadOnlySpan<int> offsets, int pixels, int sourceStep) =>
        checked(offsets[^1] + ((pixels - 1) * sourceStep) + Simd.Lanes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MaxRow<TLanes,
        TVector>(ReadOnlySpan<float> source, ReadOnlySpan<int> offsets, Span<float> y, int pixels, int sourceStep)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        ref float first = ref MemoryMarshal.GetReference(source);
        ref float target = ref MemoryMarshal.GetReference(y);
        for (int x = 0; x < pixels; x++)
        {
            ref float pixel = ref Unsafe.Add(ref first, (nint)x * sourceStep);
            TVector max = TLanes.Load(ref pixel, offsets[0]);
            for (int t = 1; t < offsets.Length; t++) max = TLanes.LargerOrNaN(max, TLanes.Load(ref pixel, offsets[t]));
            TLanes.Store(max, ref target, x * TLanes.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MaxRowBackward<TLanes,
        TVector>(ReadOnlySpan<float> source, ReadOnlySpan<int> offsets, ReadOnlySpan<float> dY, Span<float> dX, int pixels, int sourceStep)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        ref float first = ref MemoryMarshal.GetReference(source);
        ref float gradient = ref MemoryMarshal.GetReference(dY);
        ref float target = ref MemoryMarshal.GetReference(dX);
        for (int x = 0; x < pixels; x++)
        {
            nint at = (nint)x * sourceStep;
            ref float pixel = ref Unsafe.Add(ref first, at);
            TVector max = TLanes.Load(ref pixel, offsets[0]);
            for (int t = 1; t < offsets.Length; t++) max = TLanes.LargerOrNaN(max, TLanes.Load(ref pixel, offsets[t]));
            TVector left = TLanes.Load(ref gradient, x * TLanes.Count);
            bool hasNaN = TLanes.HasNaN(max);
            for (int t = 0; t < offsets.Length; t++)
            {
                // What a lane gives away it does not have for a later tap. A maximum of NaN equals none, and comes from one that is NaN.
                TVector value = TLanes.Load(ref pixel, offsets[t]), wins = TLanes.EqualMask(max, value);
                if (hasNaN) wins = TLanes.Or(wins, TLanes.NaNMask(value));
                nint tap = at + offsets[t];
                TLanes.Store(TLanes.Add(TLanes.Load(ref target, tap), TLanes.And(left, wins)), ref target, tap);
                left = TLanes.AndNot(left, wins);
            }
        }
    }
}
