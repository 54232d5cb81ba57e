namespace Pare.Graphs;

/// <summary>One place in a graph: a layer, what feeds it, and the shape that comes out.</summary>
public sealed class Node
{
    internal Node(string name, Layer layer, IReadOnlyList<Node> inputs, Shape shape, Node? weightsOf = null) =>
        (Name, Layer, Inputs, Shape, WeightsOf) = (name, layer, inputs, shape, weightsOf);

    /// <summary>Unique in the graph, such as <c>conv2</c>.</summary>
    public string Name { get; }

    /// <summary>What it computes.</summary>
    public Layer Layer { get; }

    /// <summary>The layer's kind with what shapes it, such as <c>conv 3x3 stride 2 depthwise</c>.</summary>
    public string Description => Layer.Describe(Inputs.Count > 0 ? Inputs[0].Shape : Shape);

    /// <summary>The nodes whose outputs it takes, in order.</summary>
    public IReadOnlyList<Node> Inputs { get; }

    /// <summary>The shape of its output.</summary>
    public Shape Shape { get; }

    /// <summary>The earlier node whose weights this one computes with; null where it has its own.</summary>
    public Node? WeightsOf { get; }

    /// <summary>
    /// The parameters and running statistics that it owns; none for an input, and for a node that computes with another's.
    /// </summary>
    public IReadOnlyList<ParameterSpec> Parameters => Inputs.Count == 0 || WeightsOf is not null ? [] : Layer.Parameters(Inputs[0].Shape);

    /// <summary>Multiply-accumulates of one image's forward pass.</summary>
    public long Macs => Inputs.Count == 0 ? 0 : Layer.Macs(Inputs[0].Shape, Shape);

    /// <summary>The name in <see cref="Network"/> of a parameter that it computes with, such as <c>conv1.weight</c>.</summary>
    public string ParameterName(string parameter) => $"{(WeightsOf ?? this).Name}.{parameter}";
}
