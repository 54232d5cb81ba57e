using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Quantization;

/// <summary>Runs a <see cref="QuantizedGraph"/> by its definition, one value at a time. Slow; it defines correct, to the bit.</summary>
internal static class QuantizedReference
{
    /// <summary>Computes every node's map for one image.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="pixels">The image's bytes, <c>[channel][row][column]</c>.</param>
    /// <exception cref="ArgumentException">The image has another number of values than the graph's input.</exception>
    public static QuantizedMaps Run(QuantizedGraph graph, ReadOnlySpan<byte> pixels) => Run(graph, pixels, Convolve);

    /// <summary>The same with sums of convolutions that somebody else makes, <c>[channel][row][column]</c>.</summary>
    internal static QuantizedMaps Run(QuantizedGraph graph, ReadOnlySpan<byte> pixels, Func<QuantizedNode, int[], int[]> sums)
    {
        var maps = new int[graph.Nodes.Count][];
        maps[0] = Enter(graph, pixels);
        foreach (QuantizedNode node in graph.Nodes.Skip(1))
            maps[node.Index] = Compute(node, [.. node.Inputs.Select(part => maps[part.Index])], sums);
        return new QuantizedMaps(maps, [.. maps[^1].Select((value, channel) => graph.Output.Logit(channel, value))]);
    }

    /// <summary>The map of the input.</summary>
    /// <exception cref="ArgumentException">The image has another number of values than the graph's input.</exception>
    internal static int[] Enter(QuantizedGraph graph, ReadOnlySpan<byte> pixels)
    {
        Shape shape = graph.Input.Shape;
        if (pixels.Length != shape.Count)
            throw new ArgumentException($"An image of {shape} has {shape.Count} values, not {pixels.Length}.", nameof(pixels));
        var map = new int[pixels.Length];
        var input = (QuantizedInput)graph.Input.Operation;
        for (int at = 0; at < map.Length; at++) map[at] = input.Table[(at / shape.Pixels * 256) + pixels[at]];
        return map;
    }

    /// <summary>The map of a convolution from its sums, in their place.</summary>
    internal static int[] Finish(QuantizedNode node, int[] sums)
    {
        var convolution = (QuantizedConvolution)node.Operation;
        if (convolution.Requantizations is not { } scales) return sums;
        for (int o = 0; o < scales.Count; o++)
        {
            Requantization scale = scales[o];
            foreach (ref int value in sums.AsSpan(o * node.Shape.Pixels, node.Shape.Pixels))
                value = convolution.Stage!.Apply(scale.Apply(value));
        }

        return sums;
    }

    /// <summary>The map of a node that is not the input, from those of its inputs.</summary>
    internal static int[] Compute(QuantizedNode node, int[][] inputs, Func<QuantizedNode, int[], int[]> sums)
    {
        Shape from = node.Inputs[0].Shape;
        int zero = node.Inputs[0].Parameters.ZeroPoint;
        int[] x = inputs[0];
        switch (node.Operation)
        {
            case QuantizedConvolution:
                return Finish(node, sums(node, x));
            case QuantizedPool pool:
                return Each(node.Shape, (c, i, j) => Pool(pool.Layer, from, x, zero, c, i, j));
            case QuantizedBlur blur:
                return Each(node.Shape, (c, i, j) => Blur(blur, from, x, zero, c, i, j));
            case QuantizedMean mean:
                return Each(node.Shape, (c, _, _) =>
                {
                    int sum = 0;
                    foreach (int value in x.AsSpan(c * from.Pixels, from.Pixels)) sum += value - zero;
                    return mean.Requantization is { } scale ? mean.Stage!.Apply(scale.Apply(sum)) : sum;
                });
            case QuantizedAdd add:
                var terms = new int[x.Length];
                for (int k = 0; k < inputs.Length; k++)
                {
                    (Requantization term, int part) = (add.Terms[k], node.Inputs[k].Parameters.ZeroPoint);
                    for (int at = 0; at < terms.Length; at++) terms[at] += term.Apply((inputs[k][at] - part) << QuantizedAdd.TermShift);
                }

                foreach (ref int value in terms.AsSpan()) value = add.Stage.Apply(add.Sum.Apply(value));
                return terms;
            case QuantizedMultiply multiply:
                int share = inputs[1].Length == x.Length ? 1 : from.Pixels, other = node.Inputs[1].Parameters.ZeroPoint;
                return [.. x.Select((value, at) =>
                    (int)multiply.Stage.Apply(multiply.Product.Apply((value - zero) * (inputs[1][at / share] - other))))];
            case QuantizedActivation activation:
                return [.. x.Select(value => (int)activation.Stage.Apply(value))];
            case QuantizedConcat concat:
                return [.. inputs.SelectMany((part, k) => part.Select(value => concat.Parts[k] is { } scale
                    ? concat.Stage.Apply(scale.Apply(value - node.Inputs[k].Parameters.ZeroPoint)) : value))];
            case QuantizedFlatten:
                return x;
            default:
                throw new NotSupportedException($"Nothing computes the operation '{node.Operation}'.");
        }
    }

