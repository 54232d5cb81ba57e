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
    /// <summary>Computes all channels of some rows.</summary>
    /// <param name="blocks">The channels.</param>
    /// <param name="source">The map that is read, begun at the first channel of the first output pixel's window.</param>
    /// <param name="taps">From there on, the distance of each place of the filter.</param>
    /// <param name="weights"><c>[tap][channel]</c>.</param>
    /// <param name="bias"><c>[channel]</c>.</param>
    /// <param name="target">The map that is written, begun at the first channel of the first output pixel.</param>
    /// <param name="shape">Rows, pixels and strides.</param>
    /// <param name="a">The function's first constant.</param>
    /// <param name="b">The function's second constant.</param>
    /// <typeparam name="TPoint">What is applied to the sums.</typeparam>
    public static void Apply<TPoint>(
        ReadOnlySpan<ChannelBlock> blocks, ref readonly float source, ReadOnlySpan<int> taps, ReadOnlySpan<float> weights,
        ReadOnlySpan<float> bias, ref float target, in FilterShape shape, float a, float b)
        where TPoint : struct, IPoint
    {
        foreach (ref readonly ChannelBlock block in blocks)
        {
            for (int i = 0; i < block.Vectors; i++)
            {
                int channel = block.Start + (i == block.Vectors - 1 ? block.Last : i * block.Lanes);
                if (block.Lanes == 16)
                    Vector<Lanes16, Vector512<float>, TPoint>(channel, in source, taps, weights, bias, ref target, shape, a, b);
                else if (block.Lanes == 8)
                    Vector<Lanes8, Vector256<float>, TPoint>(channel, in source, taps, weights, bias, ref target, shape, a, b);
                else if (block.Lanes == 4)
                    Vector<Lanes4, Vector128<float>, TPoint>(channel, in source, taps, weights, bias, ref target, shape, a, b);
                else Vector<Lanes1, float, TPoint>(channel, in source, taps, weights, bias, ref target, shape, a, b);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Vector<TLanes, TVector, TPoint>(
        nint channel, ref readonly float source, ReadOnlySpan<int> taps, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias,
        ref float target, in FilterShape shape, float a, float b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TPoint : struct, IPoint
    {
        weights = weights[..(taps.Length * bias.Length)];
        nint channels = bias.Length, step = shape.SourceStep, to = shape.TargetStep;
        int pixels = shape.Pixels;
        bool sharesPixels = ThreeByThree.Direction(taps, shape.SourceStep) > 0;
        ref float w = ref Unsafe.Add(ref MemoryMarshal.GetReference(weights), channel);
        TVector shift = TLanes.Load(in MemoryMarshal.GetReference(bias), channel);
        for (nint row = 0; row < shape.Rows; row++)
        {
            ref float x = ref Unsafe.Add(ref Unsafe.AsRef(in source), channel + (row * shape.SourceRow));
            ref float y = ref Unsafe.Add(ref target, channel + (row * shape.TargetRow));
            nint p = 0;

            // Of three to seven pixels that are left, a tile computes some again.
            while (pixels - p > 2 && pixels >= 8)
            {
                p = Math.Min(p, pixels - 8);
                if (sharesPixels)
                    EightOfThreeRows<TLanes, TVector, TPoint>(ref Unsafe.Add(ref x, p * step), taps, step, ref w, channels, shift,
                        ref Unsafe.Add(ref y, p * to), to, a, b);
                else
                    Eight<TLanes, TVector, TPoint>(ref Unsafe.Add(ref x, p * step), taps, step, ref w, channels, shift,
                        ref Unsafe.Add(ref y, p * to), to, a, b);
                p += 8;
            }

            for (; p < pixels; p++)
            {
                ref float pixel = ref Unsafe.Add(ref x, p * step);
                TVector sum = shift;
                nint at = 0;
                foreach (int tap in taps)
                {
                    sum = TLanes.MultiplyAdd(TLanes.Load(in w, at), TLanes.Load(in pixel, tap), sum);
                    at += channels;
                }

                TLanes.Store(TPoint.Apply<TLanes, TVector>(sum, TLanes.Broadcast(a), TLanes.Broadcast(b)), ref y, p * to);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightOfThreeRows<TLanes, TVector, TPoint>(ref float pixel, ReadOnlySpan<int> taps, nint step, ref float weight,
        nint channels, TVector shift, ref float y, nint to, float a, float b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TPoint : struct, IPoint
    {
        TVector y0 = shift, y1 = shift, y2 = shift, y3 = shift, y4 = shift, y5 = shift, y6 = shift, y7 = shift;
        for (int t = 0; t < taps.Length; t += 3)
        {
            ThreeByThree.AddRow<TLanes, TVector>(ref Unsafe.Add(ref pixel, taps[t]), step, TLanes.Load(ref weight, 0),
                TLanes.Load(ref weight, channels), TLanes.Load(ref weight, 2 * channels), ref y0, ref y1, ref y2, ref y3, ref y4, ref y5,
                ref y6, ref y7);
            weight = ref Unsafe.Add(ref weight, 3 * channels);
        }

        Store<TLanes, TVector, TPoint>(y0, y1, y2, y3, y4, y5, y6, y7, ref y, to, a, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eight<TLanes, TVector, TPoint>(ref float pixel, ReadOnlySpan<int> taps, nint step, ref float weight,
        nint channels, TVector shift, ref float y, nint to, float a, float b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TPoint : struct, IPoint
    {
        TVector y0 = shift, y1 = shift, y2 = shift, y3 = shift, y4 = shift, y5 = shift, y6 = shift, y7 = shift;
        foreach (int tap in taps)
        {
            ref float x = ref Unsafe.Add(ref pixel, tap);
            TVector w = TLanes.Load(ref weight, 0);
            y0 = TLanes.MultiplyAdd(w, TLanes.Load(ref x, 0), y0);
            y1 = TLanes.MultiplyAdd(w, TLanes.Load(ref x, step), y1);
            y2 = TLanes.MultiplyAdd(w, TLanes.Load(ref x, 2 * step), y2);
            y3 = TLanes.MultiplyAdd(w, TLanes.Load(ref x, 3 * step), y3);
            y4 = TLanes.MultiplyAdd(w, TLanes.Load(ref x, 4 * step), y4);
            y5 = TLanes.MultiplyAdd(w, TLanes.Load(ref x, 5 * step), y5);
            y6 = TLanes.MultiplyAdd(w, TLanes.Load(ref x, 6 * step), y6);
            y7 = TLanes.MultiplyAdd(w, TLanes.Load(ref x, 7 * step), y7);
            weight = ref Unsafe.Add(ref weight, channels);
        }

        Store<TLanes, TVector, TPoint>(y0, y1, y2, y3, y4, y5, y6, y7, ref y, to, a, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes, TVector, TPoint>(TVector y0, TVector y1, TVector y2, TVector y3, TVector y4, TVector y5, TVector y6,
        TVector y7, ref float y, nint to, float a, float b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TPoint : struct, IPoint
    {
        TVector first = TLanes.Broadcast(a), second = TLanes.Broadcast(b);
        TLanes.Store(TPoint.Apply<TLanes, TVector>(y0, first, second), ref y, 0);
        TLanes.Store(TPoint.Apply<TLanes, TVector>(y1, first, second), ref y, to);
        TLanes.Store(TPoint.Apply<TLanes, TVector>(y2, first, second), ref y, 2 * to);
        TLanes.Store(TPoint.Apply<TLanes, TVector>(y3, first, second), ref y, 3 * to);
        TLanes.Store(TPoint.Apply<TLanes, TVector>(y4, first, second), ref y, 4 * to);
        TLanes.Store(TPoint.Apply<TLanes, TVector>(y5, first, second), ref y, 5 * to);
        TLanes.Store(TPoint.Apply<TLanes, TVector>(y6, first, second), ref y, 6 * to);
        TLanes.Store(TPoint.Apply<TLanes, TVector>(y7, first, second), ref y, 7 * to);
    }
}
