using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Kernels.Channels;

/// <summary>
/// Convolution of maps stored <c>[row][column][channel]</c>, a lane a channel: y[p][o] = f(bias[o] + sum over taps t of w[t][o] x[p + t]).
/// A tap is one value of the map, at a distance from the output pixel's first that is the same for all pixels; maps carry their borders, so
/// no tap needs a test.
/// </summary>
internal static class ChannelConvolution
{
    /// <summary>Pixels of a register tile.</summary>
    public const int TilePixels = 6;

    /// <summary>Vectors of a register tile: 24 sums of 32 registers, or 12 of 16.</summary>
    public static int MostVectors => Simd.HasManyRegisters ? 4 : 2;

    /// <summary>Computes one block of channels for some pixels.</summary>
    /// <param name="block">The channels.</param>
    /// <param name="source">The map that is read.</param>
    /// <param name="sources">Where in it each output pixel's window begins.</param>
    /// <param name="filter">What is read from there on.</param>
    /// <param name="weights"><c>[tap][weight of the block]</c>.</param>
    /// <param name="bias"><c>[weight of the block]</c>.</param>
    /// <param name="target">The map that is written, begun at its first channel.</param>
    /// <param name="targets">Where in it each output pixel lies.</param>
    /// <param name="a">The function's first constant.</param>
    /// <param name="b">The function's second constant.</param>
    /// <typeparam name="TPoint">What is applied to the sums.</typeparam>
    public static void Apply<TPoint>(
        in ChannelBlock block, ref readonly float source, ReadOnlySpan<int> sources, in ChannelFilter filter, ReadOnlySpan<float> weights,
        ReadOnlySpan<float> bias,
        ref float target, ReadOnlySpan<int> targets, float a, float b)
        where TPoint : struct, IPoint
    {
        ref float to = ref Unsafe.Add(ref target, block.Start);
        if (block.Lanes == 16)
            Pick<Lanes16, Vector512<float>, TPoint>(block, in source, sources, filter, weights, bias, ref to, targets, a, b);
        else if (block.Lanes == 8)
            Pick<Lanes8, Vector256<float>, TPoint>(block, in source, sources, filter, weights, bias, ref to, targets, a, b);
        else if (block.Lanes == 4)
            Pick<Lanes4, Vector128<float>, TPoint>(block, in source, sources, filter, weights, bias, ref to, targets, a, b);
        else Pick<Lanes1, float, TPoint>(block, in source, sources, filter, weights, bias, ref to, targets, a, b);
    }

