namespace Pare.Graphs.Lowering;

/// <summary>Where an image enters, already shifted and scaled.</summary>
/// <param name="Shape">The shape of one image.</param>
internal sealed record LoweredInput(Shape Shape) : InferenceOperation
{
    /// <inheritdoc/>
    public override string Kind => "input";

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) =>
        inputs.Count == 0 && Shape is { Channels: > 0, Height: > 0, Width: > 0 } ? Shape
            : throw new ArgumentException($"an input of {Shape} is none.");
}
