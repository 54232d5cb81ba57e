using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Kernels;

/// <summary>
/// Convolution of one plane with one filter, as a list of taps like <see cref="ConvolutionKernels"/>. With a single
/// output there is no reuse of a loaded pixel between outputs, so the tile is eight pixels by one output and each
/// multiply-add takes its pixel straight from memory. Where a filter of 3x3 goes from pixel to pixel, neighbouring outputs share what they
/// read: a loaded pixel then serves three multiply-adds.
/// </summary>
internal static class DepthwiseKernels
{
    /// <summary>
    /// y[row][x] = bias + sum over taps t of w[t] source[offset[t] + row sourceRow + x sourceStep], or added to y when the shape
    /// accumulates.
    /// </summary>
    /// <param name="source">Padded plane, begun at the first pixel that offset 0 stands for.</param>
    /// <param name="offsets">In floats, one a tap.</param>
    /// <param name="weights">One a tap.</param>
    /// <param name="bias">Added to every output.</param>
    /// <param name="target">First pixel of the first row.</param>
    /// <param name="shape">Rows, pixels and strides.</param>
    /// <param name="ahead">What to fetch meanwhile.</param>
    public static void Apply(ReadOnlySpan<float> source, ReadOnlySpan<int> offsets, ReadOnlySpan<float> weights, float bias,
        Span<float> target, in FilterShape shape, Prefetcher ahead)
    {
        // The loops below index without checks.
        source = source[..shape.SourceLength(offsets)];
        target = target[..shape.TargetLength(planes: 1)];
        weights = weights[..offsets.Length];
        if (Vector512.IsHardwareAccelerated) Apply<Lanes16, Vector512<float>>(source, offsets, weights, bias, target, shape, ahead);
        else if (Simd.Lanes == 8) Apply<Lanes8, Vector256<float>>(source, offsets, weights, bias, target, shape, ahead);
        else Apply<Lanes4, Vector128<float>>(source, offsets, weights, bias, target, shape, ahead);
    }

