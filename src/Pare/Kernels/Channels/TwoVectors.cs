using System.Runtime.CompilerServices;

namespace Pare.Kernels.Channels;

/// <summary>Two vectors of channels.</summary>
internal struct TwoVectors<TLanes, TVector>(TVector a, TVector b) : IVectors<TwoVectors<TLanes, TVector>, TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    public TVector A = a, B = b;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoVectors<TLanes, TVector> Load(ref readonly float source, nint offset) =>
        new(TLanes.Load(in source, offset), TLanes.Load(in source, offset + TLanes.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoVectors<TLanes, TVector> Load(ref readonly float source, nint offset, nint last) =>
        new(TLanes.Load(in source, offset), TLanes.Load(in source, offset + last));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoVectors<TLanes, TVector> Zero() => new(TLanes.Broadcast(0f), TLanes.Broadcast(0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoVectors<TLanes, TVector> Add(TwoVectors<TLanes, TVector> a, TwoVectors<TLanes, TVector> b) =>
        new(TLanes.Add(a.A, b.A), TLanes.Add(a.B, b.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoVectors<TLanes, TVector> LargerOrNaN(TwoVectors<TLanes, TVector> a, TwoVectors<TLanes, TVector> b) =>
        new(TLanes.LargerOrNaN(a.A, b.A), TLanes.LargerOrNaN(a.B, b.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyAdd(TwoVectors<TLanes, TVector> weights, TVector x, ref TwoVectors<TLanes, TVector> sum)
    {
        sum.A = TLanes.MultiplyAdd(weights.A, x, sum.A);
        sum.B = TLanes.MultiplyAdd(weights.B, x, sum.B);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TPoint>(TwoVectors<TLanes, TVector> sums, ref float target, nint last, TVector a, TVector b)
        where TPoint : struct, IPoint
    {
        TLanes.Store(TPoint.Apply<TLanes, TVector>(sums.A, a, b), ref target, 0);
        TLanes.Store(TPoint.Apply<TLanes, TVector>(sums.B, a, b), ref target, last);
    }
}
