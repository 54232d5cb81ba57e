using System.Runtime.CompilerServices;
using Pare.Kernels.Activations;

namespace Pare.Kernels.Channels;

// Max and Min give their second operand where one is not a number: so the bound stands first.

/// <summary>x.</summary>
internal readonly struct IdentityPoint : IPoint
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x, TVector a, TVector b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => x;
}

/// <summary>min(max(x, a), b); with infinite bounds it is x.</summary>
internal readonly struct ClipPoint : IPoint
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x, TVector a, TVector b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.Min(b, TLanes.Max(a, x));
}

/// <summary>clip(x / 6 + 1/2, 0, 1).</summary>
internal readonly struct HardSigmoidPoint : IPoint
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x, TVector a, TVector b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.Min(TLanes.Broadcast(1f),
            TLanes.Max(TLanes.Broadcast(0f), TLanes.MultiplyAdd(x, TLanes.Broadcast(1f / 6f), TLanes.Broadcast(0.5f))));
}

/// <summary>x hard_sigmoid(x).</summary>
internal readonly struct HardSwishPoint : IPoint
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x, TVector a, TVector b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.Multiply(x, HardSigmoidPoint.Apply<TLanes, TVector>(x, a, b));
}

/// <summary>x from 0 on, a x below.</summary>
internal readonly struct LeakyReluPoint : IPoint
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x, TVector a, TVector b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector zero = TLanes.Broadcast(0f);
        return TLanes.MultiplyAdd(a, TLanes.Min(zero, x), TLanes.Max(zero, x));
    }
}

/// <summary>x from 0 on, a (exp(x) - 1) below.</summary>
internal readonly struct EluPoint : IPoint
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x, TVector a, TVector b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector zero = TLanes.Broadcast(0f);
        return TLanes.MultiplyAdd(a, TLanes.Subtract(TLanes.Exp(TLanes.Min(zero, x)), TLanes.Broadcast(1f)), TLanes.Max(zero, x));
    }
}

/// <summary>1 / (1 + exp(-x)).</summary>
internal readonly struct SigmoidPoint : IPoint
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x, TVector a, TVector b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => Sigmoid.Apply<TLanes, TVector>(x);
}

/// <summary>x sigmoid(x).</summary>
internal readonly struct SiluPoint : IPoint
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x, TVector a, TVector b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => Silu.Apply<TLanes, TVector>(x);
}

/// <summary>tanh(x) = 2 sigmoid(2 x) - 1.</summary>
internal readonly struct TanhPoint : IPoint
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x, TVector a, TVector b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector s = Sigmoid.Apply<TLanes, TVector>(TLanes.Add(x, x));
        return TLanes.Subtract(TLanes.Add(s, s), TLanes.Broadcast(1f));
    }
}

/// <summary>a clip(round(x / a), -128 - b, 127 - b), of two nearest integers the even one.</summary>
internal readonly struct FakeQuantizePoint : IPoint
{
    // A number so large that the steps between its neighbours are 1: what is added to it is rounded.
    private const float Rounding = 1.5f * (1 << 23);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x, TVector a, TVector b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector steps = ClipPoint.Apply<TLanes, TVector>(TLanes.Divide(x, a), TLanes.Subtract(TLanes.Broadcast(sbyte.MinValue), b),
            TLanes.Subtract(TLanes.Broadcast(sbyte.MaxValue), b));
        TVector rounding = TLanes.Broadcast(Rounding);
        return TLanes.Multiply(TLanes.Subtract(TLanes.Add(steps, rounding), rounding), a);
    }
}
