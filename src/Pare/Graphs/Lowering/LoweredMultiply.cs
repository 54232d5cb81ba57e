namespace Pare.Graphs.Lowering;

/// <summary>
/// The first map times the second, which is of the same shape, or has one pixel that multiplies all pixels of its channel.
/// </summary>
internal sealed record LoweredMultiply : InferenceOperation
{
    /// <inheritdoc/>
    public override string Kind => "multiply";

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        if (inputs.Count != 2) throw new ArgumentException($"it takes two inputs, not {inputs.Count}.");
        return inputs[1] == inputs[0] || inputs[1] == new Shape(inputs[0].Channels, 1, 1)
            ? inputs[0]
            : throw new ArgumentException(
                $"a map of {inputs[0]} is multiplied by one of the same shape or of {inputs[0].Channels}x1x1, not {inputs[1]}.");
    }
}