    /// <summary>dW[t] += sum over rows, pixels and lanes of dY[row][x] source[offset[t] + row sourceRow + x sourceStep].</summary>
    public static void WeightGradient(ReadOnlySpan<float> dY, ReadOnlySpan<float> source, ReadOnlySpan<int> offsets,
        ReadOnlySpan<float> laneMask, Span<float> dW, in CorrelationShape shape, Prefetcher ahead)
    {
        // The loops below index without checks.
        dY = dY[..shape.GradientLength(planes: 1)];
        source = source[..shape.SourceLength(offsets)];
        if (Vector512.IsHardwareAccelerated) WeightGradient<Lanes16, Vector512<float>>(dY, source, offsets, laneMask, dW, shape, ahead);
        else if (Simd.Lanes == 8) WeightGradient<Lanes8, Vector256<float>>(dY, source, offsets, laneMask, dW, shape, ahead);
        else WeightGradient<Lanes4, Vector128<float>>(dY, source, offsets, laneMask, dW, shape, ahead);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Apply<TLanes,
        TVector>(ReadOnlySpan<float> source, ReadOnlySpan<int> offsets, ReadOnlySpan<float> weights, float bias, Span<float> target,
        in FilterShape shape, Prefetcher ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        ref int offset = ref MemoryMarshal.GetReference(offsets);
        ref float weight = ref MemoryMarshal.GetReference(weights);
        TVector b = TLanes.Broadcast(bias);
        nint step = shape.SourceStep, to = shape.TargetStep, taps = offsets.Length, direction = Direction(offsets, shape.SourceStep);
        int pixels = shape.Pixels, fetches = Prefetcher.Lines(1 + Area(shape.SourceStep));
        bool accumulate = shape.Accumulates;
        for (nint row = 0; row < shape.Rows; row++)
        {
            ref float first = ref Unsafe.Add(ref MemoryMarshal.GetReference(source), row * shape.SourceRow);
            ref float y = ref Unsafe.Add(ref MemoryMarshal.GetReference(target), row * shape.TargetRow);
            int x = 0;

            // Of three to seven pixels that are left, a tile computes some again, unless they are added to what is there.
            while (pixels - x > 2 && (x + 8 <= pixels || (pixels >= 8 && !accumulate)))
            {
                x = Math.Min(x, pixels - 8);

                // Taps that go from right to left begin with the last of the pixels, so that the order of a sum stays that of its taps.
                if (direction > 0)
                    EightOfThreeRows<TLanes, TVector>(ref Unsafe.Add(ref first, x * TLanes.Count), ref offset, TLanes.Count, ref weight,
                        b, ref Unsafe.Add(ref y, x * to), to, accumulate, ahead);
                else if (direction < 0)
                    EightOfThreeRows<TLanes, TVector>(ref Unsafe.Add(ref first, (x + 7) * TLanes.Count), ref offset, -TLanes.Count,
                        ref weight, b, ref Unsafe.Add(ref y, (x + 7) * to), -to, accumulate, ahead);
                else
                    Eight<TLanes, TVector>(ref Unsafe.Add(ref first, x * step), ref offset, taps, step, ref weight, b,
                        ref Unsafe.Add(ref y, x * to), to, accumulate, ahead, fetches);
                x += 8;
            }

            for (; x + 2 <= pixels; x += 2)
            {
                TVector a0 = b, a1 = b;
                ref float pixel = ref Unsafe.Add(ref first, x * step);
                for (nint t = 0; t < taps; t++)
                {
                    ref float tap = ref Unsafe.Add(ref pixel, Unsafe.Add(ref offset, t));
                    TVector w = TLanes.Broadcast(Unsafe.Add(ref weight, t));
                    a0 = TLanes.MultiplyAdd(w, TLanes.Load(ref tap, 0), a0);
                    a1 = TLanes.MultiplyAdd(w, TLanes.Load(ref tap, step), a1);
                }

                Store<TLanes, TVector>(a0, ref y, x * to, accumulate);
                Store<TLanes, TVector>(a1, ref y, (x + 1) * to, accumulate);
            }

            if (x < pixels)
            {
                TVector a = b;
                ref float pixel = ref Unsafe.Add(ref first, x * step);
                for (nint t = 0; t < taps; t++)
                    a = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref weight, t)), TLanes.Load(ref pixel, Unsafe.Add(ref offset, t)),
                        a);
                Store<TLanes, TVector>(a, ref y, x * to, accumulate);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight<TLanes, TVector>(ref float pixel, ref int offset, nint taps, nint step, ref float weight, TVector bias,
        ref float y, nint to, bool accumulate, Prefetcher ahead, int fetches)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector a0 = bias, a1 = bias, a2 = bias, a3 = bias, a4 = bias, a5 = bias, a6 = bias, a7 = bias;
        nint line = ahead.Take((int)taps * fetches, out int lineStep);
        for (nint t = 0; t < taps; t++)
        {
            for (int f = 0; f < fetches; f++, line += lineStep) Prefetcher.Fetch(line);
            ref float tap = ref Unsafe.Add(ref pixel, Unsafe.Add(ref offset, t));
            TVector w = TLanes.Broadcast(Unsafe.Add(ref weight, t));
            a0 = TLanes.MultiplyAdd(w, TLanes.Load(ref tap, 0), a0);
            a1 = TLanes.MultiplyAdd(w, TLanes.Load(ref tap, step), a1);
            a2 = TLanes.MultiplyAdd(w, TLanes.Load(ref tap, 2 * step), a2);
            a3 = TLanes.MultiplyAdd(w, TLanes.Load(ref tap, 3 * step), a3);
            a4 = TLanes.MultiplyAdd(w, TLanes.Load(ref tap, 4 * step), a4);
            a5 = TLanes.MultiplyAdd(w, TLanes.Load(ref tap, 5 * step), a5);
            a6 = TLanes.MultiplyAdd(w, TLanes.Load(ref tap, 6 * step), a6);
            a7 = TLanes.MultiplyAdd(w, TLanes.Load(ref tap, 7 * step), a7);
        }

        StoreEight<TLanes, TVector>(a0, a1, a2, a3, a4, a5, a6, a7, ref y, to, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void EightOfThreeRows<TLanes, TVector>(ref float pixel, ref int offset, nint step, ref float weight, TVector bias,
        ref float y, nint to, bool accumulate, Prefetcher ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector a0 = bias, a1 = bias, a2 = bias, a3 = bias, a4 = bias, a5 = bias, a6 = bias, a7 = bias;
        nint line = ahead.Take(9 * TLanes.Count / 8, out int lineStep);
        for (nint t = 0; t < 9; t += 3)
        {
            // As many lines as the bytes of a vector ask for.
            Prefetcher.FetchThree(ref line, lineStep);
            if (TLanes.Count > 8) Prefetcher.FetchThree(ref line, lineStep);
            ref float s = ref Unsafe.Add(ref pixel, Unsafe.Add(ref offset, t));
            ThreeByThree.AddRow<TLanes, TVector>(ref s, step, TLanes.Broadcast(Unsafe.Add(ref weight, t)),
                TLanes.Broadcast(Unsafe.Add(ref weight, t + 1)), TLanes.Broadcast(Unsafe.Add(ref weight, t + 2)), ref a0, ref a1, ref a2,
                ref a3, ref a4, ref a5, ref a6, ref a7);
        }

        StoreEight<TLanes, TVector>(a0, a1, a2, a3, a4, a5, a6, a7, ref y, to, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreEight<TLanes, TVector>(TVector a0, TVector a1, TVector a2, TVector a3, TVector a4, TVector a5, TVector a6,
        TVector a7, ref float y, nint to, bool accumulate)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        if (accumulate)
        {
            a0 = TLanes.Add(a0, TLanes.Load(ref y, 0));
            a1 = TLanes.Add(a1, TLanes.Load(ref y, to));
            a2 = TLanes.Add(a2, TLanes.Load(ref y, 2 * to));
            a3 = TLanes.Add(a3, TLanes.Load(ref y, 3 * to));
            a4 = TLanes.Add(a4, TLanes.Load(ref y, 4 * to));
            a5 = TLanes.Add(a5, TLanes.Load(ref y, 5 * to));
            a6 = TLanes.Add(a6, TLanes.Load(ref y, 6 * to));
            a7 = TLanes.Add(a7, TLanes.Load(ref y, 7 * to));
        }

        TLanes.Store(a0, ref y, 0);
        TLanes.Store(a1, ref y, to);
        TLanes.Store(a2, ref y, 2 * to);
        TLanes.Store(a3, ref y, 3 * to);
        TLanes.Store(a4, ref y, 4 * to);
        TLanes.Store(a5, ref y, 5 * to);
        TLanes.Store(a6, ref y, 6 * to);
        TLanes.Store(a7, ref y, 7 * to);
    }

    // Nine taps a pass, a whole 3x3 filter.
    private static void WeightGradient<TLanes,
        TVector>(ReadOnlySpan<float> dY, ReadOnlySpan<float> source, ReadOnlySpan<int> offsets, ReadOnlySpan<float> laneMask,
        Span<float> dW, in CorrelationShape shape, Prefetcher ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector mask = TLanes.Load(ref MemoryMarshal.GetReference(laneMask[..TLanes.Count]), 0);
        for (int t = 0; t < offsets.Length; t += 9)
        {
            ReadOnlySpan<int> taps = offsets.Slice(t, Math.Min(9, offsets.Length - t));
            if (Direction(taps, shape.SourceStep) > 0)
                ThreeRows<TLanes, TVector>(dY, source, taps, mask, dW.Slice(t, 9), shape, ahead);
            else NineTaps<TLanes, TVector>(dY, source, taps, mask, dW.Slice(t, taps.Length), shape, ahead);
        }
    }

    // Up to nine taps. Where there are fewer, the last is repeated; the copies are not written.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NineTaps<TLanes, TVector>(ReadOnlySpan<float> dY, ReadOnlySpan<float> source, ReadOnlySpan<int> taps, TVector mask,
        Span<float> dW, in CorrelationShape shape, Prefetcher ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int last = taps.Length - 1, pixels = shape.Pixels, fetches = Prefetcher.Lines(2 * Area(shape.SourceStep));
        nint t0 = taps[0], t1 = taps[Math.Min(1, last)], t2 = taps[Math.Min(2, last)], t3 = taps[Math.Min(3, last)],
            t4 = taps[Math.Min(4, last)];
        nint t5 = taps[Math.Min(5, last)], t6 = taps[Math.Min(6, last)], t7 = taps[Math.Min(7, last)], t8 = taps[last];
        nint sourceStep = shape.SourceStep, lanes = TLanes.Count;
        TVector a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default,
            a8 = default;
        for (nint row = 0; row < shape.Rows; row++)
        {
            ref float g = ref Unsafe.Add(ref MemoryMarshal.GetReference(dY), row * shape.GradientRow);
            ref float s = ref Unsafe.Add(ref MemoryMarshal.GetReference(source), row * shape.SourceRow);
            nint line = ahead.Take(fetches * pixels, out int lineStep);
            for (int x = 0; x < pixels; x++)
            {
                for (int f = 0; f < fetches; f++, line += lineStep) Prefetcher.Fetch(line);
                TVector v = TLanes.Load(ref g, 0);
                a0 = TLanes.MultiplyAdd(v, TLanes.Load(ref s, t0), a0);
                a1 = TLanes.MultiplyAdd(v, TLanes.Load(ref s, t1), a1);
                a2 = TLanes.MultiplyAdd(v, TLanes.Load(ref s, t2), a2);
                a3 = TLanes.MultiplyAdd(v, TLanes.Load(ref s, t3), a3);
                a4 = TLanes.MultiplyAdd(v, TLanes.Load(ref s, t4), a4);
                a5 = TLanes.MultiplyAdd(v, TLanes.Load(ref s, t5), a5);
                a6 = TLanes.MultiplyAdd(v, TLanes.Load(ref s, t6), a6);
                a7 = TLanes.MultiplyAdd(v, TLanes.Load(ref s, t7), a7);
                a8 = TLanes.MultiplyAdd(v, TLanes.Load(ref s, t8), a8);
                g = ref Unsafe.Add(ref g, lanes);
                s = ref Unsafe.Add(ref s, sourceStep);
            }
        }

        AddSums<TLanes, TVector>(a0, a1, a2, a3, mask, dW);
        if (last > 3) AddSums<TLanes, TVector>(a4, a5, a6, a7, mask, dW[4..]);
        if (last == 8) dW[8] += TLanes.Sum(TLanes.And(a8, mask));
    }

    // Three rows of three neighbouring taps: two of the three pixels that a row of them reads were there for the output before.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ThreeRows<TLanes, TVector>(ReadOnlySpan<float> dY, ReadOnlySpan<float> source, ReadOnlySpan<int> taps, TVector mask,
        Span<float> dW, in CorrelationShape shape, Prefetcher ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int pixels = shape.Pixels;
        nint t0 = taps[0], t1 = taps[3], t2 = taps[6], lanes = TLanes.Count;
        TVector a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default,
            a8 = default;
        for (nint row = 0; row < shape.Rows; row++)
        {
            ref float g = ref Unsafe.Add(ref MemoryMarshal.GetReference(dY), row * shape.GradientRow);
            ref float s0 = ref Unsafe.Add(ref MemoryMarshal.GetReference(source), (row * shape.SourceRow) + t0);
            ref float s1 = ref Unsafe.Add(ref MemoryMarshal.GetReference(source), (row * shape.SourceRow) + t1);
            ref float s2 = ref Unsafe.Add(ref MemoryMarshal.GetReference(source), (row * shape.SourceRow) + t2);
            TVector left0 = TLanes.Load(ref s0, 0), left1 = TLanes.Load(ref s1, 0), left2 = TLanes.Load(ref s2, 0);
            TVector middle0 = TLanes.Load(ref s0, lanes), middle1 = TLanes.Load(ref s1, lanes), middle2 = TLanes.Load(ref s2, lanes);
            nint line = ahead.Take(TLanes.Count > 8 ? 2 * pixels : pixels, out int lineStep), end = pixels * lanes;
            for (nint x = 0; x < end; x += lanes)
            {
                Prefetcher.Fetch(line);
                line += lineStep;
                if (TLanes.Count > 8)
                {
                    Prefetcher.Fetch(line);
                    line += lineStep;
                }

                TVector v = TLanes.Load(ref g, x);
                a0 = TLanes.MultiplyAdd(v, left0, a0);
                a1 = TLanes.MultiplyAdd(v, middle0, a1);
                left0 = middle0;
                middle0 = TLanes.Load(ref s0, x + (2 * lanes));
                a2 = TLanes.MultiplyAdd(v, middle0, a2);
                a3 = TLanes.MultiplyAdd(v, left1, a3);
                a4 = TLanes.MultiplyAdd(v, middle1, a4);
                left1 = middle1;
                middle1 = TLanes.Load(ref s1, x + (2 * lanes));
                a5 = TLanes.MultiplyAdd(v, middle1, a5);
                a6 = TLanes.MultiplyAdd(v, left2, a6);
                a7 = TLanes.MultiplyAdd(v, middle2, a7);
                left2 = middle2;
                middle2 = TLanes.Load(ref s2, x + (2 * lanes));
                a8 = TLanes.MultiplyAdd(v, middle2, a8);
            }
        }

        AddSums<TLanes, TVector>(a0, a1, a2, a3, mask, dW);
        AddSums<TLanes, TVector>(a4, a5, a6, a7, mask, dW[4..]);
        dW[8] += TLanes.Sum(TLanes.And(a8, mask));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSums<TLanes, TVector>(TVector a, TVector b, TVector c, TVector d, TVector mask, Span<float> dW)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        Vector128<float> sums = TLanes.SumEach(TLanes.And(a, mask), TLanes.And(b, mask), TLanes.And(c, mask), TLanes.And(d, mask));
        for (int i = 0; i < Math.Min(4, dW.Length); i++) dW[i] += sums[i];
    }

    // Only neighbouring pixels lie at a distance that is a constant.
    private static int Direction(ReadOnlySpan<int> offsets, int sourceStep) =>
        sourceStep == Simd.Lanes ? ThreeByThree.Direction(offsets, sourceStep) : 0;

    // With a stride there is less to compute for each line that the next plane has.
    private static int Area(int sourceStep)
    {
        int stride = sourceStep / Simd.Lanes;
        return stride * stride;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes, TVector>(TVector a, ref float y, nint at, bool accumulate)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.Store(accumulate ? TLanes.Add(a, TLanes.Load(ref y, at)) : a, ref y, at);
}
