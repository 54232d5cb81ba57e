namespace Pare.Graphs.Lowering;

/// <summary>The sum of two or more maps of the same shape, in their order, and a function of it.</summary>
internal sealed record LoweredAdd : InferenceOperation
{
    /// <summary>What is applied to the sum.</summary>
    public PointActivation Activation { get; init; }

    /// <inheritdoc/>
    public override string Kind => "add";

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        AtLeastTwo(inputs);
        Activation.Check();
        return inputs.All(shape => shape == inputs[0]) ? inputs[0]
            : throw new ArgumentException($"maps of different shapes cannot be added: {string.Join(" and ", inputs)}.");
    }
}
