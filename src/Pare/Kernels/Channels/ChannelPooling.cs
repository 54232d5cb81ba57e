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
            for (int i = 0; i < block.Vectors; i++)
            {
                int channel = block.Start + (i == block.Vectors - 1 ? block.Last : i * block.Lanes);
                if (block.Lanes == 16)
                    Row<Lanes16,
                        Vector512<float>>(channel, in source, rows, columns, starts, rowWeights, columnWeights, ref target, channels);
                else if (block.Lanes == 8)
                    Row<Lanes8,
                        Vector256<float>>(channel, in source, rows, columns, starts, rowWeights, columnWeights, ref target, channels);
                else if (block.Lanes == 4)
                    Row<Lanes4,
                        Vector128<float>>(channel, in source, rows, columns, starts, rowWeights, columnWeights, ref target, channels);
                else Row<Lanes1, float>(channel, in source, rows, columns, starts, rowWeights, columnWeights, ref target, channels);
            }
        }
    }

    private static void Row<TLanes, TVector>(
        int channel, ref readonly float source, ReadOnlySpan<int> rows, ReadOnlySpan<int> columns, ReadOnlySpan<int> starts,
        ReadOnlySpan<float> rowWeights, ReadOnlySpan<float> columnWeights, ref float target, int channels)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        ref float x = ref Unsafe.Add(ref Unsafe.AsRef(in source), channel);
        ref float y = ref Unsafe.Add(ref target, channel);
        if (columnWeights.IsEmpty) Max<TLanes, TVector>(ref x, rows, columns, starts, ref y, channels);
        else Sum<TLanes, TVector>(ref x, rows, columns, starts, rowWeights, columnWeights, ref y, channels);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Max<TLanes,
        TVector>(ref float source, ReadOnlySpan<int> rows, ReadOnlySpan<int> columns, ReadOnlySpan<int> starts, ref float target,
        nint channels)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        for (int p = 0; p < starts.Length - 1; p++)
        {
            ReadOnlySpan<int> window = columns[starts[p]..starts[p + 1]];
            TVector max = TLanes.Load(ref source, rows[0] + window[0]);
            foreach (int row in rows)
            {
                ref float x = ref Unsafe.Add(ref source, row);
                foreach (int column in window) max = TLanes.LargerOrNaN(max, TLanes.Load(ref x, column));
            }

            TLanes.Store(max, ref target, p * channels);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum<TLanes, TVector>(
        ref float source, ReadOnlySpan<int> rows, ReadOnlySpan<int> columns, ReadOnlySpan<int> starts, ReadOnlySpan<float> rowWeights,
        ReadOnlySpan<float> columnWeights, ref float target, nint channels)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        rowWeights = rowWeights[..rows.Length];
        columnWeights = columnWeights[..columns.Length];
        for (int p = 0; p < starts.Length - 1; p++)
        {
            TVector total = TLanes.Broadcast(0f);
            for (int row = 0; row < rows.Length; row++)
            {
                ref float x = ref Unsafe.Add(ref source, rows[row]);
                TVector sum = TLanes.Broadcast(0f);
                for (int at = starts[p]; at < starts[p + 1]; at++)
                    sum = TLanes.MultiplyAdd(TLanes.Broadcast(columnWeights[at]), TLanes.Load(ref x, columns[at]), sum);
                total = TLanes.MultiplyAdd(TLanes.Broadcast(rowWeights[row]), sum, total);
            }

            TLanes.Store(total, ref target, p * channels);
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
