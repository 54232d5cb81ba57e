using System.Runtime.CompilerServices;

namespace Pare.Kernels;

/// <summary>A register tile of two columns.</summary>
internal struct TwoColumns<TLanes, TVector>(TVector a, TVector b) : IColumns<TwoColumns<TLanes, TVector>, TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    public TVector A = a, B = b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoColumns<TLanes, TVector> Broadcast(TVector value) => new(value, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoColumns<TLanes, TVector> Load(ref readonly float source, nint offset, nint step) =>
        new(TLanes.Load(in source, offset), TLanes.Load(in source, offset + step));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TwoColumns<TLanes, TVector> columns, ref float target, nint offset, nint step)
    {
        TLanes.Store(columns.A, ref target, offset);
        TLanes.Store(columns.B, ref target, offset + step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoColumns<TLanes, TVector> Add(TwoColumns<TLanes, TVector> a, TwoColumns<TLanes, TVector> b) =>
        new(TLanes.Add(a.A, b.A), TLanes.Add(a.B, b.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyAdd(TwoColumns<TLanes, TVector> x, TVector w, ref TwoColumns<TLanes, TVector> sum)
    {
        sum.A = TLanes.MultiplyAdd(x.A, w, sum.A);
        sum.B = TLanes.MultiplyAdd(x.B, w, sum.B);
    }
}
