namespace Pare.Kernels.Channels;

/// <summary>An elementwise function with two constants. What is not a number stays so.</summary>
internal interface IPoint
{
    static abstract TVector Apply<TLanes, TVector>(TVector x, TVector a, TVector b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct;
}
