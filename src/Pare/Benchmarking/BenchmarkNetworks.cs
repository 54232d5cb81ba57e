using Pare.Graphs;
using Pare.Models;

namespace Pare.Benchmarking;

/// <summary>The three networks that speed is measured on: plain convolutions, depthwise separable ones, residual blocks.</summary>
public static class BenchmarkNetworks
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["bench-mnist", "bench-cifar", "resnet8"];

    /// <summary>The graph of that name.</summary>
    /// <exception cref="RecipeException">There is none.</exception>
    public static Graph Create(string name) => name switch
    {
        "bench-mnist" => BenchMnist(),
        "bench-cifar" => BenchCifar(),
        "resnet8" => ResNet8.Create(new Shape(3, 32, 32), classes: 10),
        _ => throw new RecipeException($"There is no benchmark network '{name}'.", "pare bench", $"Use one of {string.Join(", ", Names)}."),
    };

    // 1,622 parameters: 3x3 convolutions without padding.
    private static Graph BenchMnist()
    {
        GraphBuilder net = GraphBuilder.Input(1, 28, 28);
        ConvNormRelu(net, 4, padding: 0);
        ConvNormRelu(net, 8, padding: 0).MaxPool();
        ConvNormRelu(net, 8, padding: 0).MaxPool();
        return ConvNormRelu(net, 8, padding: 0).GlobalAveragePool().Linear(10).Build();
    }

    // 104,810 parameters: depthwise separable.
    private static Graph BenchCifar() =>
        ConvNormRelu(GraphBuilder.Input(3, 32, 32), 32)
            .DepthwiseSeparable(64).DepthwiseSeparable(96, stride: 2).DepthwiseSeparable(128)
            .DepthwiseSeparable(192, stride: 2).DepthwiseSeparable(256).GlobalAveragePool().Linear(10).Build();

    private static GraphBuilder ConvNormRelu(GraphBuilder net, int channels, int padding = 1) =>
        net.Conv(channels, padding: padding).BatchNorm().Relu();
}
