namespace Pare.Graphs;

/// <summary>One place in a graph: a layer, what feeds it, and the shape that comes out.</summary>
public sealed class Node
{
    internal Node(string name, Layer layer, IReadOnlyList<Node> inputs, Shape shape) =>
        (Name, Layer, Inputs, Shape) = (name, layer, inputs, shape);

    /// <summary>Unique in the graph, such as <c>conv2</c>.</summary>
    public string Name { get; }

    /// <summary>What it computes.</summary>
    public Layer Layer { get; }

    /// <summary>The nodes whose outputs it takes, in order.</summary>
    public IReadOnlyList<Node> Inputs { get; }

    /// <summary>The shape of its output.</summary>
    public Shape Shape { get; }

    /// <summary>The parameters and running statistics of its layer; empty for an input.</summary>
    public IReadOnlyList<ParameterSpec> Parameters => Inputs.Count == 0 ? [] : Layer.Parameters(Inputs[0].Shape);

    /// <summary>Multiply-accumulates of one image's forward pass.</summary>
    public long Macs => Inputs.Count == 0 ? 0 : Layer.Macs(Inputs[0].Shape, Shape);
}
