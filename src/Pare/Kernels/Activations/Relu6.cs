using System.Runtime.CompilerServices;

namespace Pare.Kernels.Activations;

/// <summary>f(x) = min(max(x, 0), 6).</summary>
internal readonly struct Relu6 : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.Min(TLanes.Max(x, TLanes.Broadcast(0f)), TLanes.Broadcast(6f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<TLanes, TVector>(TVector x, TVector g)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.WhereGreater(x, TLanes.Broadcast(0f), TLanes.WhereGreater(TLanes.Broadcast(6f), x, g));
}
