using System.Runtime.CompilerServices;

namespace Pare.Kernels.Channels;

/// <summary>One vector of channels.</summary>
internal struct OneVector<TLanes, TVector>(TVector a) : IVectors<OneVector<TLanes, TVector>, TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    public TVector A = a;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneVector<TLanes, TVector> Load(ref readonly float source, nint offset) => new(TLanes.Load(in source, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneVector<TLanes, TVector> Load(ref readonly float source, nint offset, nint last) =>
        new(TLanes.Load(in source, offset + last));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneVector<TLanes, TVector> Zero() => new(TLanes.Broadcast(0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneVector<TLanes, TVector> Add(OneVector<TLanes, TVector> a, OneVector<TLanes, TVector> b) => new(TLanes.Add(a.A, b.A));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneVector<TLanes, TVector> LargerOrNaN(OneVector<TLanes, TVector> a, OneVector<TLanes, TVector> b) =>
        new(TLanes.LargerOrNaN(a.A, b.A));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyAdd(OneVector<TLanes, TVector> weights, TVector x, ref OneVector<TLanes, TVector> sum)
    {
        sum.A = TLanes.MultiplyAdd(weights.A, x, sum.A);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TPoint>(OneVector<TLanes, TVector> sums, ref float target, nint last, TVector a, TVector b)
        where TPoint : struct, IPoint
    {
        TLanes.Store(TPoint.Apply<TLanes, TVector>(sums.A, a, b), ref target, last);
    }
}
