using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Kernels;

/// <summary>
/// A 3x3 convolution without stride by Winograd's minimal filtering F(2x2, 3x3) (Lavin and Gray 2016, arXiv 1509.09308): outputs are
/// made in windows of 2x2, Y = A^T [sum over c of (G g G^T) .* (B^T d B)] A, with 16 multiplications where there were 36. With
/// <code>
/// B^T = 1  0 -1  0    G =  1    0    0     A^T = 1  1  1  0
///       0  1  1  0        1/2  1/2  1/2          0  1 -1  1
///       0 -1  1  0        1/2 -1/2  1/2
///       0 -1  0  1         0    0    1
/// </code>
/// (the last row of B^T and the last column of A^T both with the other sign than in the paper, so that A has no row of minus one alone).
/// The weight gradient is dW = G^T [sum over windows of (B^T d B) .* (A dY A^T)] G. A lane is an image: the transforms are plain additions
/// of vectors, and what is multiplied is, for each of the 16 places, a convolution of 1x1 over windows (<see cref="ConvolutionKernels"/>).
/// </summary>
internal static class WinogradKernels
{
    /// <summary>Weights of a filter.</summary>
    public const int Area = 9;

    /// <summary>Places of a transformed window.</summary>
    public const int Places = 16;

    /// <summary>Rows and columns of outputs that a window makes.</summary>
    public const int Side = 2;

    /// <summary>The place whose value goes into all four outputs as it is: where a bias is added.</summary>
    public const int PlaceOfBias = 5;

    /// <summary>G g G^T of one filter.</summary>
    /// <param name="filter">3x3, row-major.</param>
    /// <param name="target">4x4.</param>
    public static void TransformFilter(ReadOnlySpan<float> filter, Span<float> target)
    {
        Span<float> half = stackalloc float[4 * 3];
        for (int v = 0; v < 3; v++)
        {
            float a = filter[v], b = filter[3 + v], c = filter[6 + v], even = 0.5f * (a + c), odd = 0.5f * b;
            (half[v], half[3 + v], half[6 + v], half[9 + v]) = (a, even + odd, even - odd, c);
        }

        for (int u = 0; u < 4; u++)
        {
            float a = half[3 * u], b = half[(3 * u) + 1], c = half[(3 * u) + 2], even = 0.5f * (a + c), odd = 0.5f * b;
            (target[4 * u], target[(4 * u) + 1], target[(4 * u) + 2], target[(4 * u) + 3]) = (a, even + odd, even - odd, c);
        }
    }

    /// <summary>dW += G^T dU G of all filters, the way back of <see cref="TransformFilter"/>.</summary>
    /// <param name="dU"><c>[place][filter]</c>.</param>
    /// <param name="filters">How many.</param>
    /// <param name="dW"><c>[filter][3x3]</c>.</param>
    public static void AddFilterGradients(ReadOnlySpan<float> dU, int filters, Span<float> dW)
    {
        // The loops below index without checks.
        dU = dU[..checked(Places * filters)];
        dW = dW[..(Area * filters)];
        int done = 0;
        if (Vector512.IsHardwareAccelerated) done = AddFilterGradients<Lanes16, Vector512<float>>(dU, dW, 0, filters);
        else if (Simd.Lanes == 8) done = AddFilterGradients<Lanes8, Vector256<float>>(dU, dW, 0, filters);
        AddFilterGradients<Lanes1, float>(dU, dW, done, filters);
    }

    /// <summary>B^T d B of all windows of one plane.</summary>
    /// <param name="plane">Padded rows, two more than the windows have, and two more pixels a row.</param>
    /// <param name="target">Place 0 of the plane's first window; windows lie side by side, places a stride apart.</param>
    /// <param name="shape">How many windows.</param>
    public static void TransformSource(ReadOnlySpan<float> plane, Span<float> target, in WinogradShape shape)
    {
        // The loops below index without checks.
        plane = plane[..shape.PlaneLength];
        target = target[..shape.PlacesLength];
        if (Vector512.IsHardwareAccelerated) TransformSource<Lanes16, Vector512<float>>(plane, target, shape);
        else if (Simd.Lanes == 8) TransformSource<Lanes8, Vector256<float>>(plane, target, shape);
        else TransformSource<Lanes4, Vector128<float>>(plane, target, shape);
    }

