using System.Runtime.CompilerServices;

namespace Pare.Kernels.Activations;

/// <summary>f(x) = clip(x / 6 + 1/2, 0, 1); f' = 1/6 within (-3, 3).</summary>
internal readonly struct HardSigmoid : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.Min(TLanes.Broadcast(1f),
            TLanes.Max(TLanes.Broadcast(0f), TLanes.MultiplyAdd(x, TLanes.Broadcast(1f / 6f), TLanes.Broadcast(0.5f))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<TLanes, TVector>(TVector x, TVector g)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector inside = TLanes.UnlessAtMost(x, TLanes.Broadcast(-3f), TLanes.UnlessAtMost(TLanes.Broadcast(3f), x, g));
        return TLanes.Multiply(inside, TLanes.Broadcast(1f / 6f));
    }
}
