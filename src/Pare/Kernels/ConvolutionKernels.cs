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
    // Half of a first-level cache of 32 KB.
    private const int GradientFloats = 4096;

    /// <summary>Outputs that have room in packed weights: whole groups of four.</summary>
    public static int PackedOutputs(int outputs) => (outputs + 3) & ~3;

    /// <summary>
    /// Where the weight of an output and a tap lies in packed weights: blocks of outputs, the tile's 8 or 4 and a last one of 4 if
    /// no more are left, each <c>[tap][output]</c>.
    /// </summary>
    public static int PackedIndex(int output, int outputs, int tap, int taps)
    {
        int tile = Simd.HasManyRegisters ? 8 : 4, first = output / tile * tile, width = outputs - first > 4 ? tile : 4;
        return (first * taps) + (tap * width) + (output - first);
    }

    /// <summary>
    /// y[o][row][x] = bias[o] + sum over taps t of w[t][o] source[offset[t] + row sourceRow + x sourceStep], or added to y when
    /// the shape accumulates.
    /// </summary>
    /// <param name="source">Padded planes, begun at the first pixel that offset 0 stands for.</param>
    /// <param name="offsets">In floats, one a tap.</param>
    /// <param name="weights">Packed: see <see cref="PackedIndex"/>.</param>
    /// <param name="bias">One an output, as many as <see cref="PackedOutputs"/> says, or empty for none.</param>
    /// <param name="target">First pixel of the first row in the first of the output planes.</param>
    /// <param name="outputs">Output planes.</param>
    /// <param name="shape">Rows, pixels and strides.</param>
    /// <param name="ahead">What to fetch meanwhile.</param>
    public static void Apply(ReadOnlySpan<float> source, ReadOnlySpan<int> offsets, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias,
        Span<float> target, int outputs, in FilterShape shape, Prefetcher ahead)
    {
        // The loops below index without checks.
        source = source[..shape.SourceLength(offsets)];
        target = target[..shape.TargetLength(outputs)];
        if (Vector512.IsHardwareAccelerated)
            Apply<Lanes16, Vector512<float>>(source, offsets, weights, bias, target, outputs, shape, ahead);
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
    public static void WeightGradient(ReadOnlySpan<float> dY, ReadOnlySpan<float> source, ReadOnlySpan<int> offsets,
        ReadOnlySpan<float> laneMask, Span<float> dW, int outputs, in CorrelationShape shape, Prefetcher ahead)
    {
        // The loops below index without checks.
        dY = dY[..shape.GradientLength(outputs)];
        source = source[..shape.SourceLength(offsets)];
        dW = dW[..checked(outputs * offsets.Length)];
        if (Vector512.IsHardwareAccelerated)
            WeightGradient<Lanes16, Vector512<float>>(dY, source, offsets, laneMask, dW, outputs, shape, ahead);
        else if (Simd.Lanes == 8) WeightGradient<Lanes8, Vector256<float>>(dY, source, offsets, laneMask, dW, outputs, shape, ahead);
        else WeightGradient<Lanes4, Vector128<float>>(dY, source, offsets, laneMask, dW, outputs, shape, ahead);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Apply<TLanes,
        TVector>(ReadOnlySpan<float> source, ReadOnlySpan<int> offsets, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias,
        Span<float> target, int outputs, in FilterShape shape, Prefetcher ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        weights = weights[..(PackedOutputs(outputs) * offsets.Length)];
        int pixels = shape.Pixels;
        for (nint row = 0; row < shape.Rows; row++)
        {
            ref float first = ref Unsafe.Add(ref MemoryMarshal.GetReference(source), row * shape.SourceRow);
            ref float y = ref Unsafe.Add(ref MemoryMarshal.GetReference(target), row * shape.TargetRow);
            nint x = 0, step = shape.SourceStep, to = shape.TargetStep;

            // Four pixels are left as two and two.
            for (; pixels - x >= 3 && pixels - x != 4; x += 3)
                Column<TLanes, TVector, ThreeColumns<TLanes,
                    TVector>>(ref Unsafe.Add(ref first, x * step), offsets, weights, bias, ref Unsafe.Add(ref y, x * to), outputs, shape,
                    ahead);
            for (; pixels - x >= 2; x += 2)
                Column<TLanes, TVector, TwoColumns<TLanes,
                    TVector>>(ref Unsafe.Add(ref first, x * step), offsets, weights, bias, ref Unsafe.Add(ref y, x * to), outputs, shape,
                    ahead);
            if (x < pixels)
                Column<TLanes, TVector, OneColumn<TLanes,
                    TVector>>(ref Unsafe.Add(ref first, x * step), offsets, weights, bias, ref Unsafe.Add(ref y, x * to), outputs, shape,
                    ahead);
        }
    }

    // All outputs of a few pixels: what the taps read of these stays in the first-level cache, and the weights stream past it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Column<TLanes, TVector,
        TColumns>(ref float source, ReadOnlySpan<int> offsets, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, ref float target,
        int outputs, in FilterShape shape, Prefetcher ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TColumns : struct, IColumns<TColumns, TLanes, TVector>
    {
        ref int offset = ref MemoryMarshal.GetReference(offsets);
        ref float w = ref MemoryMarshal.GetReference(weights);
        nint step = shape.SourceStep, to = shape.TargetStep, plane = shape.TargetPlane, taps = offsets.Length;
        bool accumulate = shape.Accumulates;
        int o = 0;
        for (; Simd.HasManyRegisters && outputs - o > 4; o += 8)
        {
            TColumns a0 = Bias<TLanes, TVector, TColumns>(bias, o), a1 = Bias<TLanes, TVector, TColumns>(bias, o + 1), a2 = Bias<TLanes,
                TVector, TColumns>(bias, o + 2), a3 = Bias<TLanes, TVector, TColumns>(bias, o + 3);
            TColumns a4 = Bias<TLanes, TVector, TColumns>(bias, o + 4), a5 = Bias<TLanes, TVector, TColumns>(bias, o + 5),
                a6 = Bias<TLanes, TVector, TColumns>(bias, o + 6), a7 = Bias<TLanes, TVector, TColumns>(bias, o + 7);
            nint line = ahead.Take((int)taps, out int lineStep, out int second);
            for (nint t = 0; t < taps; t++)
            {
                Prefetcher.Fetch(line);
                Prefetcher.Fetch(line + second);
                line += lineStep;
                TColumns x = TColumns.Load(ref source, Unsafe.Add(ref offset, t), step);
                AddTap<TLanes, TVector, TColumns>(x, ref w, ref a0, ref a1, ref a2, ref a3);
                AddTap<TLanes, TVector, TColumns>(x, ref Unsafe.Add(ref w, 4), ref a4, ref a5, ref a6, ref a7);
                w = ref Unsafe.Add(ref w, 8);
            }

            ref float y = ref Unsafe.Add(ref target, o * plane);
            Store<TLanes, TVector, TColumns>(a0, ref y, to, accumulate);
            Store<TLanes, TVector, TColumns>(a1, ref Unsafe.Add(ref y, plane), to, accumulate);
            Store<TLanes, TVector, TColumns>(a2, ref Unsafe.Add(ref y, 2 * plane), to, accumulate);
            Store<TLanes, TVector, TColumns>(a3, ref Unsafe.Add(ref y, 3 * plane), to, accumulate);
            Store<TLanes, TVector, TColumns>(a4, ref Unsafe.Add(ref y, 4 * plane), to, accumulate);
            if (outputs - o > 5) Store<TLanes, TVector, TColumns>(a5, ref Unsafe.Add(ref y, 5 * plane), to, accumulate);
            if (outputs - o > 6) Store<TLanes, TVector, TColumns>(a6, ref Unsafe.Add(ref y, 6 * plane), to, accumulate);
            if (outputs - o > 7) Store<TLanes, TVector, TColumns>(a7, ref Unsafe.Add(ref y, 7 * plane), to, accumulate);
        }

        for (; o < outputs; o += 4)
        {
            TColumns a0 = Bias<TLanes, TVector, TColumns>(bias, o), a1 = Bias<TLanes, TVector, TColumns>(bias, o + 1), a2 = Bias<TLanes,
                TVector, TColumns>(bias, o + 2), a3 = Bias<TLanes, TVector, TColumns>(bias, o + 3);

            // Two taps a round, and one line for them: half as many multiply-adds as above.
            nint line = ahead.Take((int)(taps + 1) / 2, out int lineStep, out int second), t = 0;
            for (; t + 1 < taps; t += 2)
            {
                Prefetcher.Fetch(line);
                Prefetcher.Fetch(line + second);
                line += lineStep;
                TColumns x = TColumns.Load(ref source, Unsafe.Add(ref offset, t), step);
                AddTap<TLanes, TVector, TColumns>(x, ref w, ref a0, ref a1, ref a2, ref a3);
                x = TColumns.Load(ref source, Unsafe.Add(ref offset, t + 1), step);
                AddTap<TLanes, TVector, TColumns>(x, ref Unsafe.Add(ref w, 4), ref a0, ref a1, ref a2, ref a3);
                w = ref Unsafe.Add(ref w, 8);
            }

            if (t < taps)
            {
                TColumns x = TColumns.Load(ref source, Unsafe.Add(ref offset, t), step);
                AddTap<TLanes, TVector, TColumns>(x, ref w, ref a0, ref a1, ref a2, ref a3);
                w = ref Unsafe.Add(ref w, 4);
            }

            ref float y = ref Unsafe.Add(ref target, o * plane);
            Store<TLanes, TVector, TColumns>(a0, ref y, to, accumulate);
            if (outputs - o > 1) Store<TLanes, TVector, TColumns>(a1, ref Unsafe.Add(ref y, plane), to, accumulate);
            if (outputs - o > 2) Store<TLanes, TVector, TColumns>(a2, ref Unsafe.Add(ref y, 2 * plane), to, accumulate);
            if (outputs - o > 3) Store<TLanes, TVector, TColumns>(a3, ref Unsafe.Add(ref y, 3 * plane), to, accumulate);
        }
    }

    // Of four outputs, one tap: their weights lie side by side.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTap<TLanes, TVector,
        TColumns>(TColumns x, ref float w, ref TColumns a, ref TColumns b, ref TColumns c, ref TColumns d)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TColumns : struct, IColumns<TColumns, TLanes, TVector>
    {
        TColumns.MultiplyAdd(x, TLanes.Broadcast(w), ref a);
        TColumns.MultiplyAdd(x, TLanes.Broadcast(Unsafe.Add(ref w, 1)), ref b);
        TColumns.MultiplyAdd(x, TLanes.Broadcast(Unsafe.Add(ref w, 2)), ref c);
        TColumns.MultiplyAdd(x, TLanes.Broadcast(Unsafe.Add(ref w, 3)), ref d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TColumns Bias<TLanes, TVector, TColumns>(ReadOnlySpan<float> bias, int output)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TColumns : struct, IColumns<TColumns, TLanes, TVector>
        => TColumns.Broadcast(bias.IsEmpty ? default : TLanes.Broadcast(bias[output]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes, TVector, TColumns>(TColumns sum, ref float y, nint step, bool accumulate)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TColumns : struct, IColumns<TColumns, TLanes, TVector>
        => TColumns.Store(accumulate ? TColumns.Add(sum, TColumns.Load(ref y, 0, step)) : sum, ref y, 0, step);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WeightGradient<TLanes,
        TVector>(ReadOnlySpan<float> dY, ReadOnlySpan<float> source, ReadOnlySpan<int> offsets, ReadOnlySpan<float> laneMask,
        Span<float> dW, int outputs, in CorrelationShape shape, Prefetcher ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int rows = shape.Rows, taps = offsets.Length, tile = Simd.HasManyRegisters ? 8 : 4;
        TVector mask = TLanes.Load(ref MemoryMarshal.GetReference(laneMask[..TLanes.Count]), 0);

        // A few rows at a time, so that the gradient planes of a tile stay in the first-level cache while all taps pass by.
        int rowsAtOnce = Math.Max(1, GradientFloats / (tile * shape.Pixels * TLanes.Count));
        for (int begin = 0; begin < rows; begin += rowsAtOnce)
        {
            int count = Math.Min(rowsAtOnce, rows - begin);
            ref float first = ref Unsafe.Add(ref MemoryMarshal.GetReference(source), begin * shape.SourceRow);
            for (int o = 0, width; o < outputs; o += width)
            {
                width = outputs - o > 4 ? tile : 4;
                ref float gradient =
                    ref Unsafe.Add(ref MemoryMarshal.GetReference(dY), (begin * shape.GradientRow) + (o * shape.GradientPlane));
                Span<float> target = dW[(o * taps)..];
                for (int t = 0; t < taps; t += 3)
                {
                    if (width == 8)
                        ThreeTaps<TLanes, TVector, EightOutputs>(ref gradient, ref first, offsets, t, mask, target,
                            Math.Min(8, outputs - o), count, shape, ahead);
                    else
                        ThreeTaps<TLanes, TVector, FourOutputs>(ref gradient, ref first, offsets, t, mask, target,
                            Math.Min(4, outputs - o), count, shape, ahead);
                }
            }
        }
    }

    // A tile of 8 or 4 outputs by 3 taps. Where there are fewer, the last is repeated; what that computes is not written.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ThreeTaps<TLanes, TVector,
        TOutputs>(ref float gradient, ref float source, ReadOnlySpan<int> offsets, int tap, TVector mask, Span<float> dW, int outputs,
        int rows, in CorrelationShape shape, Prefetcher ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TOutputs : struct, IOutputs
    {
        int taps = offsets.Length, pixels = shape.Pixels, last = outputs - 1;
        nint t0 = offsets[tap], t1 = offsets[Math.Min(tap + 1, taps - 1)], t2 = offsets[Math.Min(tap + 2, taps - 1)];

        // Of eight, the first five are there.
        nint plane = shape.GradientPlane;
        nint o1 = TOutputs.Eight ? plane : Math.Min(1, last) * plane, o2 = TOutputs.Eight ? 2 * plane : Math.Min(2, last) * plane,
            o3 = TOutputs.Eight ? 3 * plane : last * plane, o4 = 4 * plane, o5 = Math.Min(5, last) * plane, o6 = Math.Min(6, last) * plane,
            o7 = last * plane;
        ThreeColumns<TLanes, TVector> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default,
            a7 = default;
        for (nint row = 0; row < rows; row++)
        {
            ref float g = ref Unsafe.Add(ref gradient, row * shape.GradientRow);
            ref float s = ref Unsafe.Add(ref source, row * shape.SourceRow);
            nint sourceStep = shape.SourceStep;
            int x = 0, rounds = TOutputs.Eight ? pixels : (pixels + 1) / 2;
            nint line = ahead.Take(rounds, out int lineStep, out int second);
            for (; TOutputs.Eight && x < pixels; x++)
            {
                Prefetcher.Fetch(line);
                Prefetcher.Fetch(line + second);
                line += lineStep;
                var v = new ThreeColumns<TLanes, TVector>(TLanes.Load(ref s, t0), TLanes.Load(ref s, t1), TLanes.Load(ref s, t2));
                AddPixel<TLanes, TVector>(v, ref g, 0, o1, o2, o3, ref a0, ref a1, ref a2, ref a3);
                AddPixel<TLanes, TVector>(v, ref g, o4, o5, o6, o7, ref a4, ref a5, ref a6, ref a7);
                g = ref Unsafe.Add(ref g, TLanes.Count);
                s = ref Unsafe.Add(ref s, sourceStep);
            }

            // Two pixels a round, and one line for them, as of four outputs above.
            for (; x + 1 < pixels; x += 2)
            {
                Prefetcher.Fetch(line);
                Prefetcher.Fetch(line + second);
                line += lineStep;
                var v = new ThreeColumns<TLanes, TVector>(TLanes.Load(ref s, t0), TLanes.Load(ref s, t1), TLanes.Load(ref s, t2));
                AddPixel<TLanes, TVector>(v, ref g, 0, o1, o2, o3, ref a0, ref a1, ref a2, ref a3);
                s = ref Unsafe.Add(ref s, sourceStep);
                v = new ThreeColumns<TLanes, TVector>(TLanes.Load(ref s, t0), TLanes.Load(ref s, t1), TLanes.Load(ref s, t2));
                AddPixel<TLanes, TVector>(v, ref Unsafe.Add(ref g, TLanes.Count), 0, o1, o2, o3, ref a0, ref a1, ref a2, ref a3);
                g = ref Unsafe.Add(ref g, 2 * TLanes.Count);
                s = ref Unsafe.Add(ref s, sourceStep);
            }

            if (x < pixels)
            {
                var v = new ThreeColumns<TLanes, TVector>(TLanes.Load(ref s, t0), TLanes.Load(ref s, t1), TLanes.Load(ref s, t2));
                AddPixel<TLanes, TVector>(v, ref g, 0, o1, o2, o3, ref a0, ref a1, ref a2, ref a3);
            }
        }

        AddSums<TLanes, TVector>(a0, a1, a2, a3, mask, dW[tap..], Math.Min(4, outputs), taps, taps - tap);
        if (TOutputs.Eight)
            AddSums<TLanes, TVector>(a4, a5, a6, a7, mask, dW[((4 * taps) + tap)..], outputs - 4, taps, taps - tap);
    }

    // Of four outputs' weight gradients, one pixel: what the three taps read of it, and where each output's gradient of it lies.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddPixel<TLanes,
        TVector>(ThreeColumns<TLanes, TVector> v, ref float gradient, nint o0, nint o1, nint o2, nint o3, ref ThreeColumns<TLanes,
        TVector> a, ref ThreeColumns<TLanes, TVector> b, ref ThreeColumns<TLanes, TVector> c, ref ThreeColumns<TLanes, TVector> d)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        ThreeColumns<TLanes, TVector>.MultiplyAdd(v, TLanes.Load(ref gradient, o0), ref a);
        ThreeColumns<TLanes, TVector>.MultiplyAdd(v, TLanes.Load(ref gradient, o1), ref b);
        ThreeColumns<TLanes, TVector>.MultiplyAdd(v, TLanes.Load(ref gradient, o2), ref c);
        ThreeColumns<TLanes, TVector>.MultiplyAdd(v, TLanes.Load(ref gradient, o3), ref d);
    }

    // Adds the sums over the lanes of up to four outputs and three taps.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSums<TLanes,
        TVector>(ThreeColumns<TLanes, TVector> a, ThreeColumns<TLanes, TVector> b, ThreeColumns<TLanes, TVector> c, ThreeColumns<TLanes,
        TVector> d, TVector mask, Span<float> dW, int outputs, int stride, int taps)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        AddSums<TLanes, TVector>(a.A, b.A, c.A, d.A, mask, dW, outputs, stride);
        if (taps > 1) AddSums<TLanes, TVector>(a.B, b.B, c.B, d.B, mask, dW[1..], outputs, stride);
        if (taps > 2) AddSums<TLanes, TVector>(a.C, b.C, c.C, d.C, mask, dW[2..], outputs, stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSums<TLanes,
        TVector>(TVector a, TVector b, TVector c, TVector d, TVector mask, Span<float> dW, int outputs, int stride)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        Vector128<float> sums = TLanes.SumEach(TLanes.And(a, mask), TLanes.And(b, mask), TLanes.And(c, mask), TLanes.And(d, mask));
        dW[0] += sums[0];
        if (outputs > 1) dW[stride] += sums[1];
        if (outputs > 2) dW[2 * stride] += sums[2];
        if (outputs > 3) dW[3 * stride] += sums[3];
    }

    private interface IOutputs
    {
        static abstract bool Eight { get; }
    }

    private readonly struct EightOutputs : IOutputs
    {
        public static bool Eight => true;
    }

    private readonly struct FourOutputs : IOutputs
    {
        public static bool Eight => false;
    }
}
