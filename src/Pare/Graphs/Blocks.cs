using Pare.Kernels;

namespace Pare.Graphs;

/// <summary>A 1x1 convolution.</summary>
internal sealed record PointwiseConvolution : Block
{
    /// <summary>Output channels.</summary>
    [Range(1, Limits.Channels)]
    public required int Channels { get; init; }

    /// <summary>Whether each output channel adds a bias; pointless before a batch norm, which takes it away again.</summary>
    public bool Bias { get; init; }

    private protected override void Add(GraphBuilder net) => net.PointwiseConv(Channels, Bias);
}

/// <summary>A convolution with one filter a channel. Chollet 2016, arXiv 1610.02357.</summary>
internal sealed record DepthwiseConvolution : Block
{
    /// <summary>Side of the square filter, in pixels.</summary>
    [Range(1, Limits.Window)]
    public int Kernel { get; init; } = 3;

    /// <summary>Step between windows, in pixels.</summary>
    [Range(1, Limits.Window)]
    public int Stride { get; init; } = 1;

    /// <summary>Zero pixels around the map; null keeps the size at stride 1: (kernel - 1) / 2.</summary>
    [Range(0, Limits.Window)]
    public int? Padding { get; init; }

    /// <summary>Output channels for each input channel.</summary>
    [Range(1, Limits.Channels)]
    public int Multiplier { get; init; } = 1;

    /// <summary>Whether each output channel adds a bias; pointless before a batch norm, which takes it away again.</summary>
    public bool Bias { get; init; }

    private protected override void Add(GraphBuilder net) => net.DepthwiseConv(Kernel, Stride, Padding, Multiplier, Bias);
}

/// <summary>
/// A depthwise convolution the size of the map, without padding, which must be square: one learned weight a channel and pixel.
/// </summary>
internal sealed record GlobalDepthwiseConvolution : Block
{
    /// <summary>Whether each channel adds a bias.</summary>
    public bool Bias { get; init; }

    private protected override void Add(GraphBuilder net) => net.GlobalDepthwiseConv(Bias);
}

/// <summary>A depthwise and a pointwise convolution, batch norm and ReLU after each. Howard et al. 2017, arXiv 1704.04861.</summary>
internal sealed record DepthwiseSeparable : Block
{
    /// <summary>Output channels.</summary>
    [Range(1, Limits.Channels)]
    public required int Channels { get; init; }

    /// <summary>Side of the depthwise filter, in pixels.</summary>
    [Range(1, Limits.Window)]
    public int Kernel { get; init; } = 3;

    /// <summary>Step of the depthwise convolution, in pixels.</summary>
    [Range(1, Limits.Window)]
    public int Stride { get; init; } = 1;

    private protected override void Add(GraphBuilder net) => net.DepthwiseSeparable(Channels, Kernel, Stride);
}

/// <summary>Two 3x3 convolutions with a shortcut around them. He et al. 2015, arXiv 1512.03385.</summary>
internal sealed record ResidualBlock : Block
{
    /// <summary>Output channels.</summary>
    [Range(1, Limits.Channels)]
    public required int Channels { get; init; }

    /// <summary>Step of the first convolution, in pixels.</summary>
    [Range(1, Limits.Window)]
    public int Stride { get; init; } = 1;

    /// <summary>The function between the convolutions and after the addition.</summary>
    [Choices(ActivationFunction.Relu, ActivationFunction.Relu6, ActivationFunction.HardSwish, ActivationFunction.Silu)]
    public ActivationFunction Activation { get; init; } = ActivationFunction.Relu;

    /// <summary>The ratio of a squeeze-and-excitation at the end of the branch; null for none.</summary>
    [Range(1, Limits.Channels)]
    public float? SqueezeExcite { get; init; }

    /// <summary>The probability of dropping the branch; 0 for never.</summary>
    [Range(0, 1)]
    public float StochasticDepth { get; init; }

    private protected override void Add(GraphBuilder net) =>
        net.ResidualBlock(Channels, Stride, Activation, SqueezeExcite, StochasticDepth);
}

