namespace Pare.Graphs.Lowering;

/// <summary>The channels of two or more maps, one map after the other.</summary>
internal sealed record LoweredConcat : InferenceOperation
{
    /// <inheritdoc/>
    public override string Kind => "concat";

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        AtLeastTwo(inputs);
        return inputs.All(shape => shape with { Channels = inputs[0].Channels } == inputs[0])
            ? inputs[0] with { Channels = inputs.Sum(static shape => shape.Channels) }
            : throw new ArgumentException($"maps of different sides cannot be put together: {string.Join(" and ", inputs)}.");
    }
}
