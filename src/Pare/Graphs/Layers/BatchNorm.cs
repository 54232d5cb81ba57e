namespace Pare.Graphs.Layers;

/// <summary>
/// Batch normalization of each channel, over images and pixels: y = gamma (x - mu) / sqrt(var + eps) + beta. Ioffe and
/// Szegedy 2015, arXiv 1502.03167; running statistics as PyTorch keeps them (the variance unbiased).
/// </summary>
public sealed record BatchNorm : Layer
{
    /// <summary>How far the running statistics move towards a batch's, 0 to 1.</summary>
    [Range(0, 1, AboveLeast = true)]
    public float Momentum { get; init; } = 0.1f;

    /// <summary>Added to the variance.</summary>
    [Range(0, 1, AboveLeast = true)]
    public float Epsilon { get; init; } = 1e-5f;

    /// <summary>Whether gamma is learned; otherwise it is 1, for where the next layer scales anyway.</summary>
    public bool Scale { get; init; } = true;

    /// <summary>Whether beta is learned; otherwise it is 0.</summary>
    public bool Shift { get; init; } = true;

    /// <inheritdoc/>
    public override string Kind => "batch_norm";

    /// <inheritdoc/>
    public override bool InPlace => true;

    private protected override Shape ShapeFor(IReadOnlyList<Shape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input)
    {
        int[] shape = [input.Channels];
        var specs = new List<ParameterSpec>();
        if (Scale) specs.Add(new ParameterSpec("weight", shape, ParameterRole.NormOrBias, Initialization.One));
        if (Shift) specs.Add(new ParameterSpec("bias", shape, ParameterRole.NormOrBias, Initialization.Zero));
        specs.Add(new ParameterSpec("running_mean", shape, ParameterRole.Statistic, Initialization.Zero));
        specs.Add(new ParameterSpec("running_var", shape, ParameterRole.Statistic, Initialization.One));
        return specs;
    }
}
