using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Kernels.Channels;

/// <summary>Values taken by themselves: their functions, sums and products. The target may be one of the sources.</summary>
internal static class ChannelElementwise
{
    /// <summary>y = f(x).</summary>
    public static void Apply<TPoint>(ReadOnlySpan<float> x, Span<float> y, float a, float b)
        where TPoint : struct, IPoint
    {
        x = x[..y.Length];
        if (Simd.Lanes == 16) Apply<Lanes16, Vector512<float>, TPoint>(x, y, a, b);
        else if (Simd.Lanes == 8) Apply<Lanes8, Vector256<float>, TPoint>(x, y, a, b);
        else Apply<Lanes4, Vector128<float>, TPoint>(x, y, a, b);
    }

    /// <summary>y = f(x + z).</summary>
    public static void Add<TPoint>(ReadOnlySpan<float> x, ReadOnlySpan<float> z, Span<float> y, float a, float b)
        where TPoint : struct, IPoint
    {
        x = x[..y.Length];
        z = z[..y.Length];
        if (Simd.Lanes == 16) Add<Lanes16, Vector512<float>, TPoint>(x, z, y, a, b);
        else if (Simd.Lanes == 8) Add<Lanes8, Vector256<float>, TPoint>(x, z, y, a, b);
        else Add<Lanes4, Vector128<float>, TPoint>(x, z, y, a, b);
    }

    /// <summary>y = x z.</summary>
    public static void Multiply(ReadOnlySpan<float> x, ReadOnlySpan<float> z, Span<float> y)
    {
        x = x[..y.Length];
        z = z[..y.Length];
        if (Simd.Lanes == 16) Multiply<Lanes16, Vector512<float>>(x, z, y);
        else if (Simd.Lanes == 8) Multiply<Lanes8, Vector256<float>>(x, z, y);
        else Multiply<Lanes4, Vector128<float>>(x, z, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Apply<TLanes, TVector, TPoint>(ReadOnlySpan<float> x, Span<float> y, float a, float b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TPoint : struct, IPoint
    {
        ref float from = ref MemoryMarshal.GetReference(x);
        ref float to = ref MemoryMarshal.GetReference(y);
        TVector first = TLanes.Broadcast(a), second = TLanes.Broadcast(b);
        nint at = 0, end = y.Length;
        for (; at <= end - TLanes.Count; at += TLanes.Count)
            TLanes.Store(TPoint.Apply<TLanes, TVector>(TLanes.Load(ref from, at), first, second), ref to, at);
        for (; at < end; at++) Lanes1.Store(TPoint.Apply<Lanes1, float>(Lanes1.Load(ref from, at), a, b), ref to, at);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add<TLanes, TVector, TPoint>(ReadOnlySpan<float> x, ReadOnlySpan<float> z, Span<float> y, float a, float b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TPoint : struct, IPoint
    {
        ref float left = ref MemoryMarshal.GetReference(x);
        ref float right = ref MemoryMarshal.GetReference(z);
        ref float to = ref MemoryMarshal.GetReference(y);
        TVector first = TLanes.Broadcast(a), second = TLanes.Broadcast(b);
        nint at = 0, end = y.Length;
        for (; at <= end - TLanes.Count; at += TLanes.Count)
            TLanes.Store(TPoint.Apply<TLanes, TVector>(TLanes.Add(TLanes.Load(ref left, at), TLanes.Load(ref right, at)), first, second),
                ref to, at);
        for (; at < end; at++)
            Lanes1.Store(TPoint.Apply<Lanes1, float>(Lanes1.Load(ref left, at) + Lanes1.Load(ref right, at), a, b), ref to, at);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<TLanes, TVector>(ReadOnlySpan<float> x, ReadOnlySpan<float> z, Span<float> y)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        ref float left = ref MemoryMarshal.GetReference(x);
        ref float right = ref MemoryMarshal.GetReference(z);
        ref float to = ref MemoryMarshal.GetReference(y);
        nint at = 0, end = y.Length;
        for (; at <= end - TLanes.Count; at += TLanes.Count)
            TLanes.Store(TLanes.Multiply(TLanes.Load(ref left, at), TLanes.Load(ref right, at)), ref to, at);
        for (; at < end; at++) Lanes1.Store(Lanes1.Load(ref left, at) * Lanes1.Load(ref right, at), ref to, at);
    }
}
