using Pare.Graphs.Layers;

namespace Pare.Graphs.Surgery;

/// <summary>Puts a blur before steps. Zhang 2019, arXiv 1904.11486.</summary>
public static class BlurPoolSurgery
{
    /// <summary>
    /// A max pool with a step becomes one without and a blur pool that steps, named <c>pool.blur</c>. On request so does a strided
    /// convolution, blurred after its norm and activation, or before it where it is a shortcut's 1x1; an average pool becomes a blur pool.
    /// </summary>
    /// <param name="graph">The network; it stays as it is.</param>
    /// <param name="filter">Side of the filter, 2 to 7.</param>
    /// <param name="convolutions">Also strided convolutions, which then cost stride x stride times the multiply-accumulates.</param>
    /// <param name="averagePools">Also average pools.</param>
    /// <exception cref="RecipeException">No layer steps so, or a map is too small for the filter.</exception>
    public static Graph ReplaceMaxPoolsByBlurPool(this Graph graph, int filter = 3, bool convolutions = false, bool averagePools = false)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var replacements = new Dictionary<Node, GraphRewriter.Replacement>();
        foreach (Node node in graph.Nodes.Where(node => node.Layer.Window.Stride > 1 && !graph.SharesWeights(node)))
        {
            int stride = node.Layer.Window.Stride;
            void Blur(GraphBuilder net) => net.Layer(new BlurPool { Filter = filter, Stride = stride }, $"{node.Name}.blur");
            switch (node.Layer)
            {
                case MaxPool pool:
                    replacements[node] = (net, _, _) => Blur(net.Layer(pool with { Stride = 1 }, node.Name));
                    break;
                case AveragePool when averagePools:
                    replacements[node] = (net, _, _) => Blur(net);
                    break;
                case Convolution { Kernel: 1 } convolution when convolutions:
                    replacements[node] = (net, _, _) =>
                    {
                        Blur(net);
                        net.Layer(convolution with { Stride = 1 }, node.Name);
                    };
                    break;
                case Convolution convolution when convolutions:
                    Node end = graph.EndOfUnit(node);
                    replacements[node] = (net, _, _) => net.Layer(convolution with { Stride = 1 }, node.Name);
                    replacements[end] = end == node
                        ? (net, _, _) => Blur(net.Layer(convolution with { Stride = 1 }, node.Name))
                        : (net, old, inputs) =>
                        {
                            GraphRewriter.Copy(net, old, inputs);
                            Blur(net);
                        };
                    break;
            }
        }

        return GraphRewriter.Rebuild(graph, replacements, "blur_pool",
            "Leave it out, or let it take strided convolutions and average pools too.");
    }
}
