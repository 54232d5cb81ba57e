using Pare.Graphs.Layers;

namespace Pare.Graphs;

/// <summary>
/// A network's structure as data: nodes in an order in which every node comes after its inputs. The first is the input, the last the
/// output.
/// </summary>
public sealed class Graph
{
    internal Graph(IReadOnlyList<Node> nodes) => Nodes = nodes;

    /// <summary>All nodes, each after its inputs.</summary>
    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>The node that the images enter.</summary>
    public Node Input => Nodes[0];

    /// <summary>The node whose map is the result; for a classifier its channels are the classes' logits.</summary>
    public Node Output => Nodes[^1];

    /// <summary>The same layers, with the same parameters, over images of another size.</summary>
    /// <param name="height">Rows of an image.</param>
    /// <param name="width">Columns of an image.</param>
    /// <exception cref="RecipeException">
    /// A layer does not fit the map that it would meet, or has parameters for each of its pixels; the error names it.
    /// </exception>
    internal Graph Resized(int height, int width)
    {
        var resized = new Dictionary<Node, Node>();
        foreach (Node node in Nodes)
        {
            Layer layer = node.Layer is Input ? new Input(node.Shape with { Height = height, Width = width }) : node.Layer;
            Node[] inputs = [.. node.Inputs.Select(input => resized[input])];
            Node? weightsOf = node.WeightsOf is { } owner ? resized[owner] : null;
            var changed = new Node(node.Name, layer, inputs, GraphBuilder.Shaped(node.Name, layer, inputs), weightsOf);
            bool same = changed.Parameters.Zip(node.Parameters).All(static pair => pair.First.Length == pair.Second.Length);
            if (!same || (node == Output && changed.Shape != node.Shape))
                throw new RecipeException($"This layer has {(same ? "outputs" : "weights")} for each pixel of the map that it meets.",
                    $"layer '{node.Name}', which meets {inputs[0].Shape} instead of {node.Inputs[0].Shape}",
                    "Put global_average_pool before it.");
            resized[node] = changed;
        }

        return new Graph([.. Nodes.Select(node => resized[node])]);
    }

    /// <summary>How many nodes read the output of each node.</summary>
    internal Dictionary<Node, int> CountReaders()
    {
        var readers = Nodes.ToDictionary(static node => node, static _ => 0);
        foreach (Node node in Nodes)
        {
            foreach (Node input in node.Inputs) readers[input]++;
        }

        return readers;
    }
}
