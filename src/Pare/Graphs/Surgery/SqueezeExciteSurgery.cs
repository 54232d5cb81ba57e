using Pare.Graphs.Layers;
using Pare.Kernels;

namespace Pare.Graphs.Surgery;

/// <summary>Puts squeeze-and-excitation into a network. Hu et al. 2017, arXiv 1709.01507.</summary>
public static class SqueezeExciteSurgery
{
    /// <summary>
    /// Behind every depthwise convolution with its norm and activation, and at the end of every residual branch without one; in a network
    /// with neither, behind every convolution with its norm and activation except those that read the image. Named <c>layer.se</c>.
    /// </summary>
    /// <param name="graph">The network; it stays as it is.</param>
    /// <param name="ratio">As in <see cref="GraphBuilder.SqueezeExcite"/>.</param>
    /// <param name="gate">As there.</param>
    /// <param name="bias">As there.</param>
    /// <exception cref="RecipeException">There is no place for it, or a setting is out of range.</exception>
    public static Graph InsertSqueezeExcite(this Graph graph, float ratio = 4f, ActivationFunction gate = ActivationFunction.Sigmoid,
        bool bias = true)
    {
        ArgumentNullException.ThrowIfNull(graph);
        Node[] places = [.. graph.Nodes.Where(static node => node.IsDepthwise()).Select(graph.EndOfUnit)];
        places =
            [.. places, .. graph.Nodes.Where(static node => node.Layer is Add).Select(static add => add.Inputs[0])
            .Where(end => EndsPlainBranch(graph, end))];
        if (places.Length == 0)
            places = [.. graph.Nodes.Where(node => node.IsDense() && node.Inputs[0] != graph.Input).Select(graph.EndOfUnit)];
        Dictionary<Node, GraphRewriter.Replacement> replacements = places.Distinct()
            .ToDictionary(static place => place, place => (GraphRewriter.Replacement)((net, node, inputs) =>
        {
            GraphRewriter.Copy(net, node, inputs);
            net.SqueezeExcite(ratio, gate, bias: bias, name: $"{place.Name}.se");
        }));
        return GraphRewriter.Rebuild(graph, replacements, "squeeze_excite", "Put it behind a convolution that does not read the image.");
    }

    // A branch that starts with a convolution and holds no depthwise one; an identity has nothing to be gated.
    private static bool EndsPlainBranch(Graph graph, Node end)
    {
        bool convolves = false;
        for (Node node = end; node.Inputs.Count == 1 && graph.OnlyReader(node) is not null; node = node.Inputs[0])
        {
            if (node.IsDepthwise()) return false;
            convolves |= node.Layer is Convolution;
        }

        return convolves;
    }
}
