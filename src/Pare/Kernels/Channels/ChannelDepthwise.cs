using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Kernels.Channels;

/// <summary>
/// Depthwise convolution of maps stored <c>[row][column][channel]</c>, a lane a channel: y[p][c] = f(bias[c] + sum over taps t of w[t][c]
/// x[p + t][c]).
/// </summary>
internal static class ChannelDepthwise
{
    /// <summary>Computes all channels of some pixels.</summary>
    /// <param name="blocks">The channels.</param>
    /// <param name="source">The map that is read.</param>
    /// <param name="sources">Where in it each output pixel's window begins.</param>
    /// <param name="taps">From there on, the distance of each place of the filter.</param>
    /// <param name="weights"><c>[tap][channel]</c>.</param>
    /// <param name="bias"><c>[channel]</c>.</param>
    /// <param name="target">The map that is written.</param>
    /// <param name="targets">Where in it each output pixel lies.</param>
    /// <param name="a">The function's first constant.</param>
    /// <param name="b">The function's second constant.</param>
    /// <typeparam name="TPoint">What is applied to the sums.</typeparam>
    public static void Apply<TPoint>(
        ReadOnlySpan<ChannelBlock> blocks, ref readonly float source, ReadOnlySpan<int> sources, ReadOnlySpan<int> taps,
        ReadOnlySpan<float> weights, ReadOnlySpan<float> bias,
        ref float target, ReadOnlySpan<int> targets, float a, float b)
        where TPoint : struct, IPoint
    {
        foreach (ref readonly ChannelBlock block in blocks)
        {
            for (int i = 0; i < block.Vectors; i++)
            {
                int channel = block.Start + (i == block.Vectors - 1 ? block.Last : i * block.Lanes);
                if (block.Lanes == 16)
                    Vector<Lanes16, Vector512<float>, TPoint>(channel, in source, sources, taps, weights, bias, ref target, targets, a, b);
                else if (block.Lanes == 8)
                    Vector<Lanes8, Vector256<float>, TPoint>(channel, in source, sources, taps, weights, bias, ref target, targets, a, b);
                else if (block.Lanes == 4)
                    Vector<Lanes4, Vector128<float>, TPoint>(channel, in source, sources, taps, weights, bias, ref target, targets, a, b);
                else Vector<Lanes1, float, TPoint>(channel, in source, sources, taps, weights, bias, ref target, targets, a, b);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Vector<TLanes, TVector, TPoint>(
        nint channel, ref readonly float source, ReadOnlySpan<int> sources, ReadOnlySpan<int> taps, ReadOnlySpan<float> weights,
        ReadOnlySpan<float> bias,
        ref float target, ReadOnlySpan<int> targets, float a, float b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TPoint : struct, IPoint
    {
        int pixels = sources.Length, p = 0;
        nint channels = bias.Length;
        targets = targets[..pixels];
        weights = weights[..(taps.Length * bias.Length)];
        ref float map = ref Unsafe.Add(ref Unsafe.AsRef(in source), channel);
        ref float y = ref Unsafe.Add(ref target, channel);
        ref float w = ref Unsafe.Add(ref MemoryMarshal.GetReference(weights), channel);
        TVector shift = TLanes.Load(in MemoryMarshal.GetReference(bias), channel), first = TLanes.Broadcast(a),
            second = TLanes.Broadcast(b);
        while (pixels - p > 2 && pixels >= 6)
        {
            p = Math.Min(p, pixels - 6);
            ref float x0 = ref Unsafe.Add(ref map, sources[p]);
            ref float x1 = ref Unsafe.Add(ref map, sources[p + 1]);
            ref float x2 = ref Unsafe.Add(ref map, sources[p + 2]);
            ref float x3 = ref Unsafe.Add(ref map, sources[p + 3]);
            ref float x4 = ref Unsafe.Add(ref map, sources[p + 4]);
            ref float x5 = ref Unsafe.Add(ref map, sources[p + 5]);
            TVector y0 = shift, y1 = shift, y2 = shift, y3 = shift, y4 = shift, y5 = shift;
            nint at = 0;
            foreach (int tap in taps)
            {
                TVector weight = TLanes.Load(in w, at);
                nint t = tap;
                y0 = TLanes.MultiplyAdd(weight, TLanes.Load(in x0, t), y0);
                y1 = TLanes.MultiplyAdd(weight, TLanes.Load(in x1, t), y1);
                y2 = TLanes.MultiplyAdd(weight, TLanes.Load(in x2, t), y2);
                y3 = TLanes.MultiplyAdd(weight, TLanes.Load(in x3, t), y3);
                y4 = TLanes.MultiplyAdd(weight, TLanes.Load(in x4, t), y4);
                y5 = TLanes.MultiplyAdd(weight, TLanes.Load(in x5, t), y5);
                at += channels;
            }

            TLanes.Store(TPoint.Apply<TLanes, TVector>(y0, first, second), ref y, targets[p]);
            TLanes.Store(TPoint.Apply<TLanes, TVector>(y1, first, second), ref y, targets[p + 1]);
            TLanes.Store(TPoint.Apply<TLanes, TVector>(y2, first, second), ref y, targets[p + 2]);
            TLanes.Store(TPoint.Apply<TLanes, TVector>(y3, first, second), ref y, targets[p + 3]);
            TLanes.Store(TPoint.Apply<TLanes, TVector>(y4, first, second), ref y, targets[p + 4]);
            TLanes.Store(TPoint.Apply<TLanes, TVector>(y5, first, second), ref y, targets[p + 5]);
            p += 6;
        }

        for (; p < pixels; p++)
        {
            ref float x = ref Unsafe.Add(ref map, sources[p]);
            TVector sum = shift;
            nint at = 0;
            foreach (int tap in taps)
            {
                sum = TLanes.MultiplyAdd(TLanes.Load(in w, at), TLanes.Load(in x, tap), sum);
                at += channels;
            }

            TLanes.Store(TPoint.Apply<TLanes, TVector>(sum, first, second), ref y, targets[p]);
        }
    }
}
