using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Kernels;

/// <summary>
/// Convolution as a list of taps: a tap is one input channel at one place of the filter, given by its offset from the
/// first pixel that is read. Dense, grouped, strided and pointwise convolutions and their input gradients differ only in
/// that list, so one register-tiled loop serves them all. Source planes carry their padding, so no tap needs a border test.
/// </summary>
internal static class ConvolutionKernels
{
    /// <summary>Output channels that one pass over the taps computes; packed weights come in groups of it.</summary>
    public const int OutputBlock = 4;

    // Half of a first-level cache of 32 KB.
    private const int GradientFloats = 4096;

    /// <summary>
    /// y[o][row][x] = bias[o] + sum over taps t of w[t][o] source[offset[t] + row sourceRow + x sourceStep], or added to y when
    /// the shape accumulates.
    /// </summary>
    /// <param name="source">Padded planes, begun at the first pixel that offset 0 stands for.</param>
    /// <param name="offsets">In floats, one a tap.</param>
    /// <param name="weights"><c>[tap][4]</c>, zero where there are fewer outputs.</param>
    /// <param name="bias"><c>[4]</c>, or empty for none.</param>
    /// <param name="target">First pixel of the first row in the first of the output planes.</param>
    /// <param name="outputs">1 to 4 output planes.</param>
    /// <param name="shape">Rows, pixels and strides.</param>
    /// <param name="ahead">What to fetch meanwhile.</param>
    public static void Apply(ReadOnlySpan<float> source, ReadOnlySpan<int> offsets, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, Span<float> target, int outputs, in FilterShape shape, Prefetcher ahead)
    {
        if (Vector512.IsHardwareAccelerated) Apply<Lanes16, Vector512<float>>(source, offsets, weights, bias, target, outputs, shape, ahead);
        else if (Simd.Lanes == 8) Apply<Lanes8, Vector256<float>>(source, offsets, weights, bias, target, outputs, shape, ahead);
        else Apply<Lanes4, Vector128<float>>(source, offsets, weights, bias, target, outputs, shape, ahead);
    }

