using System.Runtime.CompilerServices;

namespace Pare.Kernels.Activations;

/// <summary>f(x) = max(x, 0).</summary>
internal readonly struct Relu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.Max(TLanes.Broadcast(0f), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<TLanes, TVector>(TVector x, TVector g)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.UnlessAtMost(x, TLanes.Broadcast(0f), g);
}
