using Pare.Graphs;

namespace Pare.Models;

/// <summary>
/// Depthwise separable convolutions one after another, as MobileNet has them, with the first steps left out for small images: 32x32 pixels
/// come to 8x8. 274,250 parameters on 32x32 color images with ten classes. Howard et al. 2017, arXiv 1704.04861; the width is the
/// paper's multiplier alpha.
/// </summary>
public static class MobileNet
{
    /// <summary>The graph.</summary>
    /// <param name="input">The shape of one image.</param>
    /// <param name="classes">Outputs.</param>
    /// <param name="width">Factor for all channels.</param>
    public static Graph Create(Shape input, int classes, float width = 1f)
    {
        GraphBuilder net = ModelCatalog.Input(input).Conv(ModelCatalog.Scaled(32, width)).BatchNorm().Relu();
        foreach ((int channels, int stride) in new[] { (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 1) })
            net.DepthwiseSeparable(ModelCatalog.Scaled(channels, width), stride: stride);
        return net.GlobalAveragePool().Linear(classes).Build();
    }
}
