using System.Diagnostics.CodeAnalysis;
using Pare.Graphs;
using Pare.Graphs.Surgery;
using Pare.Kernels;

namespace Pare.Recipes;

/// <summary>A change of a network that a recipe names, as settings with defaults.</summary>
[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)]
internal abstract record SurgeryChange
{
    /// <summary>The changed network.</summary>
    /// <exception cref="RecipeException">There is nothing to change, or a layer no longer fits.</exception>
    public abstract Graph Apply(Graph graph);
}

/// <summary>Max pools that step become max pools without a step and a blur pool that steps. Zhang 2019, arXiv 1904.11486.</summary>
internal sealed record BlurPoolChange : SurgeryChange
{
    /// <summary>Side of the filter, in pixels: 2 to 7.</summary>
    [Range(Pare.Graphs.Layers.BlurPool.SmallestFilter, Pare.Graphs.Layers.BlurPool.LargestFilter)]
    public int Filter { get; init; } = 3;

    /// <summary>Also strided convolutions, which then cost stride x stride times the multiply-accumulates.</summary>
    public bool Convolutions { get; init; }

    /// <summary>Also average pools.</summary>
    public bool AveragePools { get; init; }

    public override Graph Apply(Graph graph) => graph.ReplaceMaxPoolsByBlurPool(Filter, Convolutions, AveragePools);
}

/// <summary>
/// Squeeze-and-excitation behind depthwise convolutions and at the end of residual branches, or else behind convolutions. Hu et al. 2017,
/// arXiv 1709.01507.
/// </summary>
internal sealed record SqueezeExciteChange : SurgeryChange
{
    /// <summary>How many times fewer units than channels are between the two layers: max(round(channels / ratio), 4).</summary>
    [Range(1, Limits.Channels)]
    public float Ratio { get; init; } = 4;

    /// <summary>The function at the end.</summary>
    [Choices(ActivationFunction.Sigmoid, ActivationFunction.HardSigmoid)]
    public ActivationFunction Gate { get; init; } = ActivationFunction.Sigmoid;

    /// <summary>Whether the linear layers have biases.</summary>
    public bool Bias { get; init; } = true;

    public override Graph Apply(Graph graph) => graph.InsertSqueezeExcite(Ratio, Gate, Bias);
}

/// <summary>Dense convolutions behind the first become a depthwise and a pointwise one. Howard et al. 2017, arXiv 1704.04861.</summary>
internal sealed record DepthwiseSeparableChange : SurgeryChange
{
    public override Graph Apply(Graph graph) => graph.ReplaceConvolutionsByDepthwiseSeparable();
}

/// <summary>The dense head becomes a global average pool and one linear layer. Lin, Chen, Yan 2013, arXiv 1312.4400.</summary>
internal sealed record GlobalAveragePoolChange : SurgeryChange
{
    public override Graph Apply(Graph graph) => graph.ReplaceDenseHeadByGlobalAveragePool();
}

/// <summary>Every layer but those that make the output becomes narrower or wider. Howard et al. 2017, arXiv 1704.04861.</summary>
internal sealed record ScaleWidthChange : SurgeryChange
{
    /// <summary>What the channels and units are multiplied by; each stays at least 1.</summary>
    [Range(0, Limits.Channels, AboveLeast = true)]
    public float Factor { get; init; } = 0.5f;

    public override Graph Apply(Graph graph) => graph.ScaleWidth(Factor);
}
