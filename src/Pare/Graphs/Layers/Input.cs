namespace Pare.Graphs.Layers;

/// <summary>Where the images enter.</summary>
/// <param name="Shape">The shape of one image.</param>
public sealed record Input(Shape Shape) : Layer
{
    /// <inheritdoc/>
    public override string Kind => "input";

    /// <inheritdoc/>
    public override int InputCount => 0;

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        Positive(Shape.Channels, "channels");
        Positive(Shape.Height, "height");
        Positive(Shape.Width, "width");
        return Shape;
    }
}
