namespace Pare.Graphs.Lowering;

/// <summary>One place in an <see cref="InferenceGraph"/>.</summary>
internal sealed class InferenceNode
{
    internal InferenceNode(int index, string name, InferenceOperation operation, IReadOnlyList<InferenceNode> inputs, Shape shape) =>
        (Index, Name, Operation, Inputs, Shape) = (index, name, operation, inputs, shape);

    /// <summary>Its place in <see cref="InferenceGraph.Nodes"/>.</summary>
    public int Index { get; }

    /// <summary>Unique in the graph; that of the trained layer, such as <c>conv2</c>.</summary>
    public string Name { get; }

    /// <summary>What it computes.</summary>
    public InferenceOperation Operation { get; }

    /// <summary>The nodes whose outputs it takes, in order; each has a smaller index.</summary>
    public IReadOnlyList<InferenceNode> Inputs { get; }

    /// <summary>The shape of its output.</summary>
    public Shape Shape { get; }

    /// <summary>Between what the training found the values of its map; null where it did not look.</summary>
    public ValueRange? Range { get; internal set; }

    /// <summary>Between what it found that which the activation is applied to; null where it did not look.</summary>
    public ValueRange? SumRange { get; internal set; }

    /// <summary>Multiply-accumulates of one image.</summary>
    public long Macs => Inputs.Count == 0 ? 0 : Operation.Macs(Inputs[0].Shape, Shape);
}
