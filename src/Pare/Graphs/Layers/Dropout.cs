namespace Pare.Graphs.Layers;

/// <summary>
/// In training each value is 0 with probability p and divided by 1 - p otherwise; in evaluation nothing happens. Srivastava et al. 2014,
/// JMLR 15.
/// </summary>
public sealed record Dropout : Layer
{
    /// <summary>The probability p of dropping a value, 0 to 1.</summary>
    [Range(0, 1)]
    public float Probability { get; init; } = 0.5f;

    /// <inheritdoc/>
    public override string Kind => "dropout";

    /// <inheritdoc/>
    public override bool InPlace => true;

    /// <inheritdoc/>
    public override bool TrainingOnly => true;

    private protected override Shape ShapeFor(IReadOnlyList<Shape> inputs) => inputs[0];
}
