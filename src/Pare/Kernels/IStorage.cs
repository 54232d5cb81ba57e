namespace Pare.Kernels;

/// <summary>
/// How the lanes of neighbouring pixels lie in a map, so that loops over maps are written once. Maps are walked in pairs of pixels; offsets
/// are in lanes from the first pixel, which begins a pair.
/// </summary>
internal interface IStorage
{
    /// <summary>Whether what an operation computes lies where it is kept, so that storing it is nothing more.</summary>
    static abstract bool InPlace { get; }

    /// <summary>Floats of memory that so many lanes take, whole pairs.</summary>
    static abstract int Length(int lanes);

    /// <summary>Two pixels.</summary>
    static abstract (TVector First, TVector Second) Load<TLanes, TVector>(ref readonly float source, nint offset)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct;

    /// <summary>The first pixel of a pair, the last that is wanted.</summary>
    static abstract TVector LoadLast<TLanes, TVector>(ref readonly float source, nint offset)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct;

    /// <summary>Two pixels.</summary>
    static abstract void Store<TLanes, TVector>(TVector first, TVector second, ref float target, nint offset)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct;

    /// <summary>The first pixel of a pair, the last of the map.</summary>
    static abstract void StoreLast<TLanes, TVector>(TVector value, ref float target, nint offset)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct;
}
