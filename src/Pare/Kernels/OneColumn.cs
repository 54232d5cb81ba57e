using System.Runtime.CompilerServices;

namespace Pare.Kernels;

/// <summary>A register tile of one column.</summary>
internal struct OneColumn<TLanes, TVector>(TVector a) : IColumns<OneColumn<TLanes, TVector>, TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    public TVector A = a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneColumn<TLanes, TVector> Broadcast(TVector value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneColumn<TLanes, TVector> Load(ref readonly float source, nint offset, nint step) =>
        new(TLanes.Load(in source, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(OneColumn<TLanes, TVector> columns, ref float target, nint offset, nint step)
    {
        TLanes.Store(columns.A, ref target, offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneColumn<TLanes, TVector> Add(OneColumn<TLanes, TVector> a, OneColumn<TLanes, TVector> b) =>
        new(TLanes.Add(a.A, b.A));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyAdd(OneColumn<TLanes, TVector> x, TVector w, ref OneColumn<TLanes, TVector> sum)
    {
        sum.A = TLanes.MultiplyAdd(x.A, w, sum.A);
    }
}
