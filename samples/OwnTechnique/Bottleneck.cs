using Pare.Graphs;

namespace OwnTechnique;

/// <summary>A layer made of known ones: an extension of the builder.</summary>
public static class BottleneckExtensions
{
    /// <summary>A wide convolution, brought down to half of its channels, with norms and activations.</summary>
    /// <param name="net">The builder.</param>
    /// <param name="channels">Channels of the wide one.</param>
    public static GraphBuilder Bottleneck(this GraphBuilder net, int channels) =>
        net.Conv(channels).BatchNorm().Relu().PointwiseConv(channels / 2).BatchNorm().Relu();
}
