using Pare.Graphs;

namespace OwnTechnique;

/// <summary>A layer made of known ones: an extension of the builder.</summary>
public static class BottleneckExtensions
{
    /// <summary>A wide convolution, brought down to half of its channels, with norms and activations.</summary>
    /// <param name="net">The builder.</param>
    /// <param name="channels">Channels of the wide one.</param>
    /// <param name="norm">What follows each convolution.</param>
    public static GraphBuilder Bottleneck(this GraphBuilder net, int channels, Layer norm) =>
        net.Conv(channels).Layer(norm).Relu().PointwiseConv(channels / 2).Layer(norm).Relu();
}
