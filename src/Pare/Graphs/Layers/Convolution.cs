namespace Pare.Graphs.Layers;

/// <summary>
/// Two-dimensional convolution, zero padded, dense or in groups:
/// y[o,i,j] = b[o] + sum over c,u,v of W[o,c,u,v] x[c, i s + u - p, j s + v - p].
/// </summary>
/// <remarks>With one input channel a group it is depthwise (Chollet 2016, arXiv 1610.02357); with kernel 1 it is pointwise.</remarks>
public sealed record Convolution : Layer
{
    /// <summary>Output channels.</summary>
    [Range(1, Limits.Channels)]
    public required int Channels { get; init; }

    /// <summary>Side of the square filter, in pixels.</summary>
    [Range(1, Limits.Window)]
    public int Kernel { get; init; } = 3;

    /// <summary>Step between windows, in pixels.</summary>
    [Range(1, Limits.Window)]
    public int Stride { get; init; } = 1;

    /// <summary>Zero pixels around the map; null keeps the size at stride 1: (kernel - 1) / 2.</summary>
    [Range(0, Limits.Window)]
    public int? Padding { get; init; }

    /// <summary>Groups: an output channel sees the input channels of its group only.</summary>
    [Range(1, Limits.Channels)]
    public int Groups { get; init; } = 1;

    /// <summary>Whether each output channel adds a bias; pointless before a batch norm, which takes it away again.</summary>
    public bool Bias { get; init; }

    /// <summary>
    /// Whether it computes with the values that its weights in 8 bits will stand for, symmetric an output channel; the gradient passes as
    /// if it did not (<see cref="FakeQuantize"/>).
    /// </summary>
    public bool RoundsWeights { get; internal init; }

    /// <inheritdoc/>
    public override string Kind => "conv";

    /// <inheritdoc/>
    public override int? Width => Channels;

    /// <inheritdoc/>
    public override (int Kernel, int Stride) Window => (Kernel, Stride);

    /// <inheritdoc/>
    public override string Describe(Shape input) =>
        $"{Kind} {Kernel}x{Kernel}{Step(Stride)}"
            + (Groups == 1 ? string.Empty : Groups == input.Channels ? " depthwise" : $" groups {Groups}");

    internal int PaddingPixels => Padding ?? (Kernel - 1) / 2;

    private protected override Shape ShapeFor(IReadOnlyList<Shape> inputs)
    {
        Shape input = inputs[0];
        if (input.Channels % Groups != 0 || Channels % Groups != 0)
            throw new ArgumentException(
                $"{Groups} groups must divide both the {input.Channels} input channels and the {Channels} output channels.");
        return new Shape(Channels, Slide(input.Height, Kernel, Stride, PaddingPixels), Slide(input.Width, Kernel, Stride, PaddingPixels));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input)
    {
        int inputs = input.Channels / Groups;
        long fanIn = (long)inputs * Kernel * Kernel;
        var weight = new ParameterSpec("weight", [Channels, inputs, Kernel, Kernel], ParameterRole.Weight, Initialization.HeNormal, fanIn);
        return Bias
            ? [weight, new ParameterSpec("bias", [Channels], ParameterRole.NormOrBias, Initialization.Zero)]
            : [weight];
    }

    /// <inheritdoc/>
    public override long Macs(Shape input, Shape output) => (long)output.Count * (input.Channels / Groups) * Kernel * Kernel;
}
