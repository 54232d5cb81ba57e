using System.Runtime.CompilerServices;

namespace Pare.Kernels.Channels;

/// <summary>Three vectors of channels.</summary>
internal struct ThreeVectors<TLanes, TVector>(TVector a, TVector b, TVector c) : IVectors<ThreeVectors<TLanes, TVector>, TLanes,
    TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    public TVector A = a, B = b, C = c;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ThreeVectors<TLanes, TVector> Load(ref readonly float source, nint offset) =>
        new(TLanes.Load(in source, offset), TLanes.Load(in source, offset + TLanes.Count),
            TLanes.Load(in source, offset + (2 * TLanes.Count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ThreeVectors<TLanes, TVector> Load(ref readonly float source, nint offset, nint last) => new(
            TLanes.Load(in source, offset),
            TLanes.Load(in source, offset + TLanes.Count),
            TLanes.Load(in source, offset + last));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ThreeVectors<TLanes, TVector> Zero() => new(TLanes.Broadcast(0f), TLanes.Broadcast(0f), TLanes.Broadcast(0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ThreeVectors<TLanes, TVector> Add(ThreeVectors<TLanes, TVector> a, ThreeVectors<TLanes, TVector> b) =>
        new(TLanes.Add(a.A, b.A), TLanes.Add(a.B, b.B), TLanes.Add(a.C, b.C));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ThreeVectors<TLanes, TVector> LargerOrNaN(ThreeVectors<TLanes, TVector> a, ThreeVectors<TLanes, TVector> b) =>
        new(TLanes.LargerOrNaN(a.A, b.A), TLanes.LargerOrNaN(a.B, b.B),
            TLanes.LargerOrNaN(a.C, b.C));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyAdd(ThreeVectors<TLanes, TVector> weights, TVector x, ref ThreeVectors<TLanes, TVector> sum)
    {
        sum.A = TLanes.MultiplyAdd(weights.A, x, sum.A);
        sum.B = TLanes.MultiplyAdd(weights.B, x, sum.B);
        sum.C = TLanes.MultiplyAdd(weights.C, x, sum.C);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TPoint>(ThreeVectors<TLanes, TVector> sums, ref float target, nint last, TVector a, TVector b)
        where TPoint : struct, IPoint
    {
        TLanes.Store(TPoint.Apply<TLanes, TVector>(sums.A, a, b), ref target, 0);
        TLanes.Store(TPoint.Apply<TLanes, TVector>(sums.B, a, b), ref target, TLanes.Count);
        TLanes.Store(TPoint.Apply<TLanes, TVector>(sums.C, a, b), ref target, last);
    }
}
