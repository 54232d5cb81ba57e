namespace Pare.Graphs.Layers;

/// <summary>The sum of two or more maps of the same shape: the residual connection. He et al. 2015, arXiv 1512.03385.</summary>
public sealed record Add : Layer
{
    /// <inheritdoc/>
    public override string Kind => "add";

    /// <inheritdoc/>
    public override int InputCount => -1;

    private protected override Shape ShapeFor(IReadOnlyList<Shape> inputs)
    {
        foreach (Shape shape in inputs)
        {
            if (shape != inputs[0])
                throw new ArgumentException($"maps of different shapes cannot be added: {string.Join(" and ", inputs)}.");
        }

        return inputs[0];
    }
}
