using System.Runtime.CompilerServices;

namespace Pare.Kernels;

/// <summary>
/// One vector a pair of pixels: of each lane's 32 bits the first pixel's bfloat16 is the lower half and the second's the upper one, so
/// that a shift and a mask widen them, and no lane has to move.
/// </summary>
internal readonly struct BFloat16Storage : IStorage
{
    public static bool InPlace
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Length(int lanes) => (lanes + (2 * Simd.Lanes) - 1) / (2 * Simd.Lanes) * Simd.Lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector First, TVector Second) Load<TLanes, TVector>(ref readonly float source, nint offset)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector pair = TLanes.Load(in source, offset >> 1);
        return (TLanes.WidenLower(pair), TLanes.WidenUpper(pair));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector LoadLast<TLanes, TVector>(ref readonly float source, nint offset)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.WidenLower(TLanes.Load(in source, offset >> 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TLanes, TVector>(TVector first, TVector second, ref float target, nint offset)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.Store(TLanes.Narrow(first, second), ref target, offset >> 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLast<TLanes, TVector>(TVector value, ref float target, nint offset)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => Store<TLanes, TVector>(value, value, ref target, offset);
}