    /// <summary>
    /// dW[o][t] += sum over rows, pixels and lanes of dY[o][row][x] source[offset[t] + row sourceRow + x sourceStep].
    /// </summary>
    /// <param name="dY">Planes of the output gradient.</param>
    /// <param name="source">Padded planes as in <see cref="Apply"/>.</param>
    /// <param name="offsets">In floats, one a tap.</param>
    /// <param name="laneMask">All bits set in the lanes that hold an image.</param>
    /// <param name="dW"><c>[output][tap]</c>.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="shape">Rows, pixels and strides of the two maps.</param>
    /// <param name="ahead">What to fetch meanwhile.</param>
    public static void WeightGradient(ReadOnlySpan<float> dY, ReadOnlySpan<float> source, ReadOnlySpan<int> offsets, ReadOnlySpan<float> laneMask, Span<float> dW, int outputs, in CorrelationShape shape, Prefetcher ahead)
    {
        if (Vector512.IsHardwareAccelerated) WeightGradient<Lanes16, Vector512<float>>(dY, source, offsets, laneMask, dW, outputs, shape, ahead);
        else if (Simd.Lanes == 8) WeightGradient<Lanes8, Vector256<float>>(dY, source, offsets, laneMask, dW, outputs, shape, ahead);
        else WeightGradient<Lanes4, Vector128<float>>(dY, source, offsets, laneMask, dW, outputs, shape, ahead);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Apply<TLanes, TVector>(ReadOnlySpan<float> source, ReadOnlySpan<int> offsets, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, Span<float> target, int outputs, in FilterShape shape, Prefetcher ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        ref int offset = ref MemoryMarshal.GetReference(offsets);
        ref float weight = ref MemoryMarshal.GetReference(weights[..(offsets.Length * OutputBlock)]);
        TVector b0 = default, b1 = default, b2 = default, b3 = default;
        if (!bias.IsEmpty)
        {
            b0 = TLanes.Broadcast(bias[0]);
            b1 = TLanes.Broadcast(bias[1]);
            b2 = TLanes.Broadcast(bias[2]);
            b3 = TLanes.Broadcast(bias[3]);
        }

        nint step = shape.SourceStep, targetPlane = shape.TargetPlane, targetStep = shape.TargetStep;
        int taps = offsets.Length, pixels = shape.Pixels;
        bool accumulate = shape.Accumulates;
        for (nint row = 0; row < shape.Rows; row++)
        {
            ref float first = ref Unsafe.Add(ref MemoryMarshal.GetReference(source), row * shape.SourceRow);
            ref float y = ref Unsafe.Add(ref MemoryMarshal.GetReference(target), row * shape.TargetRow);
            int x = 0;
            for (; x + 4 <= pixels; x += 4)
            {
                TVector a00 = b0, a01 = b0, a02 = b0, a03 = b0;
                TVector a10 = b1, a11 = b1, a12 = b1, a13 = b1;
                TVector a20 = b2, a21 = b2, a22 = b2, a23 = b2;
                TVector a30 = b3, a31 = b3, a32 = b3, a33 = b3;
                ref float pixel = ref Unsafe.Add(ref first, x * step);
                ref float w = ref weight;
                nint line = ahead.Take(taps, out int lineStep);
                for (nint t = 0; t < taps; t++)
                {
                    Prefetcher.Fetch(line);
                    line += lineStep;
                    ref float tap = ref Unsafe.Add(ref pixel, Unsafe.Add(ref offset, t));
                    TVector s0 = TLanes.Load(ref tap, 0), s1 = TLanes.Load(ref tap, step);
                    TVector s2 = TLanes.Load(ref tap, 2 * step), s3 = TLanes.Load(ref tap, 3 * step);
                    TVector v = TLanes.Broadcast(w);
                    a00 = TLanes.MultiplyAdd(s0, v, a00);
                    a01 = TLanes.MultiplyAdd(s1, v, a01);
                    a02 = TLanes.MultiplyAdd(s2, v, a02);
                    a03 = TLanes.MultiplyAdd(s3, v, a03);
                    v = TLanes.Broadcast(Unsafe.Add(ref w, 1));
                    a10 = TLanes.MultiplyAdd(s0, v, a10);
                    a11 = TLanes.MultiplyAdd(s1, v, a11);
                    a12 = TLanes.MultiplyAdd(s2, v, a12);
                    a13 = TLanes.MultiplyAdd(s3, v, a13);
                    v = TLanes.Broadcast(Unsafe.Add(ref w, 2));
                    a20 = TLanes.MultiplyAdd(s0, v, a20);
                    a21 = TLanes.MultiplyAdd(s1, v, a21);
                    a22 = TLanes.MultiplyAdd(s2, v, a22);
                    a23 = TLanes.MultiplyAdd(s3, v, a23);
                    v = TLanes.Broadcast(Unsafe.Add(ref w, 3));
                    a30 = TLanes.MultiplyAdd(s0, v, a30);
                    a31 = TLanes.MultiplyAdd(s1, v, a31);
                    a32 = TLanes.MultiplyAdd(s2, v, a32);
                    a33 = TLanes.MultiplyAdd(s3, v, a33);
                    w = ref Unsafe.Add(ref w, OutputBlock);
                }

                nint at = x * targetStep;
                Store4<TLanes, TVector>(a00, a01, a02, a03, ref y, at, targetStep, accumulate);
                if (outputs > 1) Store4<TLanes, TVector>(a10, a11, a12, a13, ref y, at + targetPlane, targetStep, accumulate);
                if (outputs > 2) Store4<TLanes, TVector>(a20, a21, a22, a23, ref y, at + (2 * targetPlane), targetStep, accumulate);
                if (outputs > 3) Store4<TLanes, TVector>(a30, a31, a32, a33, ref y, at + (3 * targetPlane), targetStep, accumulate);
            }

            for (; x + 2 <= pixels; x += 2)
            {
                TVector a00 = b0, a01 = b0, a10 = b1, a11 = b1, a20 = b2, a21 = b2, a30 = b3, a31 = b3;
                ref float pixel = ref Unsafe.Add(ref first, x * step);
                ref float w = ref weight;
                for (nint t = 0; t < taps; t++)
                {
                    ref float tap = ref Unsafe.Add(ref pixel, Unsafe.Add(ref offset, t));
                    TVector s0 = TLanes.Load(ref tap, 0), s1 = TLanes.Load(ref tap, step);
                    TVector v = TLanes.Broadcast(w);
                    a00 = TLanes.MultiplyAdd(s0, v, a00);
                    a01 = TLanes.MultiplyAdd(s1, v, a01);
                    v = TLanes.Broadcast(Unsafe.Add(ref w, 1));
                    a10 = TLanes.MultiplyAdd(s0, v, a10);
                    a11 = TLanes.MultiplyAdd(s1, v, a11);
                    v = TLanes.Broadcast(Unsafe.Add(ref w, 2));
                    a20 = TLanes.MultiplyAdd(s0, v, a20);
                    a21 = TLanes.MultiplyAdd(s1, v, a21);
                    v = TLanes.Broadcast(Unsafe.Add(ref w, 3));
                    a30 = TLanes.MultiplyAdd(s0, v, a30);
                    a31 = TLanes.MultiplyAdd(s1, v, a31);
                    w = ref Unsafe.Add(ref w, OutputBlock);
                }

                nint at = x * targetStep;
                Store2<TLanes, TVector>(a00, a01, ref y, at, targetStep, accumulate);
                if (outputs > 1) Store2<TLanes, TVector>(a10, a11, ref y, at + targetPlane, targetStep, accumulate);
                if (outputs > 2) Store2<TLanes, TVector>(a20, a21, ref y, at + (2 * targetPlane), targetStep, accumulate);
                if (outputs > 3) Store2<TLanes, TVector>(a30, a31, ref y, at + (3 * targetPlane), targetStep, accumulate);
            }

            if (x < pixels)
            {
                TVector a0 = b0, a1 = b1, a2 = b2, a3 = b3;
                ref float pixel = ref Unsafe.Add(ref first, x * step);
                ref float w = ref weight;
                for (nint t = 0; t < taps; t++)
                {
                    TVector s = TLanes.Load(ref pixel, Unsafe.Add(ref offset, t));
                    a0 = TLanes.MultiplyAdd(s, TLanes.Broadcast(w), a0);
                    a1 = TLanes.MultiplyAdd(s, TLanes.Broadcast(Unsafe.Add(ref w, 1)), a1);
                    a2 = TLanes.MultiplyAdd(s, TLanes.Broadcast(Unsafe.Add(ref w, 2)), a2);
                    a3 = TLanes.MultiplyAdd(s, TLanes.Broadcast(Unsafe.Add(ref w, 3)), a3);
                    w = ref Unsafe.Add(ref w, OutputBlock);
                }

                nint at = x * targetStep;
                Store<TLanes, TVector>(a0, ref y, at, accumulate);
                if (outputs > 1) Store<TLanes, TVector>(a1, ref y, at + targetPlane, accumulate);
                if (outputs > 2) Store<TLanes, TVector>(a2, ref y, at + (2 * targetPlane), accumulate);
                if (outputs > 3) Store<TLanes, TVector>(a3, ref y, at + (3 * targetPlane), accumulate);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WeightGradient<TLanes, TVector>(ReadOnlySpan<float> dY, ReadOnlySpan<float> source, ReadOnlySpan<int> offsets, ReadOnlySpan<float> laneMask, Span<float> dW, int outputs, in CorrelationShape shape, Prefetcher ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        ref float gradient = ref MemoryMarshal.GetReference(dY);
        ref float first = ref MemoryMarshal.GetReference(source);
        TVector mask = TLanes.Load(ref MemoryMarshal.GetReference(laneMask[..TLanes.Count]), 0);
        int taps = offsets.Length, rows = shape.Rows, pixels = shape.Pixels;
        nint sourceRow = shape.SourceRow, sourceStep = shape.SourceStep, gradientRow = shape.GradientRow, lanes = TLanes.Count;
        nint plane = shape.GradientPlane;

        // A few rows at a time, so that the four gradient planes stay in the first-level cache while all taps pass by.
        int rowsAtOnce = Math.Max(1, GradientFloats / (4 * pixels * (int)lanes));
        for (int begin = 0; begin < rows; begin += rowsAtOnce)
        {
            int end = Math.Min(rows, begin + rowsAtOnce);
            for (int o = 0; o < outputs; o += 4)
            {
                // A short last group repeats its last output or tap; what it computes twice is not written.
                int outputCount = Math.Min(4, outputs - o);
                nint o1 = Math.Min(1, outputCount - 1) * plane, o2 = Math.Min(2, outputCount - 1) * plane, o3 = (outputCount - 1) * plane;
                ref float gradientBlock = ref Unsafe.Add(ref gradient, o * plane);
                for (int t = 0; t < taps; t += 4)
                {
                    int tapCount = Math.Min(4, taps - t);
                    nint t0 = offsets[t], t1 = offsets[t + Math.Min(1, tapCount - 1)], t2 = offsets[t + Math.Min(2, tapCount - 1)], t3 = offsets[t + tapCount - 1];
                    TVector a00 = default, a01 = default, a02 = default, a03 = default;
                    TVector a10 = default, a11 = default, a12 = default, a13 = default;
                    TVector a20 = default, a21 = default, a22 = default, a23 = default;
                    TVector a30 = default, a31 = default, a32 = default, a33 = default;
                    for (nint row = begin; row < end; row++)
                    {
                        ref float g = ref Unsafe.Add(ref gradientBlock, row * gradientRow);
                        ref float s = ref Unsafe.Add(ref first, row * sourceRow);
                        nint line = ahead.Take(pixels, out int lineStep);
                        for (int x = 0; x < pixels; x++)
                        {
                            Prefetcher.Fetch(line);
                            line += lineStep;
                            TVector s0 = TLanes.Load(ref s, t0), s1 = TLanes.Load(ref s, t1), s2 = TLanes.Load(ref s, t2), s3 = TLanes.Load(ref s, t3);
                            TVector v = TLanes.Load(ref g, 0);
                            a00 = TLanes.MultiplyAdd(v, s0, a00);
                            a01 = TLanes.MultiplyAdd(v, s1, a01);
                            a02 = TLanes.MultiplyAdd(v, s2, a02);
                            a03 = TLanes.MultiplyAdd(v, s3, a03);
                            v = TLanes.Load(ref g, o1);
                            a10 = TLanes.MultiplyAdd(v, s0, a10);
                            a11 = TLanes.MultiplyAdd(v, s1, a11);
                            a12 = TLanes.MultiplyAdd(v, s2, a12);
                            a13 = TLanes.MultiplyAdd(v, s3, a13);
                            v = TLanes.Load(ref g, o2);
                            a20 = TLanes.MultiplyAdd(v, s0, a20);
                            a21 = TLanes.MultiplyAdd(v, s1, a21);
                            a22 = TLanes.MultiplyAdd(v, s2, a22);
                            a23 = TLanes.MultiplyAdd(v, s3, a23);
                            v = TLanes.Load(ref g, o3);
                            a30 = TLanes.MultiplyAdd(v, s0, a30);
                            a31 = TLanes.MultiplyAdd(v, s1, a31);
                            a32 = TLanes.MultiplyAdd(v, s2, a32);
                            a33 = TLanes.MultiplyAdd(v, s3, a33);
                            g = ref Unsafe.Add(ref g, lanes);
                            s = ref Unsafe.Add(ref s, sourceStep);
                        }
                    }

                    Span<float> target = dW[((o * taps) + t)..];
                    AddSums<TLanes, TVector>(a00, a01, a02, a03, mask, target, tapCount);
                    if (outputCount > 1) AddSums<TLanes, TVector>(a10, a11, a12, a13, mask, target[taps..], tapCount);
                    if (outputCount > 2) AddSums<TLanes, TVector>(a20, a21, a22, a23, mask, target[(2 * taps)..], tapCount);
                    if (outputCount > 3) AddSums<TLanes, TVector>(a30, a31, a32, a33, mask, target[(3 * taps)..], tapCount);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSums<TLanes, TVector>(TVector a, TVector b, TVector c, TVector d, TVector mask, Span<float> target, int count)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        Vector128<float> sums = TLanes.SumEach(TLanes.And(a, mask), TLanes.And(b, mask), TLanes.And(c, mask), TLanes.And(d, mask));
        if (count == 4)
        {
            (Vector128.Create<float>(target) + sums).CopyTo(target);
            return;
        }

        for (int i = 0; i < count; i++) target[i] += sums[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store4<TLanes, TVector>(TVector a, TVector b, TVector c, TVector d, ref float y, nint at, nint step, bool accumulate)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        Store2<TLanes, TVector>(a, b, ref y, at, step, accumulate);
        Store2<TLanes, TVector>(c, d, ref y, at + (2 * step), step, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store2<TLanes, TVector>(TVector a, TVector b, ref float y, nint at, nint step, bool accumulate)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        Store<TLanes, TVector>(a, ref y, at, accumulate);
        Store<TLanes, TVector>(b, ref y, at + step, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes, TVector>(TVector a, ref float y, nint at, bool accumulate)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.Store(accumulate ? TLanes.Add(a, TLanes.Load(ref y, at)) : a, ref y, at);
}
