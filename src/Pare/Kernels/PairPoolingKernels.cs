using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Kernels;

/// <summary>
/// Max pooling with windows of 2x2 pixels, one or two apart and without padding, a whole plane at a time. Neighbouring windows share the
/// larger of two pixels. On the way back, what a window gives to its pixels stays in registers until the next window of the row has added
/// to it, and in one row of scratch memory until the next row has; so a gradient is written once. <see cref="PoolingKernels"/> serves all
/// other windows, and says who wins.
/// </summary>
internal static class PairPoolingKernels
{
    /// <summary>Whether these kernels serve windows of that size.</summary>
    public static bool Serve(int kernel, int stride, int padding) => kernel == 2 && stride is 1 or 2 && padding == 0;

    /// <summary>y = the maximum of each window; NaN if any pixel is.</summary>
    /// <param name="source"><c>[height][width][lane]</c>.</param>
    /// <param name="y">The windows, row by row.</param>
    /// <param name="height">Rows of the source, 2 or more.</param>
    /// <param name="width">Its pixels of a row, 2 or more.</param>
    /// <param name="stride">Pixels and rows between windows, 1 or 2.</param>
    public static void Forward(ReadOnlySpan<float> source, Span<float> y, int height, int width, int stride)
    {
        // The loops below index without checks.
        (int rows, int columns) = Windows(height, width, stride);
        source = source[..checked(height * width * Simd.Lanes)];
        y = y[..(rows * columns * Simd.Lanes)];
        if (Vector512.IsHardwareAccelerated) Forward<Lanes16, Vector512<float>>(source, y, rows, columns, width, stride);
        else if (Simd.Lanes == 8) Forward<Lanes8, Vector256<float>>(source, y, rows, columns, width, stride);
        else Forward<Lanes4, Vector128<float>>(source, y, rows, columns, width, stride);
    }

    /// <summary>
    /// dX = the sum over the windows that a pixel is in of dY where it is the first that holds the maximum, or that is NaN; added to what
    /// dX holds when <paramref name="accumulate"/>.
    /// </summary>
    /// <param name="source"><c>[height][width][lane]</c>.</param>
    /// <param name="dY">The gradient of the windows, row by row.</param>
    /// <param name="dX">As the source.</param>
    /// <param name="row">Scratch memory for a row of the source.</param>
    /// <param name="height">Rows of the source, 2 or more.</param>
    /// <param name="width">Its pixels of a row, 2 or more.</param>
    /// <param name="stride">Pixels and rows between windows, 1 or 2.</param>
    /// <param name="accumulate">Adds to what dX holds.</param>
    /// <param name="ahead">What to fetch meanwhile.</param>
    public static void Backward(ReadOnlySpan<float> source, ReadOnlySpan<float> dY, Span<float> dX, Span<float> row, int height, int width,
        int stride, bool accumulate, Prefetcher ahead)
    {
        // The loops below index without checks.
        (int rows, int columns) = Windows(height, width, stride);
        int pitch = checked(width * Simd.Lanes);
        source = source[..checked(height * pitch)];
        dX = dX[..source.Length];
        dY = dY[..(rows * columns * Simd.Lanes)];
        row = row[..pitch];
        if (Vector512.IsHardwareAccelerated) Backward<Lanes16, Vector512<float>>(source, dY, dX, row, width, stride, accumulate, ahead);
        else if (Simd.Lanes == 8) Backward<Lanes8, Vector256<float>>(source, dY, dX, row, width, stride, accumulate, ahead);
        else Backward<Lanes4, Vector128<float>>(source, dY, dX, row, width, stride, accumulate, ahead);
    }

