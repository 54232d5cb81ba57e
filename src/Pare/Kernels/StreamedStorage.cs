using System.Runtime.CompilerServices;

namespace Pare.Kernels;

/// <summary>
/// <see cref="Float32Storage"/>, stored past the caches. The thread that has stored them reads them as they are; another one after it has
/// met the first at a barrier, whose atomic operation waits for such stores, too.
/// </summary>
internal readonly struct StreamedStorage : IStorage
{
    public static bool InPlace
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Length(int lanes) => Float32Storage.Length(lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector First, TVector Second) Load<TLanes, TVector>(ref readonly float source, nint offset)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => Float32Storage.Load<TLanes, TVector>(in source, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector LoadLast<TLanes, TVector>(ref readonly float source, nint offset)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => Float32Storage.LoadLast<TLanes, TVector>(in source, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TLanes, TVector>(TVector first, TVector second, ref float target, nint offset)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TLanes.StoreNonTemporal(first, ref target, offset);
        TLanes.StoreNonTemporal(second, ref target, offset + TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLast<TLanes, TVector>(TVector value, ref float target, nint offset)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.StoreNonTemporal(value, ref target, offset);
}
