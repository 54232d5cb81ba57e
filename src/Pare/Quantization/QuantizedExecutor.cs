using System.Numerics;
using System.Numerics.Tensors;
using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Quantization;

/// <summary>
/// Runs a <see cref="QuantizedGraph"/> as <see cref="QuantizedReference"/> does, to the bit, with the sums of convolutions a plane at a
/// time: enough for whole test sets.
/// </summary>
internal static class QuantizedExecutor
{
    /// <summary>Computes every node's map for one image.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="pixels">The image's bytes, <c>[channel][row][column]</c>.</param>
    /// <exception cref="ArgumentException">The image has another number of values than the graph's input.</exception>
    public static QuantizedMaps Run(QuantizedGraph graph, ReadOnlySpan<byte> pixels) => QuantizedReference.Run(graph, pixels, Convolve);

    /// <summary>The sums of a convolution, <c>[channel][row][column]</c>.</summary>
    /// <param name="node">The convolution.</param>
    /// <param name="x">Its input's map.</param>
    // Input planes with their borders are cut by the stride into planes in which the pixels that a tap sees lie one after another, whatever
    // the row: a tap is one product of such a plane with a weight, and what it adds beyond the end of a row is not read.
    internal static int[] Convolve(QuantizedNode node, int[] x)
    {
        var convolution = (QuantizedConvolution)node.Operation;
        LoweredConvolution layer = convolution.Layer;
        SlidingWindow window = layer.Window;
        Shape from = node.Inputs[0].Shape, to = node.Shape;
        int inputs = layer.Weights.Shape[1], outputs = layer.Channels / layer.Groups;
        int width = to.Width + ((window.SpanX - 1) / window.StrideX), height = to.Height + ((window.SpanY - 1) / window.StrideY) + 1;
        int cut = width * height, cuts = window.StrideY * window.StrideX;
        var planes = new int[inputs * cuts * cut];
        int[] places = [.. Enumerable.Range(0, inputs * window.Height * window.Width).Select(Place)];
        var sums = new int[to.Height * width];
        var map = new int[to.Count];
        for (int group = 0; group < layer.Groups; group++)
        {
            Cut(window, from, x.AsSpan(group * inputs * from.Pixels, inputs * from.Pixels), node.Inputs[0].Parameters.ZeroPoint, planes,
                width, height);
            for (int o = group * outputs; o < (group + 1) * outputs; o++)
            {
                Sum(planes, places, convolution.Weights.Channel(o), convolution.Bias[o], sums);
                for (int row = 0; row < to.Height; row++)
                    sums.AsSpan(row * width, to.Width).CopyTo(map.AsSpan((o * to.Pixels) + (row * to.Width)));
            }
        }

        return map;

        // Where in the planes the first pixel lies that a tap sees.
        int Place(int tap)
        {
            int c = tap / (window.Height * window.Width), u = tap / window.Width % window.Height * window.DilationY,
                v = tap % window.Width * window.DilationX;
            int plane = (((c * window.StrideY) + (u % window.StrideY)) * window.StrideX) + (v % window.StrideX);
            return (plane * cut) + (u / window.StrideY * width) + (v / window.StrideX);
        }
    }

    // Four vectors of sums stay in registers while all taps are added; the last four lie over others where they do not come out even.
    private static void Sum(ReadOnlySpan<int> planes, int[] places, ReadOnlySpan<sbyte> weights, int bias, Span<int> sums)
    {
        int lanes = Vector<int>.Count, four = 4 * lanes;
        if (sums.Length < four)
        {
            sums.Fill(bias);
            for (int tap = 0; tap < places.Length; tap++)
                TensorPrimitives.MultiplyAdd(planes.Slice(places[tap], sums.Length), weights[tap], sums, sums);
            return;
        }

        for (int at = 0; at < sums.Length; at += four)
        {
            int start = Math.Min(at, sums.Length - four);
            Vector<int> a = new(bias), b = a, c = a, d = a;
            for (int tap = 0; tap < places.Length; tap++)
            {
                var weight = new Vector<int>(weights[tap]);
                ReadOnlySpan<int> seen = planes.Slice(places[tap] + start, four);
                a += weight * new Vector<int>(seen);
                b += weight * new Vector<int>(seen[lanes..]);
                c += weight * new Vector<int>(seen[(2 * lanes)..]);
                d += weight * new Vector<int>(seen[(3 * lanes)..]);
            }

            Span<int> to = sums.Slice(start, four);
            a.CopyTo(to);
            b.CopyTo(to[lanes..]);
            c.CopyTo(to[(2 * lanes)..]);
            d.CopyTo(to[(3 * lanes)..]);
        }
    }

    // x - z, [channel][row of the stride][column of the stride][row][column]; 0 outside the map.
    private static void Cut(SlidingWindow window, Shape from, ReadOnlySpan<int> x, int zero, int[] planes, int width, int height)
    {
        Array.Clear(planes);
        for (int row = 0; row < x.Length / from.Width; row++)
        {
            int c = row / from.Height, i = (row % from.Height) + window.Borders.Top;
            if (i / window.StrideY >= height) continue;
            for (int column = 0; column < from.Width; column++)
            {
                int j = column + window.Borders.Left;
                if (j / window.StrideX >= width) break;
                int plane = (((c * window.StrideY) + (i % window.StrideY)) * window.StrideX) + (j % window.StrideX);
                planes[(((plane * height) + (i / window.StrideY)) * width) + (j / window.StrideX)] = x[(row * from.Width) + column] - zero;
            }
        }
    }
}
