using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Kernels;

/// <summary>
/// Loops that pair every pixel of a plane with one vector of lanes: sums over pixels, and products with one value per image.
/// </summary>
internal static class PixelKernels
{
    /// <summary>sum += sum over pixels of x, lane by lane.</summary>
    public static void AddSum(ReadOnlySpan<float> x, Span<float> sum)
    {
        if (Vector512.IsHardwareAccelerated) AddSum<Lanes16, Vector512<float>>(x, sum);
        else if (Simd.Lanes == 8) AddSum<Lanes8, Vector256<float>>(x, sum);
        else AddSum<Lanes4, Vector128<float>>(x, sum);
    }

    /// <summary>sum += sum over pixels of a b, lane by lane.</summary>
    public static void AddDot(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> sum)
    {
        if (Vector512.IsHardwareAccelerated) AddDot<Lanes16, Vector512<float>>(a, b, sum);
        else if (Simd.Lanes == 8) AddDot<Lanes8, Vector256<float>>(a, b, sum);
        else AddDot<Lanes4, Vector128<float>>(a, b, sum);
    }

    /// <summary>y = x v, the same v for every pixel.</summary>
    public static void Multiply(ReadOnlySpan<float> x, ReadOnlySpan<float> v, Span<float> y)
    {
        if (Vector512.IsHardwareAccelerated) Multiply<Lanes16, Vector512<float>>(x, v, y);
        else if (Simd.Lanes == 8) Multiply<Lanes8, Vector256<float>>(x, v, y);
        else Multiply<Lanes4, Vector128<float>>(x, v, y);
    }

    /// <summary>y = v for every pixel.</summary>
    public static void Fill(ReadOnlySpan<float> v, Span<float> y)
    {
        for (int i = 0; i < y.Length; i += Simd.Lanes) v[..Simd.Lanes].CopyTo(y[i..]);
    }

    /// <summary>The sum of all values in the lanes of the mask.</summary>
    public static float MaskedSum(ReadOnlySpan<float> x, ReadOnlySpan<float> laneMask)
    {
        if (Vector512.IsHardwareAccelerated) return MaskedSum<Lanes16, Vector512<float>>(x, laneMask);
        if (Simd.Lanes == 8) return MaskedSum<Lanes8, Vector256<float>>(x, laneMask);
        return MaskedSum<Lanes4, Vector128<float>>(x, laneMask);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSum<TLanes, TVector>(ReadOnlySpan<float> x, Span<float> sum)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        ref float source = ref MemoryMarshal.GetReference(x);
        ref float target = ref MemoryMarshal.GetReference(sum[..TLanes.Count]);
        TVector total = TLanes.Load(ref target, 0);
        for (nint i = 0; i < x.Length; i += TLanes.Count) total = TLanes.Add(total, TLanes.Load(ref source, i));
        TLanes.Store(total, ref target, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddDot<TLanes, TVector>(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> sum)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        ref float left = ref MemoryMarshal.GetReference(a);
        ref float right = ref MemoryMarshal.GetReference(b[..a.Length]);
        ref float target = ref MemoryMarshal.GetReference(sum[..TLanes.Count]);
        TVector total = TLanes.Load(ref target, 0);
        for (nint i = 0; i < a.Length; i += TLanes.Count)
            total = TLanes.MultiplyAdd(TLanes.Load(ref left, i), TLanes.Load(ref right, i), total);
        TLanes.Store(total, ref target, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<TLanes, TVector>(ReadOnlySpan<float> x, ReadOnlySpan<float> v, Span<float> y)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        ref float source = ref MemoryMarshal.GetReference(x);
        ref float target = ref MemoryMarshal.GetReference(y[..x.Length]);
        TVector factor = TLanes.Load(ref MemoryMarshal.GetReference(v[..TLanes.Count]), 0);
        for (nint i = 0; i < x.Length; i += TLanes.Count) TLanes.Store(TLanes.Multiply(TLanes.Load(ref source, i), factor), ref target, i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float MaskedSum<TLanes, TVector>(ReadOnlySpan<float> x, ReadOnlySpan<float> laneMask)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        ref float source = ref MemoryMarshal.GetReference(x);
        TVector total = default;
        for (nint i = 0; i < x.Length; i += TLanes.Count) total = TLanes.Add(total, TLanes.Load(ref source, i));
        return TLanes.Sum(TLanes.And(total, TLanes.Load(ref MemoryMarshal.GetReference(laneMask[..TLanes.Count]), 0)));
    }
}
