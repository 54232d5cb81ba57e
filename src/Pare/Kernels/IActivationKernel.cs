namespace Pare.Kernels;

/// <summary>An elementwise loop that is specialised for the vector width and for the activation function.</summary>
internal interface IActivationKernel
{
    void Run<TLanes, TVector, TActivation>()
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TActivation : struct, IActivation;
}
