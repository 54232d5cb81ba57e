using Pare.Graphs;

namespace Pare.Models;

/// <summary>
/// The residual network for 32x32 images: nine blocks of 16, 32 and 64 channels. Where the shape changes the shortcut is a 1x1 convolution
/// with a norm (the paper's option B), so it has 272,474 parameters with ten classes, not 269,722. He et al. 2015, arXiv 1512.03385,
/// section 4.2.
/// </summary>
public static class ResNet20
{
    private const int Blocks = 9;

    /// <summary>The graph.</summary>
    /// <param name="input">The shape of one image.</param>
    /// <param name="classes">Outputs.</param>
    /// <param name="width">Factor for all channels.</param>
    /// <param name="stochasticDepth">
    /// The probability of dropping the last block's branch; block l of L has l / L of it, as Huang et al. 2016 have it. 0 drops none.
    /// </param>
    public static Graph Create(Shape input, int classes, float width = 1f, float stochasticDepth = 0f)
    {
        GraphBuilder net = ModelCatalog.Input(input).Conv(ModelCatalog.Scaled(16, width)).BatchNorm().Relu();
        for (int block = 1; block <= Blocks; block++)
        {
            int stage = (block - 1) / 3;
            bool steps = stage > 0 && block % 3 == 1;
            net.ResidualBlock(ModelCatalog.Scaled(16 << stage, width), steps ? 2 : 1, stochasticDepth: stochasticDepth * block / Blocks);
        }

        return net.GlobalAveragePool().Linear(classes).Build();
    }
}
