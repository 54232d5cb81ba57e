using Pare.Graphs.Layers;

namespace Pare.Graphs.Surgery;

/// <summary>What surgery looks for in a graph.</summary>
internal static class GraphPatterns
{
    /// <summary>The only reader of a node; null when there are none or several.</summary>
    public static Node? OnlyReader(this Graph graph, Node node)
    {
        Node[] readers = [.. graph.Nodes.Where(reader => reader.Inputs.Contains(node))];
        return readers.Length == 1 ? readers[0] : null;
    }

    /// <summary>The last of the norms and activations that follow a convolution, or the convolution itself.</summary>
    public static Node EndOfUnit(this Graph graph, Node convolution)
    {
        Node end = convolution;
        while (graph.OnlyReader(end) is { Layer: { InPlace: true, TrainingOnly: false } } next) end = next;
        return end;
    }

    /// <summary>Whether another node computes with the same weights.</summary>
    public static bool SharesWeights(this Graph graph, Node node) =>
        node.WeightsOf is not null || graph.Nodes.Any(other => other.WeightsOf == node);

    /// <summary>Whether the node is a convolution with one filter a channel.</summary>
    public static bool IsDepthwise(this Node node) =>
        node.Layer is Convolution { Groups: > 1 and int groups } && groups == node.Inputs[0].Shape.Channels;

    /// <summary>Whether the node is a convolution over more than one pixel that mixes all its input channels.</summary>
    public static bool IsDense(this Node node) => node.Layer is Convolution { Groups: 1, Kernel: > 1 };
}