    /// <summary>A dY A^T of all windows of one plane.</summary>
    /// <param name="dY">The first window's first pixel; rows are as far apart as in <see cref="TransformSource"/>.</param>
    /// <param name="target">As there.</param>
    /// <param name="shape">How many windows.</param>
    public static void TransformGradient(ReadOnlySpan<float> dY, Span<float> target, in WinogradShape shape)
    {
        dY = dY[..shape.InsideLength];
        target = target[..shape.PlacesLength];
        if (Vector512.IsHardwareAccelerated) TransformGradient<Lanes16, Vector512<float>>(dY, target, shape);
        else if (Simd.Lanes == 8) TransformGradient<Lanes8, Vector256<float>>(dY, target, shape);
        else TransformGradient<Lanes4, Vector128<float>>(dY, target, shape);
    }

    /// <summary>y = A^T m A of all windows of one plane, or added to y. Rows and columns that the map does not have are left out.</summary>
    /// <param name="places">Place 0 of the plane's first window; windows lie side by side, places a stride apart.</param>
    /// <param name="y">First pixel of the first row.</param>
    /// <param name="rows">Rows of y.</param>
    /// <param name="columns">Pixels of a row, which lie side by side.</param>
    /// <param name="shape">How many windows.</param>
    /// <param name="accumulate">Adds to what y holds.</param>
    public static void TransformOutput(ReadOnlySpan<float> places, Span<float> y, int rows, int columns, in WinogradShape shape,
        bool accumulate)
    {
        places = places[..shape.PlacesLength];
        rows = Math.Min(rows, Side * shape.Rows);
        columns = Math.Min(columns, Side * shape.Columns);
        if (rows < 1) return;
        if (Vector512.IsHardwareAccelerated) TransformOutput<Lanes16, Vector512<float>>(places, y, rows, columns, shape, accumulate);
        else if (Simd.Lanes == 8) TransformOutput<Lanes8, Vector256<float>>(places, y, rows, columns, shape, accumulate);
        else TransformOutput<Lanes4, Vector128<float>>(places, y, rows, columns, shape, accumulate);
    }

    // As many filters at a time as there are lanes, from one on; gives the first that is left.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int AddFilterGradients<TLanes, TVector>(ReadOnlySpan<float> dU, Span<float> dW, int first, int filters)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        Span<float> nine = stackalloc float[Area * TLanes.Count];
        for (; first + TLanes.Count <= filters; first += TLanes.Count)
        {
            ref float u = ref MemoryMarshal.GetReference(dU[first..]);
            FilterColumn<TLanes, TVector>(ref u, 4 * filters, out TVector a0, out TVector a1, out TVector a2);
            FilterColumn<TLanes, TVector>(ref Unsafe.Add(ref u, filters), 4 * filters, out TVector b0, out TVector b1, out TVector b2);
            FilterColumn<TLanes, TVector>(ref Unsafe.Add(ref u, 2 * filters), 4 * filters, out TVector c0, out TVector c1, out TVector c2);
            FilterColumn<TLanes, TVector>(ref Unsafe.Add(ref u, 3 * filters), 4 * filters, out TVector d0, out TVector d1, out TVector d2);
            ref float w = ref MemoryMarshal.GetReference(nine);
            FilterRow<TLanes, TVector>(a0, b0, c0, d0, ref w);
            FilterRow<TLanes, TVector>(a1, b1, c1, d1, ref Unsafe.Add(ref w, 3 * TLanes.Count));
            FilterRow<TLanes, TVector>(a2, b2, c2, d2, ref Unsafe.Add(ref w, 6 * TLanes.Count));
            for (int i = 0; i < TLanes.Count; i++)
            {
                Span<float> target = dW.Slice((first + i) * Area, Area);
                for (int t = 0; t < Area; t++) target[t] += nine[(t * TLanes.Count) + i];
            }
        }

