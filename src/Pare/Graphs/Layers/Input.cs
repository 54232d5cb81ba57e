namespace Pare.Graphs.Layers;

/// <summary>Where the images enter.</summary>
/// <param name="Shape">The shape of one image.</param>
public sealed record Input(Shape Shape) : Layer
{
    /// <summary>The shape of one image.</summary>
    public Shape Shape { get; } = Shape;

    /// <inheritdoc/>
    public override string Kind => "input";

    /// <inheritdoc/>
    public override int InputCount => 0;

    private protected override Shape ShapeFor(IReadOnlyList<Shape> inputs) => Shape;
}
