using Pare.Graphs;

namespace Pare.Models;

/// <summary>The named networks, each for any image shape and number of classes.</summary>
public static class ModelCatalog
{
    private static readonly (string Name, string Description, Func<Shape, int, float, Graph> Create)[] s_models =
    [
        ("lenet5", "two 5x5 convolutions and a dense head; LeCun et al. 1998", LeNet5.Create),
        ("vgg", "pairs of 3x3 convolutions and a dense head; after Simonyan and Zisserman 2014", Vgg.Create),
        ("resnet8", "three residual blocks, of MLPerf Tiny; Banbury et al. 2021", ResNet8.Create),
        ("resnet20", "nine residual blocks; He et al. 2015", static (input, classes, width) => ResNet20.Create(input, classes, width)),
        ("mobilenet", "depthwise separable convolutions; Howard et al. 2017", MobileNet.Create),
    ];

    /// <summary>Their names, as recipes write them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_models.Select(static model => model.Name)];

    /// <summary>The graph of that name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="input">The shape of one image.</param>
    /// <param name="classes">Outputs.</param>
    /// <param name="width">Factor for all channels and hidden units; each stays at least 1.</param>
    /// <exception cref="RecipeException">There is no such network, or the images are too small for it.</exception>
    public static Graph Create(string name, Shape input, int classes, float width = 1f)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Find(name).Create(input, classes, width);
    }

    /// <summary>What a network is, in a few words.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="RecipeException">There is no such network.</exception>
    public static string Describe(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Find(name).Description;
    }

    internal static GraphBuilder Input(Shape shape) => GraphBuilder.Input(shape.Channels, shape.Height, shape.Width);

    // Rounded in single precision, as the figures of the named networks were counted; more than fits is refused by the layer.
    internal static int Scaled(int channels, float width) => width > 0 && float.IsFinite(width)
        ? Math.Max(1, (int)Math.Min(MathF.Round(channels * width, MidpointRounding.AwayFromZero), int.MaxValue))
        : throw new RecipeException(Invariant($"The width is {width}; it must be a number above 0."), "model.width",
            "Use 0.5 for half of the channels.");

    private static (string Name, string Description, Func<Shape, int, float, Graph> Create) Find(string name) =>
        s_models.FirstOrDefault(model => model.Name == name) is { Create: not null } found
            ? found
            : throw new RecipeException($"There is no model '{name}'.", "model.name", $"Use one of {string.Join(", ", Names)}.");
}