/// <summary>
/// A pointwise convolution that widens, a depthwise one, and a pointwise one that narrows again, added to the input at stride 1 and equal
/// channels. Sandler et al. 2018, arXiv 1801.04381.
/// </summary>
internal sealed record InvertedResidual : Block
{
    /// <summary>Output channels.</summary>
    [Range(1, Limits.Channels)]
    public required int Channels { get; init; }

    /// <summary>How many times wider the depthwise convolution is than the input; 1 leaves the first convolution out.</summary>
    [Range(1, 64)]
    public int Expansion { get; init; } = 6;

    /// <summary>Side of the depthwise filter, in pixels.</summary>
    [Range(1, Limits.Window)]
    public int Kernel { get; init; } = 3;

    /// <summary>Step of the depthwise convolution, in pixels.</summary>
    [Range(1, Limits.Window)]
    public int Stride { get; init; } = 1;

    /// <summary>The function after the first two convolutions.</summary>
    [Choices(ActivationFunction.Relu, ActivationFunction.Relu6, ActivationFunction.HardSwish, ActivationFunction.Silu)]
    public ActivationFunction Activation { get; init; } = ActivationFunction.Relu6;

    /// <summary>The ratio of a squeeze-and-excitation before the last convolution; null for none.</summary>
    [Range(1, Limits.Channels)]
    public float? SqueezeExcite { get; init; }

    /// <summary>The probability of dropping the branch where there is a shortcut; 0 for never.</summary>
    [Range(0, 1)]
    public float StochasticDepth { get; init; }

    private protected override void Add(GraphBuilder net) =>
        net.InvertedResidual(Channels, Expansion, Kernel, Stride, Activation, SqueezeExcite, StochasticDepth);
}

/// <summary>
/// Multiplies each channel by a gate that two linear layers make from the means of all channels. Hu et al. 2017, arXiv 1709.01507.
/// </summary>
internal sealed record SqueezeExcite : Block
{
    /// <summary>How many times fewer units than channels are between the two layers: max(round(channels / ratio), 4).</summary>
    [Range(1, Limits.Channels)]
    public float Ratio { get; init; } = 4;

    /// <summary>The function at the end.</summary>
    [Choices(ActivationFunction.Sigmoid, ActivationFunction.HardSigmoid)]
    public ActivationFunction Gate { get; init; } = ActivationFunction.Sigmoid;

    /// <summary>The units between the two layers, instead of a ratio.</summary>
    [Range(1, Limits.Channels)]
    public int? Hidden { get; init; }

    /// <summary>Whether the linear layers have biases.</summary>
    public bool Bias { get; init; } = true;

    private protected override void Add(GraphBuilder net) => net.SqueezeExcite(Ratio, Gate, Hidden, Bias);
}

/// <summary>The convolution or linear layer of that name once more, with the same weights; their gradients add up.</summary>
internal sealed record Share : Block
{
    /// <summary>The name of an earlier layer, such as <c>conv1</c>.</summary>
    public required string Layer { get; init; }

    private protected override void Add(GraphBuilder net) => net.Share(Layer);
}

/// <summary>Max pooling without a step, then blur pooling with it. Zhang 2019, arXiv 1904.11486.</summary>
internal sealed record MaxBlurPool : Block
{
    /// <summary>Side of the window whose largest value is taken, in pixels.</summary>
    [Range(1, Limits.Window)]
    public int Kernel { get; init; } = 2;

    /// <summary>Side of the blur's filter, in pixels: 2 to 7.</summary>
    [Range(Layers.BlurPool.SmallestFilter, Layers.BlurPool.LargestFilter)]
    public int Filter { get; init; } = 3;

    /// <summary>Step between windows of the blur, in pixels.</summary>
    [Range(1, Limits.Window)]
    public int Stride { get; init; } = 2;

    /// <summary>Pixels around the map that never win; at most half the kernel.</summary>
    [Range(0, Limits.Window)]
    public int Padding { get; init; }

    private protected override void Add(GraphBuilder net) => net.MaxBlurPool(Kernel, Filter, Stride, Padding);
}
