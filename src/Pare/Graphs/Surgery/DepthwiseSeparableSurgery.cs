using Pare.Graphs.Layers;
using Pare.Kernels;

namespace Pare.Graphs.Surgery;

/// <summary>Takes dense convolutions apart into depthwise and pointwise ones. Howard et al. 2017, arXiv 1704.04861.</summary>
public static class DepthwiseSeparableSurgery
{
    /// <summary>
    /// A dense convolution becomes a depthwise one of the same kernel and stride (<c>conv.depthwise</c>) with norm and ReLU, and a
    /// pointwise one that keeps the name. Convolutions that read the image stay, as in the paper, and so do those with shared weights.
    /// </summary>
    /// <param name="graph">The network; it stays as it is.</param>
    /// <exception cref="RecipeException">There is no dense convolution behind the first.</exception>
    public static Graph ReplaceConvolutionsByDepthwiseSeparable(this Graph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        Dictionary<Node, GraphRewriter.Replacement> replacements = graph.Nodes
            .Where(node => node.IsDense() && node.Inputs[0] != graph.Input && !graph.SharesWeights(node))
            .ToDictionary(static node => node, static _ => (GraphRewriter.Replacement)Replace);
        return GraphRewriter.Rebuild(graph, replacements, "depthwise_separable",
            "Leave it out: the network has no dense convolution behind the first.");
    }

    private static void Replace(GraphBuilder net, Node node, Node[] inputs)
    {
        var layer = (Convolution)node.Layer;
        int channels = net.Current.Shape.Channels;
        net.Layer(layer with { Channels = channels, Groups = channels, Bias = false }, $"{node.Name}.depthwise")
            .Layer(new BatchNorm(), $"{node.Name}.norm").Layer(new Activation(ActivationFunction.Relu), $"{node.Name}.relu")
            .Layer(new Convolution { Channels = layer.Channels, Kernel = 1, Bias = layer.Bias }, node.Name);
    }
}
