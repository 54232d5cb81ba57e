using Pare.Graphs;

namespace Pare.Models;

/// <summary>The named networks, each for any image shape and number of classes.</summary>
public static class ModelCatalog
{
    /// <summary>Their names, as recipes write them.</summary>
    public static IReadOnlyList<string> Names { get; } = ["lenet5", "vgg", "resnet8", "resnet20", "mobilenet"];

    /// <summary>The graph of that name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="input">The shape of one image.</param>
    /// <param name="classes">Outputs.</param>
    /// <param name="width">Factor for all channels and hidden units; each stays at least 1.</param>
    /// <exception cref="RecipeException">There is no such network, or the images are too small for it.</exception>
    public static Graph Create(string name, Shape input, int classes, float width = 1f) => name switch
    {
        "lenet5" => LeNet5.Create(input, classes, width),
        "vgg" => Vgg.Create(input, classes, width),
        "resnet8" => ResNet8.Create(input, classes, width),
        "resnet20" => ResNet20.Create(input, classes, width),
        "mobilenet" => MobileNet.Create(input, classes, width),
        _ => throw new RecipeException($"There is no model '{name}'.", "model.name", $"Use one of {string.Join(", ", Names)}."),
    };

    internal static GraphBuilder Input(Shape shape) => GraphBuilder.Input(shape.Channels, shape.Height, shape.Width);

    // Rounded in single precision, as the figures of the named networks were counted; more than fits is refused by the layer.
    internal static int Scaled(int channels, float width) => width > 0 && float.IsFinite(width)
        ? Math.Max(1, (int)Math.Min(MathF.Round(channels * width, MidpointRounding.AwayFromZero), int.MaxValue))
        : throw new RecipeException($"The width is {width}; it must be a number above 0.", "model.width", "Use 0.5 for half of the channels.");
}
