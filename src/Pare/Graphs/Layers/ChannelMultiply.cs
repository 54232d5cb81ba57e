namespace Pare.Graphs.Layers;

/// <summary>
/// Multiplies each channel of the first map by the one pixel of the second: the gate of squeeze-and-excitation. Hu et al. 2017, arXiv
/// 1709.01507.
/// </summary>
public sealed record ChannelMultiply : Layer
{
    /// <inheritdoc/>
    public override string Kind => "channel_multiply";

    /// <inheritdoc/>
    public override int InputCount => 2;

    private protected override Shape ShapeFor(IReadOnlyList<Shape> inputs) =>
        inputs[1] == new Shape(inputs[0].Channels, 1, 1)
            ? inputs[0]
            : throw new ArgumentException($"the gate must be {inputs[0].Channels}x1x1, not {inputs[1]}.");
}
