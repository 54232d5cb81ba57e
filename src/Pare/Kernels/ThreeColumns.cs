using System.Runtime.CompilerServices;

namespace Pare.Kernels;

/// <summary>A register tile of three columns.</summary>
internal struct ThreeColumns<TLanes, TVector>(TVector a, TVector b, TVector c) : IColumns<ThreeColumns<TLanes, TVector>, TLanes,
    TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    public TVector A = a, B = b, C = c;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ThreeColumns<TLanes, TVector> Broadcast(TVector value) => new(value, value, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ThreeColumns<TLanes, TVector> Load(ref readonly float source, nint offset, nint step) =>
        new(TLanes.Load(in source, offset), TLanes.Load(in source, offset + step), TLanes.Load(in source, offset + (2 * step)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ThreeColumns<TLanes, TVector> columns, ref float target, nint offset, nint step)
    {
        TLanes.Store(columns.A, ref target, offset);
        TLanes.Store(columns.B, ref target, offset + step);
        TLanes.Store(columns.C, ref target, offset + (2 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ThreeColumns<TLanes, TVector> Add(ThreeColumns<TLanes, TVector> a, ThreeColumns<TLanes, TVector> b) =>
        new(TLanes.Add(a.A, b.A), TLanes.Add(a.B, b.B), TLanes.Add(a.C, b.C));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyAdd(ThreeColumns<TLanes, TVector> x, TVector w, ref ThreeColumns<TLanes, TVector> sum)
    {
        sum.A = TLanes.MultiplyAdd(x.A, w, sum.A);
        sum.B = TLanes.MultiplyAdd(x.B, w, sum.B);
        sum.C = TLanes.MultiplyAdd(x.C, w, sum.C);
    }
}