    private static void Pick<TLanes, TVector, TPoint>(
        in ChannelBlock block, ref readonly float source, ReadOnlySpan<int> sources, in ChannelFilter filter, ReadOnlySpan<float> weights,
        ReadOnlySpan<float> bias,
        ref float target, ReadOnlySpan<int> targets, float a, float b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TPoint : struct, IPoint
    {
        nint last = block.Last;
        switch (block.Vectors)
        {
            case 4:
                Tiles<TLanes, TVector, FourVectors<TLanes, TVector>,
                TPoint>(in source, sources, filter, weights, bias, ref target, targets, last, a, b); break;
            case 3:
                Tiles<TLanes, TVector, ThreeVectors<TLanes, TVector>,
                TPoint>(in source, sources, filter, weights, bias, ref target, targets, last, a, b); break;
            case 2:
                Tiles<TLanes, TVector, TwoVectors<TLanes, TVector>,
                TPoint>(in source, sources, filter, weights, bias, ref target, targets, last, a, b); break;
            default:
                Tiles<TLanes, TVector, OneVector<TLanes, TVector>,
                TPoint>(in source, sources, filter, weights, bias, ref target, targets, last, a, b); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tiles<TLanes, TVector, TVectors, TPoint>(
        ref readonly float source, ReadOnlySpan<int> sources, in ChannelFilter filter, ReadOnlySpan<float> weights,
        ReadOnlySpan<float> bias,
        ref float target, ReadOnlySpan<int> targets, nint last, float a, float b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TVectors : struct, IVectors<TVectors, TLanes, TVector>
        where TPoint : struct, IPoint
    {
        int pixels = sources.Length, p = 0;
        targets = targets[..pixels];
        weights = weights[..(filter.Runs.Length * filter.Length * TVectors.Count * TLanes.Count)];

        // Of three to five pixels that are left, a tile computes some again.
        while (pixels - p > 2 && pixels >= TilePixels)
        {
            p = Math.Min(p, pixels - TilePixels);
            Tile<TLanes, TVector, TVectors,
                TPoint>(in source, sources.Slice(p, TilePixels), filter, weights, bias, ref target, targets.Slice(p, TilePixels), last, a,
                b);
            p += TilePixels;
        }

        for (; p < pixels; p++)
            Single<TLanes, TVector, TVectors,
                TPoint>(in Unsafe.Add(ref Unsafe.AsRef(in source), sources[p]), filter, weights, bias,
                ref Unsafe.Add(ref target, targets[p]), last, a, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile<TLanes, TVector, TVectors, TPoint>(
        ref readonly float source, ReadOnlySpan<int> sources, in ChannelFilter filter, ReadOnlySpan<float> weights,
        ReadOnlySpan<float> bias,
        ref float target, ReadOnlySpan<int> targets, nint last, float a, float b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TVectors : struct, IVectors<TVectors, TLanes, TVector>
        where TPoint : struct, IPoint
    {
        ref float map = ref Unsafe.AsRef(in source);
        ref float x0 = ref Unsafe.Add(ref map, sources[0]);
        ref float x1 = ref Unsafe.Add(ref map, sources[1]);
        ref float x2 = ref Unsafe.Add(ref map, sources[2]);
        ref float x3 = ref Unsafe.Add(ref map, sources[3]);
        ref float x4 = ref Unsafe.Add(ref map, sources[4]);
        ref float x5 = ref Unsafe.Add(ref map, sources[5]);
        TVectors y0 = TVectors.Load(in MemoryMarshal.GetReference(bias), 0), y1 = y0, y2 = y0, y3 = y0, y4 = y0, y5 = y0;
        ref float w = ref MemoryMarshal.GetReference(weights);
        nint width = TVectors.Count * TLanes.Count;
        foreach (int run in filter.Runs)
        {
            nint t = run, end = run + filter.Length;
            for (; t + 1 < end; t += 2)
            {
                AddTap<TLanes, TVector, TVectors>(TVectors.Load(in w, 0), t, ref x0, ref x1, ref x2, ref x3, ref x4, ref x5,
                    ref y0, ref y1, ref y2, ref y3, ref y4, ref y5);
                AddTap<TLanes, TVector, TVectors>(TVectors.Load(in w, width), t + 1, ref x0, ref x1, ref x2, ref x3, ref x4, ref x5,
                    ref y0, ref y1, ref y2, ref y3, ref y4, ref y5);
                w = ref Unsafe.Add(ref w, 2 * width);
            }

            if (t < end)
            {
                AddTap<TLanes, TVector, TVectors>(TVectors.Load(in w, 0), t, ref x0, ref x1, ref x2, ref x3, ref x4, ref x5,
                    ref y0, ref y1, ref y2, ref y3, ref y4, ref y5);
                w = ref Unsafe.Add(ref w, width);
            }
        }

        TVector first = TLanes.Broadcast(a), second = TLanes.Broadcast(b);
        TVectors.Store<TPoint>(y0, ref Unsafe.Add(ref target, targets[0]), last, first, second);
        TVectors.Store<TPoint>(y1, ref Unsafe.Add(ref target, targets[1]), last, first, second);
        TVectors.Store<TPoint>(y2, ref Unsafe.Add(ref target, targets[2]), last, first, second);
        TVectors.Store<TPoint>(y3, ref Unsafe.Add(ref target, targets[3]), last, first, second);
        TVectors.Store<TPoint>(y4, ref Unsafe.Add(ref target, targets[4]), last, first, second);
        TVectors.Store<TPoint>(y5, ref Unsafe.Add(ref target, targets[5]), last, first, second);
    }

    // One tap of six pixels.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTap<TLanes, TVector, TVectors>(
        TVectors weights, nint tap, ref float x0, ref float x1, ref float x2, ref float x3, ref float x4, ref float x5,
        ref TVectors y0, ref TVectors y1, ref TVectors y2, ref TVectors y3, ref TVectors y4, ref TVectors y5)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TVectors : struct, IVectors<TVectors, TLanes, TVector>
    {
        TVectors.MultiplyAdd(weights, TLanes.Broadcast(Unsafe.Add(ref x0, tap)), ref y0);
        TVectors.MultiplyAdd(weights, TLanes.Broadcast(Unsafe.Add(ref x1, tap)), ref y1);
        TVectors.MultiplyAdd(weights, TLanes.Broadcast(Unsafe.Add(ref x2, tap)), ref y2);
        TVectors.MultiplyAdd(weights, TLanes.Broadcast(Unsafe.Add(ref x3, tap)), ref y3);
        TVectors.MultiplyAdd(weights, TLanes.Broadcast(Unsafe.Add(ref x4, tap)), ref y4);
        TVectors.MultiplyAdd(weights, TLanes.Broadcast(Unsafe.Add(ref x5, tap)), ref y5);
    }

    // Four sums in turn: one alone would wait for itself at every tap.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Single<TLanes, TVector, TVectors, TPoint>(
        ref readonly float source, in ChannelFilter filter, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, ref float target,
        nint last, float a, float b)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TVectors : struct, IVectors<TVectors, TLanes, TVector>
        where TPoint : struct, IPoint
    {
        ref float x = ref Unsafe.AsRef(in source);
        TVectors y0 = TVectors.Load(in MemoryMarshal.GetReference(bias), 0), y1 = TVectors.Zero(), y2 = y1, y3 = y1;
        ref float w = ref MemoryMarshal.GetReference(weights);
        nint width = TVectors.Count * TLanes.Count;
        foreach (int run in filter.Runs)
        {
            nint t = run, end = run + filter.Length;
            for (; t < end - 3; t += 4)
            {
                TVectors.MultiplyAdd(TVectors.Load(in w, 0), TLanes.Broadcast(Unsafe.Add(ref x, t)), ref y0);
                TVectors.MultiplyAdd(TVectors.Load(in w, width), TLanes.Broadcast(Unsafe.Add(ref x, t + 1)), ref y1);
                TVectors.MultiplyAdd(TVectors.Load(in w, 2 * width), TLanes.Broadcast(Unsafe.Add(ref x, t + 2)), ref y2);
                TVectors.MultiplyAdd(TVectors.Load(in w, 3 * width), TLanes.Broadcast(Unsafe.Add(ref x, t + 3)), ref y3);
                w = ref Unsafe.Add(ref w, 4 * width);
            }

            for (; t < end; t++)
            {
                TVectors.MultiplyAdd(TVectors.Load(in w, 0), TLanes.Broadcast(Unsafe.Add(ref x, t)), ref y0);
                w = ref Unsafe.Add(ref w, width);
            }
        }

        TVectors.Store<TPoint>(TVectors.Add(TVectors.Add(y0, y1), TVectors.Add(y2, y3)), ref target, last, TLanes.Broadcast(a),
            TLanes.Broadcast(b));
    }
}