    private static int[] Each(Shape shape, Func<int, int, int, int> compute)
    {
        var map = new int[shape.Count];
        for (int at = 0; at < map.Length; at++)
            map[at] = compute(at / shape.Pixels, at % shape.Pixels / shape.Width, at % shape.Width);
        return map;
    }

    private static int[] Convolve(QuantizedNode node, int[] x) => Each(node.Shape, (o, i, j) =>
        Convolve((QuantizedConvolution)node.Operation, node.Inputs[0].Shape, x, node.Inputs[0].Parameters.ZeroPoint, o, i, j));

    private static int Convolve(QuantizedConvolution convolution, Shape from, int[] x, int zero, int o, int i, int j)
    {
        LoweredConvolution layer = convolution.Layer;
        int inputs = layer.Weights.Shape[1], first = o / (layer.Channels / layer.Groups) * inputs;
        ReadOnlySpan<sbyte> weights = convolution.Weights.Channel(o);
        int sum = convolution.Bias[o], at = 0;
        for (int c = 0; c < inputs; c++)
        {
            for (int u = 0; u < layer.Window.Height; u++)
            {
                for (int v = 0; v < layer.Window.Width; v++, at++)
                {
                    if (layer.Window.Reads(from, i, j, u, v, out int row, out int column))
                        sum += weights[at] * (x[((((first + c) * from.Height) + row) * from.Width) + column] - zero);
                }
            }
        }

        return sum;
    }

    private static int Pool(LoweredPool pool, Shape from, int[] x, int zero, int c, int i, int j)
    {
        SlidingWindow window = pool.Window;
        int sum = 0, max = int.MinValue, count = 0;
        for (int u = 0; u < window.Height; u++)
        {
            for (int v = 0; v < window.Width; v++)
            {
                if (!window.Reads(from, i, j, u, v, out int row, out int column)) continue;
                int value = x[(((c * from.Height) + row) * from.Width) + column];
                (sum, max, count) = (sum + value - zero, Math.Max(max, value), count + 1);
            }
        }

        if (pool.Mode == PoolMode.Max) return max;
        if (pool.Mode == PoolMode.AverageWithBorders) count = window.Height * window.Width;
        return zero + ((sum + (sum < 0 ? -(count / 2) : count / 2)) / count);
    }

    private static int Blur(QuantizedBlur blur, Shape from, int[] x, int zero, int c, int i, int j)
    {
        LoweredBlur layer = blur.Layer;
        int sum = 0;
        for (int u = 0; u < layer.Filter; u++)
        {
            for (int v = 0; v < layer.Filter; v++)
            {
                int row = LoweredBlur.Mirrored((i * layer.Stride) + u - layer.Before, from.Height),
                    column = LoweredBlur.Mirrored((j * layer.Stride) + v - layer.Before, from.Width);
                sum += blur.Taps[u] * blur.Taps[v] * (x[(((c * from.Height) + row) * from.Width) + column] - zero);
            }
        }

        return zero + Requantization.RoundingShift(sum, blur.Shift);
    }
}
