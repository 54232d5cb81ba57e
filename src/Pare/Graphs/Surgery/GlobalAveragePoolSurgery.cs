using Pare.Graphs.Layers;

namespace Pare.Graphs.Surgery;

/// <summary>Takes the dense head off a network. Lin, Chen, Yan 2013, arXiv 1312.4400.</summary>
public static class GlobalAveragePoolSurgery
{
    /// <summary>
    /// The flatten before the head becomes a global average pool that keeps its name; of the layers behind it only the last linear one
    /// stays, over as many inputs as there are channels.
    /// </summary>
    /// <param name="graph">The network; it stays as it is.</param>
    /// <exception cref="RecipeException">The network does not end in a flatten and linear layers.</exception>
    public static Graph ReplaceDenseHeadByGlobalAveragePool(this Graph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var replacements = new Dictionary<Node, GraphRewriter.Replacement>();
        Node head = graph.Output;
        while (head.Layer is Linear || head.Layer.InPlace) head = head.Inputs[0];
        if (head.Layer is Flatten && graph.Output.Layer is Linear && graph.OnlyReader(head) is not null)
        {
            replacements[head] = static (net, node, _) => net.Layer(new GlobalAveragePool(), node.Name);
            for (Node node = graph.Output.Inputs[0]; node != head; node = node.Inputs[0]) replacements[node] = GraphRewriter.Skip;
        }

        return GraphRewriter.Rebuild(graph, replacements, "global_average_pool",
            "Leave it out: it takes a network that ends in a flatten and linear layers.");
    }
}
