using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Tests.Support;

/// <summary>Networks whose norms and biases have values as after a training, for tests of what is folded.</summary>
internal static class TrainedNetworks
{
    /// <summary>One of <see cref="RandomGraphs"/>, with three classes.</summary>
    public static Network Random(int seed) => WithStatistics(RandomGraphs.Classifier(seed, classes: 3), seed);

    /// <summary>A network some of whose convolutions use the weights of others, between random norms and functions.</summary>
    public static Network Shared(int seed)
    {
        var random = new SeededRandom(seed, 1);
        int channels = 1 + random.NextInt(7);
        GraphBuilder net = GraphBuilder.Input(channels, 9, 7).Conv(channels, bias: random.NextInt(2) == 0)
            .DepthwiseConv(bias: random.NextInt(2) == 0);
        for (int i = 0; i < 5; i++)
        {
            if (random.NextInt(2) == 0) net.BatchNorm();
            if (random.NextInt(2) == 0) net.Activation(Enum.GetValues<ActivationFunction>()[random.NextInt(7)]);
            if (random.NextInt(4) == 0) net.MaxBlurPool(stride: 1);
            if (random.NextInt(4) == 0) net.Residual(static body => body.Share("conv1"));
            else net.Share(random.NextInt(2) == 0 ? "conv1" : "conv2");
        }

        return WithStatistics(net.GlobalAveragePool().Linear(channels).Relu().Share("linear1").Build(), seed);
    }

    /// <summary>A graph with random norms and biases.</summary>
    public static Network WithStatistics(Graph graph, int seed)
    {
        var network = new Network(graph, seed);
        var random = new SeededRandom(seed, 2);
        foreach (ref float value in network.Weights.AsSpan(network.DecayingCount)) value += 0.3f * random.NextNormal();
        foreach (Parameter parameter in network.Parameters.Where(static parameter => parameter.Spec.Role == ParameterRole.Statistic))
        {
            foreach (ref float value in network.Values(parameter))
                value = parameter.Spec.Name == "running_mean" ? 0.3f * random.NextNormal() : 0.5f + random.NextSingle();
        }

        return network;
    }
}
