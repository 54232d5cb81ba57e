namespace Pare.Graphs.Lowering;

/// <summary>A function of each value, where no convolution and no sum before it could take it up.</summary>
/// <param name="Activation">The function.</param>
internal sealed record LoweredActivation(PointActivation Activation) : InferenceOperation
{
    /// <inheritdoc/>
    public override string Kind => "activation";

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        Activation.Check();
        return Only(inputs);
    }
}
