namespace Pare.Graphs.Surgery;

/// <summary>
/// Rebuilds a graph node by node through the builder, which checks all shapes anew. A node that survives keeps its name; what is put
/// in its place, or behind it, is named after it.
/// </summary>
internal sealed class GraphRewriter
{
    private readonly GraphBuilder _net;
    private readonly Dictionary<Node, Node> _new = [];

    private GraphRewriter(Graph graph)
    {
        Shape input = graph.Input.Shape;
        _net = GraphBuilder.Input(input.Channels, input.Height, input.Width);
        _new[graph.Input] = _net.Current;
    }

    /// <summary>Puts one node of the old graph into the new one, which stands at the node's first new input.</summary>
    /// <param name="net">Its current node is the first input.</param>
    /// <param name="node">The old node.</param>
    /// <param name="inputs">Its inputs in the new graph.</param>
    internal delegate void Replacement(GraphBuilder net, Node node, Node[] inputs);

    /// <summary>Rebuilds a graph.</summary>
    /// <param name="graph">The old graph.</param>
    /// <param name="replacements">What is done instead of copying, for the nodes that change.</param>
    /// <param name="surgery">What to call the change in the error.</param>
    /// <param name="remedy">What to do when there is nothing to change.</param>
    /// <exception cref="RecipeException">There is nothing to change, or a layer no longer fits.</exception>
    public static Graph Rebuild(Graph graph, IReadOnlyDictionary<Node, Replacement> replacements, string surgery, string remedy)
    {
        if (replacements.Count == 0) throw new RecipeException("There is nothing in this network to change.", surgery, remedy);
        var rewriter = new GraphRewriter(graph);
        foreach (Node node in graph.Nodes.Skip(1)) rewriter.Take(node, replacements.GetValueOrDefault(node, Copy));
        return rewriter._net.Build();
    }

    /// <summary>The node as it was, on its new inputs.</summary>
    public static void Copy(GraphBuilder net, Node node, Node[] inputs)
    {
        if (node.WeightsOf is { } owner) net.Share(owner.Name, node.Name);
        else net.Join(node.Layer, node.Name, inputs);
    }

    /// <summary>Leaves the node out: its readers read its input.</summary>
    public static void Skip(GraphBuilder net, Node node, Node[] inputs)
    {
    }

    private void Take(Node node, Replacement replacement)
    {
        Node[] inputs = [.. node.Inputs.Select(input => _new[input])];
        _net.Continue(inputs[0]);
        replacement(_net, node, inputs);
        _new[node] = _net.Current;
    }
}
