using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pare.Kernels.Channels;

/// <summary>
/// Windows over maps stored <c>[row][column][channel]</c>, a lane a channel, that read rows and columns which differ from output pixel to
/// output pixel:
/// pooling leaves out what lies outside the map, blurring mirrors it.
/// </summary>
internal static class ChannelPooling
{
    /// <summary>
    /// One row of output pixels: the largest value of each window, or the sum of its values by the product of two weights.
    /// </summary>
    /// <param name="blocks">The channels.</param>
    /// <param name="source">The map that is read.</param>
    /// <param name="rows">Where in it each row of the window begins.</param>
    /// <param name="columns">For each output pixel the distance of each column of its window from the row's beginning.</param>
    /// <param name="starts">Where in <paramref name="columns"/> those of each output pixel begin, and the end.</param>
    /// <param name="rowWeights">A weight a row of the window; empty for the largest value.</param>
    /// <param name="columnWeights">A weight a place in <paramref name="columns"/>; empty for the largest value.</param>
    /// <param name="target">The row that is written.</param>
    /// <param name="channels">Channels.</param>
    public static void Row(
        ReadOnlySpan<ChannelBlock> blocks, ref readonly float source, ReadOnlySpan<int> rows, ReadOnlySpan<int> columns,
        ReadOnlySpan<int> starts,
        ReadOnlySpan<float> rowWeights, ReadOnlySpan<float> columnWeights, ref float target, int channels)
    {
        foreach (ref readonly ChannelBlock block in blocks)
        {
            ref float x = ref Unsafe.Add(ref Unsafe.AsRef(in source), block.Start);
            ref float y = ref Unsafe.Add(ref target, block.Start);
            if (block.Lanes == 16)
                Row<Lanes16, Vector512<float>>(block, ref x, rows, columns, starts, rowWeights, columnWeights, ref y, channels);
            else if (block.Lanes == 8)
                Row<Lanes8, Vector256<float>>(block, ref x, rows, columns, starts, rowWeights, columnWeights, ref y, channels);
            else if (block.Lanes == 4)
                Row<Lanes4, Vector128<float>>(block, ref x, rows, columns, starts, rowWeights, columnWeights, ref y, channels);
            else Row<Lanes1, float>(block, ref x, rows, columns, starts, rowWeights, columnWeights, ref y, channels);
        }
    }

