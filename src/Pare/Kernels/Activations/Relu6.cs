using System.Runtime.CompilerServices;

namespace Pare.Kernels.Activations;

/// <summary>f(x) = min(max(x, 0), 6).</summary>
internal readonly struct Relu6 : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.Min(TLanes.Broadcast(6f), TLanes.Max(TLanes.Broadcast(0f), x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<TLanes, TVector>(TVector x, TVector g)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.UnlessAtMost(x, TLanes.Broadcast(0f), TLanes.UnlessAtMost(TLanes.Broadcast(6f), x, g));
}
