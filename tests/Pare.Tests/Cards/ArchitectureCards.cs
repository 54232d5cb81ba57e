using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Kernels;
using Pare.Quantization;

namespace Pare.Tests.Cards;

/// <summary>The C# snippets of the cards beside the layers.</summary>
public static class ArchitectureCards
{
    public static void GlobalAveragePool()
    {
        // GlobalAveragePool begins
        Graph graph = GraphBuilder.Input(channels: 1, height: 28, width: 28)
            .Conv(16, stride: 2).BatchNorm().Relu()
            .GlobalAveragePool().Linear(10).Build();
        // GlobalAveragePool ends
        Assert.Equal(new Shape(10, 1, 1), graph.Output.Shape);
    }

    public static void DepthwiseSeparable()
    {
        // DepthwiseSeparable begins
        Graph graph = GraphBuilder.Input(channels: 1, height: 28, width: 28)
            .Conv(8).BatchNorm().Relu()
            .DepthwiseSeparable(16, stride: 2)
            .GlobalAveragePool().Linear(10).Build();
        // DepthwiseSeparable ends
        Assert.Equal(new Shape(10, 1, 1), graph.Output.Shape);
    }

    public static void SqueezeExcite()
    {
        // SqueezeExcite begins
        Graph graph = GraphBuilder.Input(channels: 1, height: 28, width: 28)
            .Conv(8).BatchNorm().Relu()
            .DepthwiseConv(stride: 2).BatchNorm().Relu().SqueezeExcite(ratio: 4, gate: ActivationFunction.HardSigmoid).PointwiseConv(16)
            .GlobalAveragePool().Linear(10).Build();
        // SqueezeExcite ends
        Assert.Equal(new Shape(10, 1, 1), graph.Output.Shape);
    }

    public static void BlurPool()
    {
        // BlurPool begins
        Graph graph = GraphBuilder.Input(channels: 1, height: 28, width: 28)
            .Conv(8).BatchNorm().Relu().MaxBlurPool(kernel: 2, filter: 3)
            .Conv(16).BatchNorm().Relu().BlurPool(filter: 3, stride: 2)
            .GlobalAveragePool().Linear(10).Build();
        // BlurPool ends
        Assert.Equal(new Shape(10, 1, 1), graph.Output.Shape);
    }

    public static void InvertedResidual()
    {
        // InvertedResidual begins
        Graph graph = GraphBuilder.Input(channels: 1, height: 28, width: 28)
            .Conv(8, stride: 2).BatchNorm().Activation(ActivationFunction.Relu6)
            .InvertedResidual(8, expansion: 4).InvertedResidual(16, expansion: 4, stride: 2)
            .GlobalAveragePool().Linear(10).Build();
        // InvertedResidual ends
        Assert.Equal(new Shape(10, 1, 1), graph.Output.Shape);
    }

    public static void Residual()
    {
        // Residual begins
        Graph graph = GraphBuilder.Input(channels: 1, height: 28, width: 28)
            .Conv(8).BatchNorm().Relu()
            .ResidualBlock(16, stride: 2)
            .Residual(body => body.Conv(16).BatchNorm()).Relu()
            .GlobalAveragePool().Linear(10).Build();
        // Residual ends
        Assert.Equal(new Shape(10, 1, 1), graph.Output.Shape);
    }

    public static void Dropout()
    {
        // Dropout begins
        Graph graph = GraphBuilder.Input(channels: 1, height: 28, width: 28)
            .Conv(16, stride: 2).BatchNorm().Relu()
            .GlobalAveragePool().Dropout(probability: 0.2f).Linear(10).Build();
        // Dropout ends
        Assert.Equal(new Shape(10, 1, 1), graph.Output.Shape);
    }

    public static void StochasticDepth()
    {
        // StochasticDepth begins
        Graph graph = GraphBuilder.Input(channels: 1, height: 28, width: 28)
            .Conv(8, stride: 2).BatchNorm().Relu()
            .Residual(body => body.Conv(8).BatchNorm().StochasticDepth(probability: 0.1f)).Relu()
            .GlobalAveragePool().Linear(10).Build();
        // StochasticDepth ends
        Assert.Equal(new Shape(10, 1, 1), graph.Output.Shape);
    }

    public static void Quantization()
    {
        // Quantization begins
        Graph graph = GraphBuilder.Input(channels: 1, height: 28, width: 28)
            .Conv(8, stride: 2).BatchNorm().Relu()
            .GlobalAveragePool().Linear(10).Build();
        var network = new Network(graph.Quantize(), seed: 1);
        // Quantization ends
        Assert.Equal(["relu1.range", "global_average_pool1.range"],
            network.Graph.Nodes.Where(static node => node.Layer is FakeQuantize).Select(static node => node.Name));
    }
}
