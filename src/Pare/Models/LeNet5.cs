using Pare.Graphs;

namespace Pare.Models;

/// <summary>
/// LeNet-5 in the form that is common today: two 5x5 convolutions and three linear layers, with ReLU and max pooling where the paper has
/// tanh and a learned mean. 61,706 parameters on 28x28 gray images with ten classes. LeCun et al. 1998, Proceedings of the IEEE 86.
/// </summary>
public static class LeNet5
{
    /// <summary>The graph.</summary>
    /// <param name="input">The shape of one image, 28x28 in the paper's experiments.</param>
    /// <param name="classes">Outputs.</param>
    /// <param name="width">Factor for all channels and hidden units.</param>
    /// <exception cref="RecipeException">The images are too small.</exception>
    public static Graph Create(Shape input, int classes, float width = 1f) => ModelCatalog.Input(input)
        .Conv(ModelCatalog.Scaled(6, width), kernel: 5, padding: 2, bias: true).Relu().MaxPool()
        .Conv(ModelCatalog.Scaled(16, width), kernel: 5, padding: 0, bias: true).Relu().MaxPool()
        .Linear(ModelCatalog.Scaled(120, width)).Relu().Linear(ModelCatalog.Scaled(84, width)).Relu().Linear(classes).Build();
}
