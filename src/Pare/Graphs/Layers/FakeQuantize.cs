namespace Pare.Graphs.Layers;

/// <summary>
/// Rounds each value to the nearest that an 8-bit integer of the map will stand for, and cuts what lies beyond their ends; the gradient
/// passes inside the ends and is 0 beyond them. So a network learns to do without what its integers cannot say (Jacob et al. 2017,
/// arXiv 1712.05877; the gradient: Bengio et al. 2013, arXiv 1308.3432). The range follows the least and the largest value of each batch,
/// with 0 in it; until a first batch was seen, values pass as they are. In a lowered network the layer is gone, and its range is the
/// node's.
/// </summary>
public sealed record FakeQuantize : Layer
{
    /// <summary>The parameter with the lower end of the range.</summary>
    internal const string Low = "running_min";

    /// <summary>The parameter with the upper end.</summary>
    internal const string High = "running_max";

    /// <summary>How far the range moves towards a batch's, 0 to 1.</summary>
    [Range(0, 1, AboveLeast = true)]
    public float Momentum { get; init; } = 0.05f;

    /// <inheritdoc/>
    public override string Kind => "fake_quantize";

    /// <inheritdoc/>
    public override bool InPlace => true;

    private protected override Shape ShapeFor(IReadOnlyList<Shape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input) =>
    [
        new ParameterSpec(Low, [1], ParameterRole.Statistic, Initialization.FirstBatch),
        new ParameterSpec(High, [1], ParameterRole.Statistic, Initialization.FirstBatch),
    ];
}
