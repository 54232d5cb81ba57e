using System.Runtime.CompilerServices;

namespace Pare.Kernels.Channels;

/// <summary>Four vectors of channels.</summary>
internal struct FourVectors<TLanes, TVector>(TVector a, TVector b, TVector c, TVector d) : IVectors<FourVectors<TLanes, TVector>,
    TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    public TVector A = a, B = b, C = c, D = d;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors<TLanes, TVector> Load(ref readonly float source, nint offset) => new(
            TLanes.Load(in source, offset),
            TLanes.Load(in source, offset + TLanes.Count),
            TLanes.Load(in source, offset + (2 * TLanes.Count)),
            TLanes.Load(in source, offset + (3 * TLanes.Count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors<TLanes, TVector> Load(ref readonly float source, nint offset, nint last) => new(
            TLanes.Load(in source, offset),
            TLanes.Load(in source, offset + TLanes.Count),
            TLanes.Load(in source, offset + (2 * TLanes.Count)),
            TLanes.Load(in source, offset + last));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors<TLanes, TVector> Zero() =>
        new(TLanes.Broadcast(0f), TLanes.Broadcast(0f), TLanes.Broadcast(0f), TLanes.Broadcast(0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors<TLanes, TVector> Add(FourVectors<TLanes, TVector> a, FourVectors<TLanes, TVector> b) =>
        new(TLanes.Add(a.A, b.A), TLanes.Add(a.B, b.B), TLanes.Add(a.C, b.C), TLanes.Add(a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourVectors<TLanes, TVector> LargerOrNaN(FourVectors<TLanes, TVector> a, FourVectors<TLanes, TVector> b) =>
        new(TLanes.LargerOrNaN(a.A, b.A), TLanes.LargerOrNaN(a.B, b.B),
            TLanes.LargerOrNaN(a.C, b.C), TLanes.LargerOrNaN(a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyAdd(FourVectors<TLanes, TVector> weights, TVector x, ref FourVectors<TLanes, TVector> sum)
    {
        sum.A = TLanes.MultiplyAdd(weights.A, x, sum.A);
        sum.B = TLanes.MultiplyAdd(weights.B, x, sum.B);
        sum.C = TLanes.MultiplyAdd(weights.C, x, sum.C);
        sum.D = TLanes.MultiplyAdd(weights.D, x, sum.D);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TPoint>(FourVectors<TLanes, TVector> sums, ref float target, nint last, TVector a, TVector b)
        where TPoint : struct, IPoint
    {
        TLanes.Store(TPoint.Apply<TLanes, TVector>(sums.A, a, b), ref target, 0);
        TLanes.Store(TPoint.Apply<TLanes, TVector>(sums.B, a, b), ref target, TLanes.Count);
        TLanes.Store(TPoint.Apply<TLanes, TVector>(sums.C, a, b), ref target, 2 * TLanes.Count);
        TLanes.Store(TPoint.Apply<TLanes, TVector>(sums.D, a, b), ref target, last);
    }
}
