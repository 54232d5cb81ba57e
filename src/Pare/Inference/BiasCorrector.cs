using Pare.Data;
using Pare.Graphs.Lowering;
using Pare.Quantization;

namespace Pare.Inference;

/// <summary>
/// Brings the mean of each channel of each convolution in integers to what it is in float32, one layer after the other, by its bias
/// (Nagel et al., arXiv 1906.04721, appendix D: rounded weights shift the means of what they give, and shifts add up from layer to layer).
/// </summary>
internal static class BiasCorrector
{
    // Images that are run at once, so that their maps fit into so many bytes.
    private const int MostImages = 500, LeastImages = 16;
    private const long MostBytes = 1L << 28;

    /// <summary>How many of the images it runs.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="count">The images that there are.</param>
    public static int Images(InferenceGraph graph, int count)
    {
        long largest = graph.Nodes.Max(static node => (long)node.Shape.Count);
        return (int)Math.Min(count, Math.Clamp(MostBytes / (3 * sizeof(int) * largest), LeastImages, MostImages));
    }

    /// <summary>Corrects a network.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="means">The means in float32 (<see cref="ObservedMaps.Means"/>).</param>
    /// <param name="images">Images of its size.</param>
    /// <param name="chosen">Which of them are run.</param>
    /// <param name="threads">Threads; null for one per processor. The result is the same with any number.</param>
    /// <param name="done">Told so often as there are images.</param>
    /// <param name="cancellation">Stops between two images.</param>
    public static QuantizedGraph Correct(QuantizedGraph graph, IReadOnlyList<double[]?> means, ImageSet images, IReadOnlyList<int> chosen,
        int? threads, Action done, CancellationToken cancellation)
    {
        var nodes = new QuantizedNode[graph.Nodes.Count];
        int[] last = LastReaders(graph);

        // [image][node]: all images go through a node before any goes through the next.
        var maps = new int[chosen.Count][][];
        foreach (QuantizedNode node in graph.Nodes)
        {
            nodes[node.Index] = node.With(node.Operation, [.. node.Inputs.Select(input => nodes[input.Index])]);
            int[][] sums = new int[chosen.Count][];
            Parallels.For(chosen.Count, i =>
            {
                if (node == graph.Input)
                {
                    maps[i] = new int[nodes.Length][];
                    maps[i][0] = QuantizedReference.Enter(graph, images.Image(chosen[i], images.Spare()));
                }
                else if (node.Operation is QuantizedConvolution)
                {
                    sums[i] = QuantizedExecutor.Convolve(nodes[node.Index], maps[i][node.Inputs[0].Index]);
                }
                else
                {
                    maps[i][node.Index] = QuantizedReference.Compute(nodes[node.Index],
                        [.. node.Inputs.Select(input => maps[i][input.Index])], QuantizedExecutor.Convolve);
                }

                if (node == graph.Output) done();
            }, threads, cancellation);
            if (node.Operation is QuantizedConvolution convolution)
            {
                int[] changes = Changes(node, convolution, means[node.Index]!, sums);
                QuantizedConvolution corrected = convolution with { Bias = [.. convolution.Bias.Select((bias, o) => bias + changes[o])] };
                nodes[node.Index] = node.With(corrected, nodes[node.Index].Inputs);
                Parallels.For(chosen.Count, i =>
                {
                    for (int at = 0; at < sums[i].Length; at++) sums[i][at] += changes[at / node.Shape.Pixels];
                    maps[i][node.Index] = QuantizedReference.Finish(nodes[node.Index], sums[i]);
                }, threads, cancellation);
            }

            foreach (int[][] image in maps)
            {
                for (int before = 0; before < node.Index; before++)
                {
                    if (last[before] <= node.Index) image[before] = [];
                }
            }
        }

        return new QuantizedGraph(graph.Source, nodes);
    }

    // What is added to each bias; nothing where a sum could leave 32 bits then.
    private static int[] Changes(QuantizedNode node, QuantizedConvolution convolution, double[] means, int[][] sums)
    {
        int pixels = node.Shape.Pixels;
        var changes = new int[means.Length];
        for (int o = 0; o < changes.Length; o++)
        {
            long sum = 0;
            foreach (int[] map in sums)
            {
                foreach (int value in map.AsSpan(o * pixels, pixels)) sum += value;
            }

            double change = (means[o] / convolution.Units[o]) - ((double)sum / pixels / sums.Length);
            if (double.IsFinite(change) && Math.Abs(change + convolution.Bias[o]) < int.MaxValue / 2) changes[o] = (int)Math.Round(change);
        }

        int[] biases = [.. convolution.Bias.Select((bias, o) => bias + changes[o])];
        return convolution.Weights.Overflowing(biases, node.Inputs[0].Parameters.ZeroPoint) is null ? changes : new int[changes.Length];
    }

    private static int[] LastReaders(QuantizedGraph graph)
    {
        int[] last = [.. Enumerable.Range(0, graph.Nodes.Count)];
        foreach (QuantizedNode node in graph.Nodes)
        {
            foreach (QuantizedNode input in node.Inputs) last[input.Index] = node.Index;
        }

        return last;
    }
}
