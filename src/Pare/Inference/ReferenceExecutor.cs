using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Inference;

/// <summary>
/// Runs an <see cref="InferenceGraph"/> by its definition, one value at a time, summing in double precision. Slow; it defines correct.
/// </summary>
internal static class ReferenceExecutor
{
    /// <summary>Computes every node's map for one image.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="input">The image, shifted and scaled, <c>[channel][row][column]</c>.</param>
    /// <returns>
    /// The map of each node, <c>[channel][row][column]</c>, in the order of <see cref="InferenceGraph.Nodes"/>; the last holds the logits.
    /// </returns>
    /// <exception cref="ArgumentException">The image has another number of values than the graph's input.</exception>
    public static float[][] Run(InferenceGraph graph, ReadOnlySpan<float> input)
    {
        if (input.Length != graph.Input.Shape.Count)
            throw new ArgumentException($"An image of {graph.Input.Shape} has {graph.Input.Shape.Count} values, not {input.Length}.",
                nameof(input));
        var maps = new float[graph.Nodes.Count][];
        maps[0] = input.ToArray();
        foreach (InferenceNode node in graph.Nodes.Skip(1))
            maps[node.Index] = Compute(node, [.. node.Inputs.Select(part => maps[part.Index])]);
        return maps;
    }

    private static float[] Compute(InferenceNode node, float[][] inputs)
    {
        Shape from = node.Inputs[0].Shape;
        switch (node.Operation)
        {
            case LoweredConvolution convolution:
                return Each(node.Shape, (o, i, j) => Convolve(convolution, from, inputs[0], o, i, j));
            case LoweredPool pool:
                return Each(node.Shape, (c, i, j) => Pool(pool, from, inputs[0], c, i, j));
            case LoweredBlur blur:
                float[] weights = blur.Weights();
                return Each(node.Shape, (c, i, j) => Blur(blur, weights, from, inputs[0], c, i, j));
            case LoweredMean:
                return Each(node.Shape, (c, _, _) =>
                {
                    double sum = 0;
                    foreach (float value in inputs[0].AsSpan(c * from.Pixels, from.Pixels)) sum += value;
                    return sum / from.Pixels;
                });
            case LoweredAdd add:
                return [.. inputs[0].Select((_, i) => (float)add.Activation.Apply(inputs.Sum(part => (double)part[i])))];
            case LoweredMultiply:
                int share = inputs[1].Length == inputs[0].Length ? 1 : from.Pixels;
                return [.. inputs[0].Select((value, i) => value * inputs[1][i / share])];
            case LoweredActivation activation:
                return [.. inputs[0].Select(value => (float)activation.Activation.Apply(value))];
            case LoweredFlatten:
                return inputs[0];
            case LoweredConcat:
                return [.. inputs.SelectMany(static part => part)];
            default:
                throw new NotSupportedException($"Nothing computes the operation '{node.Operation.Kind}'.");
        }
    }

    private static float[] Each(Shape shape, Func<int, int, int, double> compute)
    {
        var map = new float[shape.Count];
        for (int at = 0; at < map.Length; at++)
            map[at] = (float)compute(at / shape.Pixels, at % shape.Pixels / shape.Width, at % shape.Width);
        return map;
    }

    private static double Convolve(LoweredConvolution convolution, Shape from, float[] x, int o, int i, int j)
    {
        int inputs = convolution.Weights.Shape[1], first = o / (convolution.Channels / convolution.Groups) * inputs;
        SlidingWindow window = convolution.Window;
        ReadOnlySpan<float> weights = convolution.Weights.Values;
        int at = o * inputs * window.Height * window.Width;
        double sum = 0;
        for (int c = 0; c < inputs; c++)
        {
            for (int u = 0; u < window.Height; u++)
            {
                for (int v = 0; v < window.Width; v++, at++)
                {
                    if (window.Reads(from, i, j, u, v, out int row, out int column))
                        sum += weights[at] * (double)x[((((first + c) * from.Height) + row) * from.Width) + column];
                }
            }
        }

        return convolution.Activation.Apply((sum * (convolution.Scale?[o] ?? 1)) + (convolution.Shift?[o] ?? 0));
    }

    private static double Pool(LoweredPool pool, Shape from, float[] x, int c, int i, int j)
    {
        SlidingWindow window = pool.Window;
        double sum = 0, max = double.NegativeInfinity;
        int count = 0;
        for (int u = 0; u < window.Height; u++)
        {
            for (int v = 0; v < window.Width; v++)
            {
                if (!window.Reads(from, i, j, u, v, out int row, out int column)) continue;
                double value = x[(((c * from.Height) + row) * from.Width) + column];
                (sum, max, count) = (sum + value, Math.Max(max, value), count + 1);
            }
        }

        return pool.Mode switch
        {
            PoolMode.Max => max,
            PoolMode.Average => sum / count,
            _ => sum / (window.Height * window.Width),
        };
    }

    private static double Blur(LoweredBlur blur, float[] weights, Shape from, float[] x, int c, int i, int j)
    {
        double sum = 0;
        for (int u = 0; u < blur.Filter; u++)
        {
            for (int v = 0; v < blur.Filter; v++)
            {
                int row = LoweredBlur.Mirrored((i * blur.Stride) + u - blur.Before, from.Height),
                    column = LoweredBlur.Mirrored((j * blur.Stride) + v - blur.Before, from.Width);
                sum += (double)weights[u] * weights[v] * x[(((c * from.Height) + row) * from.Width) + column];
            }
        }

        return sum;
    }
}
