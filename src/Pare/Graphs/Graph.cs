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
