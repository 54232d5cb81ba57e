namespace Pare.Kernels;

/// <summary>One activation function as a struct, so that the elementwise loops are specialised for it.</summary>
internal interface IActivation
{
    /// <summary>f(x).</summary>
    static abstract TVector Apply<TLanes, TVector>(TVector x)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct;

    /// <summary>g f'(x).</summary>
    static abstract TVector Backward<TLanes, TVector>(TVector x, TVector g)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct;
}
