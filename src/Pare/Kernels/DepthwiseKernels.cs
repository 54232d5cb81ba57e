using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Kernels;

/// <summary>
/// Convolution of one plane with one filter, as a list of taps like <see cref="ConvolutionKernels"/>. With a single
/// output there is no reuse of a loaded pixel between outputs, so the tile is eight pixels by one output and each
/// multiply-add takes its pixel straight from memory.
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
        ref float weight = ref MemoryMarshal.GetReference(weights[..offsets.Length]);
        TVector b = TLanes.Broadcast(bias);
        nint step = shape.SourceStep, to = shape.TargetStep, taps = offsets.Length;
        int pixels = shape.Pixels, fetches = 1 + Fetches(shape.SourceStep);
        bool accumulate = shape.Accumulates;
        for (nint row = 0; row < shape.Rows; row++)
        {
            ref float first = ref Unsafe.Add(ref MemoryMarshal.GetReference(source), row * shape.SourceRow);
            ref float y = ref Unsafe.Add(ref MemoryMarshal.GetReference(target), row * shape.TargetRow);
            int x = 0;
            for (; x + 8 <= pixels; x += 8)
            {
                TVector a0 = b, a1 = b, a2 = b, a3 = b, a4 = b, a5 = b, a6 = b, a7 = b;
                ref float pixel = ref Unsafe.Add(ref first, x * step);
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

                nint at = x * to;
                Store<TLanes, TVector>(a0, ref y, at, accumulate);
                Store<TLanes, TVector>(a1, ref y, at + to, accumulate);
                Store<TLanes, TVector>(a2, ref y, at + (2 * to), accumulate);
                Store<TLanes, TVector>(a3, ref y, at + (3 * to), accumulate);
                Store<TLanes, TVector>(a4, ref y, at + (4 * to), accumulate);
                Store<TLanes, TVector>(a5, ref y, at + (5 * to), accumulate);
                Store<TLanes, TVector>(a6, ref y, at + (6 * to), accumulate);
                Store<TLanes, TVector>(a7, ref y, at + (7 * to), accumulate);
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WeightGradient<TLanes,
        TVector>(ReadOnlySpan<float> dY, ReadOnlySpan<float> source, ReadOnlySpan<int> offsets, ReadOnlySpan<float> laneMask,
        Span<float> dW, in CorrelationShape shape, Prefetcher ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        ref float gradient = ref MemoryMarshal.GetReference(dY);
        ref float first = ref MemoryMarshal.GetReference(source);
        TVector mask = TLanes.Load(ref MemoryMarshal.GetReference(laneMask[..TLanes.Count]), 0);
        int taps = offsets.Length, rows = shape.Rows, pixels = shape.Pixels, fetches = 2 * Fetches(shape.SourceStep);
        nint sourceStep = shape.SourceStep, lanes = TLanes.Count;
        Span<float> sums = stackalloc float[9];

        // Nine taps a pass, a whole 3x3 filter. A short last group repeats its last tap; the copies are not written.
        for (int t = 0; t < taps; t += 9)
        {
            int last = Math.Min(8, taps - t - 1);
            ReadOnlySpan<int> group = offsets[t..];
            nint t0 = group[0], t1 = group[Math.Min(1, last)], t2 = group[Math.Min(2, last)], t3 = group[Math.Min(3, last)],
                t4 = group[Math.Min(4, last)];
            nint t5 = group[Math.Min(5, last)], t6 = group[Math.Min(6, last)], t7 = group[Math.Min(7, last)], t8 = group[last];
            TVector a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default,
                a8 = default;
            for (nint row = 0; row < rows; row++)
            {
                ref float g = ref Unsafe.Add(ref gradient, row * shape.GradientRow);
                ref float s = ref Unsafe.Add(ref first, row * shape.SourceRow);
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

            sums[0] = TLanes.Sum(TLanes.And(a0, mask));
            sums[1] = TLanes.Sum(TLanes.And(a1, mask));
            sums[2] = TLanes.Sum(TLanes.And(a2, mask));
            sums[3] = TLanes.Sum(TLanes.And(a3, mask));
            sums[4] = TLanes.Sum(TLanes.And(a4, mask));
            sums[5] = TLanes.Sum(TLanes.And(a5, mask));
            sums[6] = TLanes.Sum(TLanes.And(a6, mask));
            sums[7] = TLanes.Sum(TLanes.And(a7, mask));
            sums[8] = TLanes.Sum(TLanes.And(a8, mask));
            for (int i = 0; i <= last; i++) dW[t + i] += sums[i];
        }
    }

    // With a stride there is less to compute for each line that the next plane has.
    private static int Fetches(int sourceStep)
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
