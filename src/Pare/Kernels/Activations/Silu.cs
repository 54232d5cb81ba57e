using System.Runtime.CompilerServices;

namespace Pare.Kernels.Activations;

/// <summary>f(x) = x s(x) with s the sigmoid; f' = s + x s (1 - s).</summary>
internal readonly struct Silu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.Multiply(x, Sigmoid.Apply<TLanes, TVector>(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<TLanes, TVector>(TVector x, TVector g)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector s = Sigmoid.Apply<TLanes, TVector>(x);
        TVector slope = TLanes.MultiplyAdd(TLanes.Multiply(x, s), TLanes.Subtract(TLanes.Broadcast(1f), s), s);
        return TLanes.Multiply(g, slope);
    }
}
