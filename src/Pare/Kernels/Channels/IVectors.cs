namespace Pare.Kernels.Channels;

/// <summary>A few vectors of channels of one pixel: one row of a register tile.</summary>
internal interface IVectors<TSelf, TLanes, TVector>
    where TSelf : struct
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    static abstract int Count { get; }

    /// <summary>Vectors that lie one after the other.</summary>
    static abstract TSelf Load(ref readonly float source, nint offset);

    /// <summary>Vectors one after the other from the offset on, the last of them <paramref name="last"/> floats behind it.</summary>
    static abstract TSelf Load(ref readonly float source, nint offset, nint last);

    static abstract TSelf Zero();

    static abstract TSelf Add(TSelf a, TSelf b);

    static abstract TSelf LargerOrNaN(TSelf a, TSelf b);

    /// <summary>sum += weights x.</summary>
    static abstract void MultiplyAdd(TSelf weights, TVector x, ref TSelf sum);

    /// <summary>Vectors one after the other, the last of them at <paramref name="last"/>, after a function of each.</summary>
    static abstract void Store<TPoint>(TSelf sums, ref float target, nint last, TVector a, TVector b)
        where TPoint : struct, IPoint;
}