    private static void Row<TLanes, TVector>(
        in ChannelBlock block, ref float source, ReadOnlySpan<int> rows, ReadOnlySpan<int> columns, ReadOnlySpan<int> starts,
        ReadOnlySpan<float> rowWeights, ReadOnlySpan<float> columnWeights, ref float target, int channels)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        nint last = block.Last;
        switch (block.Vectors)
        {
            case 4:
                Row<TLanes, TVector, FourVectors<TLanes,
                TVector>>(ref source, rows, columns, starts, rowWeights, columnWeights, ref target, channels, last); break;
            case 3:
                Row<TLanes, TVector, ThreeVectors<TLanes,
                TVector>>(ref source, rows, columns, starts, rowWeights, columnWeights, ref target, channels, last); break;
            case 2:
                Row<TLanes, TVector, TwoVectors<TLanes,
                TVector>>(ref source, rows, columns, starts, rowWeights, columnWeights, ref target, channels, last); break;
            default:
                Row<TLanes, TVector, OneVector<TLanes,
                TVector>>(ref source, rows, columns, starts, rowWeights, columnWeights, ref target, channels, last); break;
        }
    }

    private static void Row<TLanes, TVector, TVectors>(
        ref float source, ReadOnlySpan<int> rows, ReadOnlySpan<int> columns, ReadOnlySpan<int> starts, ReadOnlySpan<float> rowWeights,
        ReadOnlySpan<float> columnWeights, ref float target, int channels, nint last)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TVectors : struct, IVectors<TVectors, TLanes, TVector>
    {
        if (columnWeights.IsEmpty) Max<TLanes, TVector, TVectors>(ref source, rows, columns, starts, ref target, channels, last);
        else
            Sum<TLanes, TVector, TVectors>(ref source, rows, columns, starts, rowWeights, columnWeights, ref target, channels, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Max<TLanes, TVector, TVectors>(
        ref float source, ReadOnlySpan<int> rows, ReadOnlySpan<int> columns, ReadOnlySpan<int> starts, ref float target, nint channels,
        nint last)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TVectors : struct, IVectors<TVectors, TLanes, TVector>
    {
        for (int p = 0; p < starts.Length - 1; p++)
        {
            ReadOnlySpan<int> window = columns[starts[p]..starts[p + 1]];
            TVectors max = TVectors.Load(ref source, rows[0] + window[0], last);
            foreach (int row in rows)
            {
                ref float x = ref Unsafe.Add(ref source, row);
                foreach (int column in window) max = TVectors.LargerOrNaN(max, TVectors.Load(ref x, column, last));
            }

            TVectors.Store<IdentityPoint>(max, ref Unsafe.Add(ref target, p * channels), last, default, default);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum<TLanes, TVector, TVectors>(
        ref float source, ReadOnlySpan<int> rows, ReadOnlySpan<int> columns, ReadOnlySpan<int> starts, ReadOnlySpan<float> rowWeights,
        ReadOnlySpan<float> columnWeights, ref float target, nint channels, nint last)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        where TVectors : struct, IVectors<TVectors, TLanes, TVector>
    {
        rowWeights = rowWeights[..rows.Length];
        columnWeights = columnWeights[..columns.Length];
        for (int p = 0; p < starts.Length - 1; p++)
        {
            TVectors total = TVectors.Zero();
            for (int row = 0; row < rows.Length; row++)
            {
                ref float x = ref Unsafe.Add(ref source, rows[row]);
                TVectors sum = TVectors.Zero();
                for (int at = starts[p]; at < starts[p + 1]; at++)
                    TVectors.MultiplyAdd(TVectors.Load(ref x, columns[at], last), TLanes.Broadcast(columnWeights[at]), ref sum);
                TVectors.MultiplyAdd(sum, TLanes.Broadcast(rowWeights[row]), ref total);
            }

            TVectors.Store<IdentityPoint>(total, ref Unsafe.Add(ref target, p * channels), last, default, default);
        }
    }

    /// <summary>The mean of each channel over rows of pixels.</summary>
    /// <param name="blocks">The channels.</param>
    /// <param name="source">The first pixel.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Pixels of a row.</param>
    /// <param name="pitch">Floats between rows.</param>
    /// <param name="target">One pixel.</param>
    /// <param name="channels">Channels.</param>
    public static void Mean(ReadOnlySpan<ChannelBlock> blocks, ref readonly float source, int rows, int columns, int pitch,
        ref float target, int channels)
    {
        foreach (ref readonly ChannelBlock block in blocks)
        {
            for (int i = 0; i < block.Vectors; i++)
            {
                int channel = block.Start + (i == block.Vectors - 1 ? block.Last : i * block.Lanes);
                ref float x = ref Unsafe.Add(ref Unsafe.AsRef(in source), channel);
                ref float y = ref Unsafe.Add(ref target, channel);
                if (block.Lanes == 16) Mean<Lanes16, Vector512<float>>(ref x, rows, columns, pitch, ref y, channels);
                else if (block.Lanes == 8) Mean<Lanes8, Vector256<float>>(ref x, rows, columns, pitch, ref y, channels);
                else if (block.Lanes == 4) Mean<Lanes4, Vector128<float>>(ref x, rows, columns, pitch, ref y, channels);
                else Mean<Lanes1, float>(ref x, rows, columns, pitch, ref y, channels);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mean<TLanes, TVector>(ref float source, int rows, int columns, nint pitch, ref float target, nint channels)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        // Sums of rows, so that large maps do not lose what is small beside their sum.
        TVector total = TLanes.Broadcast(0f);
        for (nint row = 0; row < rows; row++)
        {
            ref float x = ref Unsafe.Add(ref source, row * pitch);
            TVector even = TLanes.Broadcast(0f), odd = even;
            nint at = 0, end = columns * channels;
            for (; at < end - channels; at += 2 * channels)
            {
                even = TLanes.Add(even, TLanes.Load(ref x, at));
                odd = TLanes.Add(odd, TLanes.Load(ref x, at + channels));
            }

            if (at < end) even = TLanes.Add(even, TLanes.Load(ref x, at));
            total = TLanes.Add(total, TLanes.Add(even, odd));
        }

        TLanes.Store(TLanes.Divide(total, TLanes.Broadcast((float)rows * columns)), ref target, 0);
    }
}
