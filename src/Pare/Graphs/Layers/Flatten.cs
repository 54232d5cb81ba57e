namespace Pare.Graphs.Layers;

/// <summary>Lays a map out as one pixel with a channel for each value, in the order channel, row, column.</summary>
public sealed record Flatten : Layer
{
    /// <inheritdoc/>
    public override string Kind => "flatten";

    /// <inheritdoc/>
    public override bool SeesWholeMap => true;

    private protected override Shape ShapeFor(IReadOnlyList<Shape> inputs) => new(inputs[0].Count, 1, 1);
}
