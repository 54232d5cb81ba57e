namespace Pare.Graphs.Lowering;

/// <summary>
/// Convolution, dense, in groups, depthwise or pointwise, and the linear layer, which is a pointwise convolution of one pixel:
/// y[o,i,j] = f(scale[o] sum over c,u,v of W[o,c,u,v] x[c, i s + u d - top, j s + v d - left] + shift[o]), zero outside the map.
/// </summary>
/// <remarks>
/// The norm after it is in the weights and <see cref="Shift"/>; where other nodes use the same weights, it is in <see cref="Scale"/> and
/// <see cref="Shift"/>. A norm that nothing can take up is a depthwise convolution of one pixel's window.
/// </remarks>
internal sealed record LoweredConvolution : InferenceOperation
{
    /// <summary>The weights; a node that shares them refers to the same object.</summary>
    public required WeightArray Weights { get; init; }

    /// <summary>The window; its sides are those of the weights.</summary>
    public required SlidingWindow Window { get; init; }

    /// <summary>Groups: an output channel sees the input channels of its group only.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>A factor an output channel; null for 1.</summary>
    public IReadOnlyList<float>? Scale { get; init; }

    /// <summary>A bias an output channel; null for 0.</summary>
    public IReadOnlyList<float>? Shift { get; init; }

    /// <summary>What is applied to the sum.</summary>
    public PointActivation Activation { get; init; }

    /// <inheritdoc/>
    public override string Kind => "convolution";

    /// <summary>Output channels.</summary>
    public int Channels => Weights.Shape[0];

    /// <summary>Whether each output pixel sees one input pixel, the one in its own place.</summary>
    public bool IsPointwise => Window is { Height: 1, Width: 1, StrideY: 1, StrideX: 1, Borders.AreEmpty: true };

    /// <summary>Whether each output channel sees one input channel.</summary>
    public bool IsDepthwise => Weights.Shape[1] == 1 && Groups > 1;

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        Shape input = Only(inputs);
        (int height, int width) = Window.Slide(input);
        if (Weights.Shape[2] != Window.Height || Weights.Shape[3] != Window.Width)
            throw new ArgumentException(
                $"the window is {Window.Height}x{Window.Width}, and its weights are [{string.Join(", ", Weights.Shape)}].");
        if (Groups < 1 || Channels % Groups != 0 || input.Channels % Groups != 0)
            throw new ArgumentException(
                $"{Groups} groups must divide both the {input.Channels} input channels and the {Channels} output channels.");
        if (Weights.Shape[1] != input.Channels / Groups)
            throw new ArgumentException(
                $"the weights are for {Weights.Shape[1]} input channels a group, and there are {input.Channels / Groups}.");
        if (Scale is not null && Scale.Count != Channels)
            throw new ArgumentException($"there are {Scale.Count} scales for {Channels} channels.");
        if (Shift is not null && Shift.Count != Channels)
            throw new ArgumentException($"there are {Shift.Count} shifts for {Channels} channels.");
        Activation.Check();
        return new Shape(Channels, height, width);
    }

    /// <inheritdoc/>
    public override long Macs(Shape input, Shape output) => (long)output.Count * Weights.Shape[1] * Window.Height * Window.Width;
}
