namespace Pare.Graphs.Lowering;

/// <summary>The mean of each channel over all its pixels.</summary>
internal sealed record LoweredMean : InferenceOperation
{
    /// <inheritdoc/>
    public override string Kind => "global_mean";

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => new(Only(inputs).Channels, 1, 1);
}
