using Pare.Graphs;

namespace Pare.Models;

/// <summary>
/// The residual network of the image classification task of MLPerf Tiny: three blocks of 16, 32 and 64 channels, with a 1x1 convolution
/// with bias as shortcut where the shape changes. 77,946 parameters on 32x32 color images with ten classes. Banbury et al. 2021, arXiv
/// 2106.07597.
/// </summary>
public static class ResNet8
{
    /// <summary>The graph.</summary>
    /// <param name="input">The shape of one image.</param>
    /// <param name="classes">Outputs.</param>
    /// <param name="width">Factor for all channels.</param>
    public static Graph Create(Shape input, int classes, float width = 1f)
    {
        GraphBuilder net = ModelCatalog.Input(input).Conv(ModelCatalog.Scaled(16, width)).BatchNorm().Relu();
        foreach ((int channels, int stride) in new[] { (16, 1), (32, 2), (64, 2) })
        {
            int scaled = ModelCatalog.Scaled(channels, width);
            net.Residual(
                body => body.Conv(scaled, stride: stride).BatchNorm().Relu().Conv(scaled).BatchNorm(),
                stride == 1 ? null : shortcut => shortcut.Conv(scaled, kernel: 1, stride: stride, bias: true)).Relu();
        }

        return net.GlobalAveragePool().Linear(classes).Build();
    }
}