        return first;
    }

    // G^T of four places below each other.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FilterColumn<TLanes, TVector>(ref float u, nint stride, out TVector w0, out TVector w1, out TVector w2)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => Filter<TLanes, TVector>(TLanes.Load(ref u, 0), TLanes.Load(ref u, stride), TLanes.Load(ref u, 2 * stride),
            TLanes.Load(ref u, 3 * stride), out w0, out w1, out w2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FilterRow<TLanes, TVector>(TVector a, TVector b, TVector c, TVector d, ref float w)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        Filter<TLanes, TVector>(a, b, c, d, out TVector w0, out TVector w1, out TVector w2);
        TLanes.Store(w0, ref w, 0);
        TLanes.Store(w1, ref w, TLanes.Count);
        TLanes.Store(w2, ref w, 2 * TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Filter<TLanes, TVector>(TVector a, TVector b, TVector c, TVector d, out TVector w0, out TVector w1, out TVector w2)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector half = TLanes.Broadcast(0.5f), even = TLanes.Multiply(half, TLanes.Add(b, c));
        w0 = TLanes.Add(a, even);
        w1 = TLanes.Multiply(half, TLanes.Subtract(b, c));
        w2 = TLanes.Add(even, d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformSource<TLanes, TVector>(ReadOnlySpan<float> plane, Span<float> target, in WinogradShape shape)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        nint lanes = TLanes.Count, pitch = shape.Pitch, stride = shape.PlaceStride;
        ref float v = ref MemoryMarshal.GetReference(target);
        for (int row = 0; row < shape.Rows; row++)
        {
            ref float d = ref Unsafe.Add(ref MemoryMarshal.GetReference(plane), row * Side * pitch);

            // Two columns of B^T d are those of the window before.
            SourceColumn<TLanes, TVector>(ref d, pitch, out TVector a0, out TVector a1, out TVector a2, out TVector a3);
            SourceColumn<TLanes, TVector>(ref Unsafe.Add(ref d, lanes), pitch, out TVector b0, out TVector b1, out TVector b2,
                out TVector b3);
            for (int column = 0; column < shape.Columns; column++)
            {
                d = ref Unsafe.Add(ref d, Side * lanes);
                SourceColumn<TLanes, TVector>(ref d, pitch, out TVector c0, out TVector c1, out TVector c2, out TVector c3);
                SourceColumn<TLanes, TVector>(ref Unsafe.Add(ref d, lanes), pitch, out TVector d0, out TVector d1, out TVector d2,
                    out TVector d3);
                SourceRow<TLanes, TVector>(a0, b0, c0, d0, ref v, stride);
                SourceRow<TLanes, TVector>(a1, b1, c1, d1, ref Unsafe.Add(ref v, 4 * stride), stride);
                SourceRow<TLanes, TVector>(a2, b2, c2, d2, ref Unsafe.Add(ref v, 8 * stride), stride);
                SourceRow<TLanes, TVector>(a3, b3, c3, d3, ref Unsafe.Add(ref v, 12 * stride), stride);
                (a0, a1, a2, a3) = (c0, c1, c2, c3);
                (b0, b1, b2, b3) = (d0, d1, d2, d3);
                v = ref Unsafe.Add(ref v, lanes);
            }
        }
    }

    // B^T of four pixels below each other.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SourceColumn<TLanes, TVector>(ref float d, nint pitch, out TVector b0, out TVector b1, out TVector b2,
        out TVector b3)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector d1 = TLanes.Load(ref d, pitch), d2 = TLanes.Load(ref d, 2 * pitch);
        b0 = TLanes.Subtract(TLanes.Load(ref d, 0), d2);
        b1 = TLanes.Add(d1, d2);
        b2 = TLanes.Subtract(d2, d1);
        b3 = TLanes.Subtract(TLanes.Load(ref d, 3 * pitch), d1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SourceRow<TLanes, TVector>(TVector a, TVector b, TVector c, TVector d, ref float v, nint stride)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TLanes.Store(TLanes.Subtract(a, c), ref v, 0);
        TLanes.Store(TLanes.Add(b, c), ref v, stride);
        TLanes.Store(TLanes.Subtract(c, b), ref v, 2 * stride);
        TLanes.Store(TLanes.Subtract(d, b), ref v, 3 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformGradient<TLanes, TVector>(ReadOnlySpan<float> dY, Span<float> target, in WinogradShape shape)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        nint lanes = TLanes.Count, pitch = shape.Pitch, stride = shape.PlaceStride;
        ref float w = ref MemoryMarshal.GetReference(target);
        for (int row = 0; row < shape.Rows; row++)
        {
            ref float g = ref Unsafe.Add(ref MemoryMarshal.GetReference(dY), row * Side * pitch);
            for (int column = 0; column < shape.Columns; column++)
            {
                TVector a = TLanes.Load(ref g, 0), b = TLanes.Load(ref g, lanes);
                TVector c = TLanes.Load(ref g, pitch), d = TLanes.Load(ref g, pitch + lanes);
                GradientRow<TLanes, TVector>(a, b, ref w, stride);
                GradientRow<TLanes, TVector>(TLanes.Add(a, c), TLanes.Add(b, d), ref Unsafe.Add(ref w, 4 * stride), stride);
                GradientRow<TLanes, TVector>(TLanes.Subtract(a, c), TLanes.Subtract(b, d), ref Unsafe.Add(ref w, 8 * stride), stride);
                GradientRow<TLanes, TVector>(c, d, ref Unsafe.Add(ref w, 12 * stride), stride);
                g = ref Unsafe.Add(ref g, Side * lanes);
                w = ref Unsafe.Add(ref w, lanes);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void GradientRow<TLanes, TVector>(TVector a, TVector b, ref float w, nint stride)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TLanes.Store(a, ref w, 0);
        TLanes.Store(TLanes.Add(a, b), ref w, stride);
        TLanes.Store(TLanes.Subtract(a, b), ref w, 2 * stride);
        TLanes.Store(b, ref w, 3 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformOutput<TLanes, TVector>(ReadOnlySpan<float> places, Span<float> target, int rows, int columns,
        in WinogradShape shape, bool accumulate)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        nint lanes = TLanes.Count, stride = shape.PlaceStride;
        target = target[..(rows * columns * (int)lanes)];
        for (int row = 0; row < rows; row += Side)
        {
            ref float m = ref Unsafe.Add(ref MemoryMarshal.GetReference(places), row / Side * shape.Columns * lanes);
            ref float y = ref Unsafe.Add(ref MemoryMarshal.GetReference(target), row * columns * lanes);
            nint below = row + 1 < rows ? columns * lanes : -1;
            for (int column = 0; column < columns; column += Side)
            {
                OutputColumn<TLanes, TVector>(ref m, 4 * stride, out TVector a0, out TVector a1);
                OutputColumn<TLanes, TVector>(ref Unsafe.Add(ref m, stride), 4 * stride, out TVector b0, out TVector b1);
                OutputColumn<TLanes, TVector>(ref Unsafe.Add(ref m, 2 * stride), 4 * stride, out TVector c0, out TVector c1);
                OutputColumn<TLanes, TVector>(ref Unsafe.Add(ref m, 3 * stride), 4 * stride, out TVector d0, out TVector d1);
                bool beside = column + 1 < columns;
                OutputRow<TLanes, TVector>(a0, b0, c0, d0, ref y, beside, accumulate);
                if (below >= 0) OutputRow<TLanes, TVector>(a1, b1, c1, d1, ref Unsafe.Add(ref y, below), beside, accumulate);
                m = ref Unsafe.Add(ref m, lanes);
                y = ref Unsafe.Add(ref y, Side * lanes);
            }
        }
    }

    // A^T of four places below each other.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputColumn<TLanes, TVector>(ref float m, nint stride, out TVector y0, out TVector y1)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector m1 = TLanes.Load(ref m, stride), m2 = TLanes.Load(ref m, 2 * stride);
        y0 = TLanes.Add(TLanes.Load(ref m, 0), TLanes.Add(m1, m2));
        y1 = TLanes.Add(TLanes.Subtract(m1, m2), TLanes.Load(ref m, 3 * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputRow<TLanes, TVector>(TVector a, TVector b, TVector c, TVector d, ref float y, bool beside, bool accumulate)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector left = TLanes.Add(a, TLanes.Add(b, c));
        TLanes.Store(accumulate ? TLanes.Add(left, TLanes.Load(ref y, 0)) : left, ref y, 0);
        if (!beside) return;
        TVector right = TLanes.Add(TLanes.Subtract(b, c), d);
        TLanes.Store(accumulate ? TLanes.Add(right, TLanes.Load(ref y, TLanes.Count)) : right, ref y, TLanes.Count);
    }
}
