namespace Pare.Graphs.Lowering;

/// <summary>What one node of an <see cref="InferenceGraph"/> computes, as data. There are no others than those of this folder.</summary>
internal abstract record InferenceOperation
{
    private protected InferenceOperation()
    {
    }

    /// <summary>The name in files and messages, in snake case.</summary>
    public abstract string Kind { get; }

    /// <summary>The shape of the output for the given input shapes.</summary>
    /// <exception cref="ArgumentException">A setting is out of range or the shapes do not fit; the message says which.</exception>
    public abstract Shape OutputShape(IReadOnlyList<Shape> inputs);

    /// <summary>Multiply-accumulates of one image.</summary>
    public virtual long Macs(Shape input, Shape output) => 0;

    private protected static Shape Only(IReadOnlyList<Shape> inputs) =>
        inputs.Count == 1 ? inputs[0] : throw new ArgumentException($"it takes one input, not {inputs.Count}.");

    private protected static void AtLeastTwo(IReadOnlyList<Shape> inputs)
    {
        if (inputs.Count < 2) throw new ArgumentException($"it takes 2 inputs or more, not {inputs.Count}.");
    }
}
