namespace Pare.Graphs.Layers;

/// <summary>
/// In training the whole map of an image is 0 with probability p and divided by 1 - p otherwise; in evaluation nothing happens. At the end
/// of a residual branch it drops the branch. Huang et al. 2016, arXiv 1603.09382; scaled in training, as torchvision's mode "row".
/// </summary>
public sealed record StochasticDepth : Layer
{
    /// <summary>The probability p of dropping an image's map, 0 to 1.</summary>
    [Range(0, 1)]
    public float Probability { get; init; } = 0.1f;

    /// <inheritdoc/>
    public override string Kind => "stochastic_depth";

    /// <inheritdoc/>
    public override bool InPlace => true;

    /// <inheritdoc/>
    public override bool TrainingOnly => true;

    private protected override Shape ShapeFor(IReadOnlyList<Shape> inputs) => inputs[0];
}
