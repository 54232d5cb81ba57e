namespace Pare.Kernels;

/// <summary>
/// One row of a kernel's register tile: neighbouring pixels or taps, a vector each. Kernels are written once over this interface,
/// and the JIT keeps every field in a register.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
/// <typeparam name="TLanes">The vector's operations.</typeparam>
/// <typeparam name="TVector">The hardware vector.</typeparam>
internal interface IColumns<TSelf, TLanes, TVector>
    where TSelf : struct
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    static abstract TSelf Broadcast(TVector value);

    /// <summary>The vectors at offset, offset + step and so on.</summary>
    static abstract TSelf Load(ref readonly float source, nint offset, nint step);

    static abstract void Store(TSelf columns, ref float target, nint offset, nint step);

    static abstract TSelf Add(TSelf a, TSelf b);

    /// <summary>Of each column, sum += x w.</summary>
    static abstract void MultiplyAdd(TSelf x, TVector w, ref TSelf sum);
}
