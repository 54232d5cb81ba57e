using System.Runtime.CompilerServices;

namespace Pare.Kernels.Activations;

/// <summary>f(x) = x clip(x / 6 + 1/2, 0, 1); f' = 0 below -3, x / 3 + 1/2 within, 1 above 3.</summary>
internal readonly struct HardSwish : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.Multiply(x, HardSigmoid.Apply<TLanes, TVector>(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<TLanes, TVector>(TVector x, TVector g)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector inside = TLanes.MultiplyAdd(x, TLanes.Broadcast(1f / 3f), TLanes.Broadcast(0.5f));
        TVector slope = TLanes.IfAtMost(TLanes.Broadcast(3f), x, TLanes.Broadcast(1f), inside);
        return TLanes.Multiply(g, TLanes.UnlessAtMost(x, TLanes.Broadcast(-3f), slope));
    }
}
