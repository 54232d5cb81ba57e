using Pare.Graphs;

namespace Pare.Models;

/// <summary>
/// Pairs of 3x3 convolutions, each pair followed by max pooling, and a dense head that holds most of the parameters: the baseline that
/// paring down starts from. 468,010 parameters on 28x28 gray images with ten classes. After Simonyan and Zisserman 2014, arXiv 1409.1556.
/// </summary>
public static class Vgg
{
    /// <summary>The graph.</summary>
    /// <param name="input">The shape of one image.</param>
    /// <param name="classes">Outputs.</param>
    /// <param name="width">Factor for all channels and hidden units.</param>
    /// <exception cref="RecipeException">The images are too small.</exception>
    public static Graph Create(Shape input, int classes, float width = 1f)
    {
        GraphBuilder net = ModelCatalog.Input(input);
        foreach (int channels in new[] { 32, 64 })
        {
            int scaled = ModelCatalog.Scaled(channels, width);
            net.Conv(scaled).BatchNorm().Relu().Conv(scaled).BatchNorm().Relu().MaxPool();
        }

        return net.Linear(ModelCatalog.Scaled(128, width)).Relu().Linear(classes).Build();
    }
}
