namespace Pare.Graphs.Lowering;

/// <summary>A map as one pixel with a channel for each value, in the order channel, row, column.</summary>
internal sealed record LoweredFlatten : InferenceOperation
{
    /// <inheritdoc/>
    public override string Kind => "flatten";

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => new(Only(inputs).Count, 1, 1);
}
