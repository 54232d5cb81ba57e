using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Kernels;
using Pare.Tests.Support;

namespace Pare.Tests.Graphs.Lowering;

public class LowererTests
{
    [Fact]
    public void A_random_network_keeps_its_logits()
    {
        for (int seed = 0; seed < 200; seed++) AssertSame(TrainedNetworks.Random(seed), seed);
    }

    [Fact]
    public void A_network_that_shares_weights_keeps_its_logits_and_each_array_once()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            Network network = TrainedNetworks.Shared(seed);
            InferenceGraph graph = AssertSame(network, seed);
            Assert.Equal(
                network.Parameters.Count(static parameter => parameter.Spec.Role == ParameterRole.Weight),
                graph.Weights.Count(weights =>
                network.Parameters.Any(parameter => parameter.Name == weights.Name && parameter.Spec.Role == ParameterRole.Weight)));
        }
    }

    [Fact]
    public void Norm_and_activation_go_into_the_convolution_and_dropout_vanishes()
    {
        Network network = TrainedNetworks.WithStatistics(
            GraphBuilder.Input(3, 8, 6).Conv(4).BatchNorm().Relu().DepthwiseSeparable(5).Dropout()
            .Residual(static body => body.Conv(5).BatchNorm().StochasticDepth()).Relu().GlobalAveragePool().Linear(2).Build(), 1);
        InferenceGraph graph = AssertSame(network, 1);
        Assert.Equal(["input", "conv1", "conv2", "conv3", "conv4", "add1", "global_average_pool1", "linear1"],
            graph.Nodes.Select(static node => node.Name));
        Assert.All(graph.Nodes.Select(static node => node.Operation).OfType<LoweredConvolution>(), static convolution =>
            Assert.Null(convolution.Scale));
        Assert.Equal(PointFunction.Relu, Assert.IsType<LoweredAdd>(graph.Nodes[5].Operation).Activation.Function);
    }

    [Fact]
    public void A_map_that_others_read_is_not_changed_by_a_norm_or_an_activation()
    {
        // Dropout between the map and its reader must not hide that there are two of them.
        foreach (bool dropout in new[] { false, true })
        {
            GraphBuilder net = GraphBuilder.Input(2, 5, 4).Conv(3);
            Graph graph = net.Residual(body => (dropout ? body.Dropout() : body).BatchNorm().Activation(ActivationFunction.Sigmoid))
                .GlobalAveragePool().Linear(2).Build();
            InferenceGraph lowered = AssertSame(TrainedNetworks.WithStatistics(graph, 3), 3);
            Assert.True(Assert.IsType<LoweredConvolution>(lowered.Nodes[2].Operation).IsDepthwise);
        }
    }

    [Fact]
    public void A_shared_convolution_keeps_a_scale_and_a_shift_a_use()
    {
        Network network = TrainedNetworks.WithStatistics(
            GraphBuilder.Input(2, 5, 4).Conv(2).BatchNorm().Relu().Share("conv1").BatchNorm().GlobalAveragePool().Linear(2).Build(), 4);
        InferenceGraph graph = AssertSame(network, 4);
        LoweredConvolution first = Assert.IsType<LoweredConvolution>(graph.Nodes[1].Operation),
            second = Assert.IsType<LoweredConvolution>(graph.Nodes[2].Operation);
        Assert.Same(first.Weights, second.Weights);
        Assert.NotEqual(first.Scale!, second.Scale!);
        Assert.Equal(network.Values(network["conv1.weight"]), first.Weights.Values);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Classes_and_preprocessing_must_fit_the_network(int channels)
    {
        Network network = TrainedNetworks.Random(1);
        Assert.Throws<ArgumentException>(() => Lowerer.Lower(network, Preprocessing.Plain(3), ["one", "two"]));
        if (channels != 3) Assert.Throws<ArgumentException>(() => Lowerer.Lower(network, Preprocessing.Plain(channels)));
        else Assert.Equal(["0", "1", "2"], Lowerer.Lower(network, Preprocessing.Plain(channels)).Classes);
    }

    private static InferenceGraph AssertSame(Network network, int seed)
    {
        const int Images = 3;
        InferenceGraph graph = Lowerer.Lower(network, Preprocessing.Plain(network.Graph.Input.Shape.Channels));
        int size = network.Graph.Input.Shape.Count, classes = network.Graph.Output.Shape.Count;
        var random = new SeededRandom(seed, 3);
        float[] images = RandomArrays.Normal(ref random, Images * size);
        float[] expected = EngineRun.Infer(network, images, Images);
        double largest = expected.Max(Math.Abs);
        for (int i = 0; i < Images; i++)
        {
            float[] logits = ReferenceExecutor.Run(graph, images.AsSpan(i * size, size))[^1];
            for (int k = 0; k < classes; k++)
                Assert.True(Math.Abs(logits[k] - expected[(i * classes) + k]) <= 1e-4 * largest,
                    $"graph {seed}: {logits[k]} is not {expected[(i * classes) + k]}");
        }

        return graph;
    }
}