    private static (int Rows, int Columns) Windows(int height, int width, int stride)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Math.Min(height, width), 2);
        return (((height - 2) / stride) + 1, ((width - 2) / stride) + 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward<TLanes, TVector>(ReadOnlySpan<float> source, Span<float> y, int rows, int columns, int width, int stride)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        nint lanes = TLanes.Count, pitch = width * lanes, end = columns * lanes;
        ref float upper = ref MemoryMarshal.GetReference(source);
        ref float target = ref MemoryMarshal.GetReference(y);
        for (int row = 0; row < rows; row++)
        {
            ref float lower = ref Unsafe.Add(ref upper, pitch);
            if (stride == 1)
            {
                TVector before = TLanes.LargerOrNaN(TLanes.Load(ref upper, 0), TLanes.Load(ref lower, 0));
                for (nint x = 0; x < end; x += lanes)
                {
                    TVector after = TLanes.LargerOrNaN(TLanes.Load(ref upper, x + lanes), TLanes.Load(ref lower, x + lanes));
                    TLanes.Store(TLanes.LargerOrNaN(before, after), ref target, x);
                    before = after;
                }
            }
            else
            {
                for (nint x = 0; x < end; x += lanes)
                {
                    TVector left = TLanes.LargerOrNaN(TLanes.Load(ref upper, 2 * x), TLanes.Load(ref lower, 2 * x));
                    TVector right = TLanes.LargerOrNaN(TLanes.Load(ref upper, (2 * x) + lanes), TLanes.Load(ref lower, (2 * x) + lanes));
                    TLanes.Store(TLanes.LargerOrNaN(left, right), ref target, x);
                }
            }

            upper = ref Unsafe.Add(ref upper, stride * pitch);
            target = ref Unsafe.Add(ref target, end);
        }
    }

    private static void Backward<TLanes, TVector>(ReadOnlySpan<float> source, ReadOnlySpan<float> dY, Span<float> dX, Span<float> row,
        int width, int stride, bool accumulate, Prefetcher ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        if (stride == 1) Overlapping<TLanes, TVector>(source, dY, dX, row, accumulate, ahead);
        else Apart<TLanes, TVector>(source, dY, dX, width, accumulate, ahead);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Overlapping<TLanes, TVector>(ReadOnlySpan<float> source, ReadOnlySpan<float> dY, Span<float> dX, Span<float> row,
        bool accumulate, Prefetcher ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        nint lanes = TLanes.Count, pitch = row.Length, last = pitch - lanes;
        int windows = (int)(last / lanes);
        ref float upper = ref MemoryMarshal.GetReference(source);
        ref float gradient = ref MemoryMarshal.GetReference(dY);
        ref float target = ref MemoryMarshal.GetReference(dX);
        ref float above = ref MemoryMarshal.GetReference(row);

        // What the row of windows above has given to this row of pixels.
        row.Clear();
        for (nint left = source.Length - pitch; left > 0; left -= pitch)
        {
            ref float lower = ref Unsafe.Add(ref upper, pitch);
            TVector a = TLanes.Load(ref upper, 0), c = TLanes.Load(ref lower, 0), before = TLanes.LargerOrNaN(a, c);
            TVector carried = default, carriedBelow = default;
            nint line = ahead.Take((TLanes.Count > 8 ? 3 : 2) * windows, out int lineStep);
            for (nint x = 0; x < last; x += lanes)
            {
                Prefetcher.Fetch(line);
                Prefetcher.Fetch(line + lineStep);
                line += 2 * lineStep;
                if (TLanes.Count > 8)
                {
                    Prefetcher.Fetch(line);
                    line += lineStep;
                }

                TVector b = TLanes.Load(ref upper, x + lanes), d = TLanes.Load(ref lower, x + lanes), after = TLanes.LargerOrNaN(b, d);
                Shares<TVector> share =
                    Share<TLanes, TVector>(a, b, c, TLanes.LargerOrNaN(before, after), TLanes.Load(ref gradient, x));
                Store<TLanes, TVector>(TLanes.Add(TLanes.Add(TLanes.Load(ref above, x), carried), share.A), ref target, x, accumulate);
                TLanes.Store(TLanes.Add(carriedBelow, share.C), ref above, x);
                (a, c, before, carried, carriedBelow) = (b, d, after, share.B, share.D);
            }

            Store<TLanes, TVector>(TLanes.Add(TLanes.Load(ref above, last), carried), ref target, last, accumulate);
            TLanes.Store(carriedBelow, ref above, last);
            upper = ref lower;
            gradient = ref Unsafe.Add(ref gradient, last);
            target = ref Unsafe.Add(ref target, pitch);
        }

        for (nint x = 0; x < pitch; x += lanes) Store<TLanes, TVector>(TLanes.Load(ref above, x), ref target, x, accumulate);
    }

    // A last row or column that no window reaches has no gradient.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Apart<TLanes, TVector>(ReadOnlySpan<float> source, ReadOnlySpan<float> dY, Span<float> dX, int width,
        bool accumulate, Prefetcher ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        nint lanes = TLanes.Count, pitch = width * lanes, covered = pitch - (width % 2 * lanes), rest = source.Length;
        int fetches = Prefetcher.Lines(9);
        ref float upper = ref MemoryMarshal.GetReference(source);
        ref float gradient = ref MemoryMarshal.GetReference(dY);
        ref float target = ref MemoryMarshal.GetReference(dX);
        for (; rest >= 2 * pitch; rest -= 2 * pitch)
        {
            ref float lower = ref Unsafe.Add(ref upper, pitch);
            nint line = ahead.Take(width / 2 * fetches, out int lineStep);
            for (nint x = 0; x < covered; x += 2 * lanes)
            {
                for (int f = 0; f < fetches; f++, line += lineStep) Prefetcher.Fetch(line);
                TVector a = TLanes.Load(ref upper, x), b = TLanes.Load(ref upper, x + lanes), c = TLanes.Load(ref lower, x),
                    d = TLanes.Load(ref lower, x + lanes);
                TVector max = TLanes.LargerOrNaN(TLanes.LargerOrNaN(a, c), TLanes.LargerOrNaN(b, d));
                Shares<TVector> share = Share<TLanes, TVector>(a, b, c, max, TLanes.Load(ref gradient, x / 2));
                Store<TLanes, TVector>(share.A, ref target, x, accumulate);
                Store<TLanes, TVector>(share.B, ref target, x + lanes, accumulate);
                Store<TLanes, TVector>(share.C, ref target, x + pitch, accumulate);
                Store<TLanes, TVector>(share.D, ref target, x + pitch + lanes, accumulate);
            }

            if (covered < pitch && !accumulate)
            {
                TLanes.Store(default, ref target, covered);
                TLanes.Store(default, ref target, pitch + covered);
            }

            upper = ref Unsafe.Add(ref lower, pitch);
            gradient = ref Unsafe.Add(ref gradient, covered / 2);
            target = ref Unsafe.Add(ref target, 2 * pitch);
        }

        if (rest > 0 && !accumulate) dX[^(int)rest..].Clear();
    }

    // What a lane gives away it does not have for a later pixel.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Shares<TVector> Share<TLanes, TVector>(TVector a, TVector b, TVector c, TVector max, TVector gradient)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        if (TLanes.HasNaN(max)) return ShareWithNaN<TLanes, TVector>(a, b, c, max, gradient);
        TVector toA = TLanes.IfEqual(max, a, gradient), left = TLanes.Xor(gradient, toA);
        TVector toB = TLanes.IfEqual(max, b, left);
        left = TLanes.Xor(left, toB);
        TVector toC = TLanes.IfEqual(max, c, left);
        return new Shares<TVector>(toA, toB, toC, TLanes.Xor(left, toC));
    }

    // A maximum of NaN equals none, and comes from one that is NaN. Inlined, because a call would cost the loop its registers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Shares<TVector> ShareWithNaN<TLanes, TVector>(TVector a, TVector b, TVector c, TVector max, TVector gradient)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector toA = TLanes.And(gradient, Wins<TLanes, TVector>(max, a)), left = TLanes.Xor(gradient, toA);
        TVector toB = TLanes.And(left, Wins<TLanes, TVector>(max, b));
        left = TLanes.Xor(left, toB);
        TVector toC = TLanes.And(left, Wins<TLanes, TVector>(max, c));
        return new Shares<TVector>(toA, toB, toC, TLanes.Xor(left, toC));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Wins<TLanes, TVector>(TVector max, TVector value)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.Or(TLanes.EqualMask(max, value), TLanes.NaNMask(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes, TVector>(TVector sum, ref float target, nint at, bool accumulate)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => TLanes.Store(accumulate ? TLanes.Add(TLanes.Load(ref target, at), sum) : sum, ref target, at);

    // Of a window, row by row.
    private readonly record struct Shares<TVector>(TVector A, TVector B, TVector C, TVector D);
}
