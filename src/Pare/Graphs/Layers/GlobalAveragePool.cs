namespace Pare.Graphs.Layers;

/// <summary>The mean of each channel over its pixels. Lin, Chen, Yan 2013, arXiv 1312.4400.</summary>
public sealed record GlobalAveragePool : Layer
{
    /// <inheritdoc/>
    public override string Kind => "global_average_pool";

    /// <inheritdoc/>
    public override bool SeesWholeMap => true;

    private protected override Shape ShapeFor(IReadOnlyList<Shape> inputs) => new(inputs[0].Channels, 1, 1);
}
