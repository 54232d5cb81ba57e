using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Tests.Support;

/// <summary>Graphs of random layers, with shared maps, for tests of what holds for every graph.</summary>
internal static class RandomGraphs
{
    private static readonly ActivationFunction[] Functions = Enum.GetValues<ActivationFunction>();

    /// <summary>A classifier.</summary>
    /// <param name="seed">The same seed gives the same graph.</param>
    /// <param name="classes">Outputs.</param>
    /// <param name="dropout">The probability of dropping a value.</param>
    public static Graph Classifier(int seed, int classes, float dropout = 0.3f)
    {
        var random = new SeededRandom(seed);
        GraphBuilder graph = GraphBuilder.Input(3, 6, 5);
        Extend(graph, 4 + random.NextInt(8), dropout, max => random.NextInt(max));
        return graph.Linear(classes).Build();
    }

    private static void Extend(GraphBuilder graph, int layers, float dropout, Func<int, int> draw)
    {
        for (int i = 0; i < layers; i++)
        {
            int channels = graph.Current.Shape.Channels;
            switch (draw(13))
            {
                case 0: graph.PointwiseConv(1 + draw(6), bias: true); break;
                case 1: graph.Conv(1 + draw(6)); break;
                case 2: graph.DepthwiseConv(); break;
                case 3 or 4: graph.BatchNorm(); break;
                case 5: graph.Activation(Functions[draw(Functions.Length)]); break;
                case 6: graph.MaxPool(3, stride: 1, padding: 1); break;
                case 7: graph.Dropout(dropout); break;
                case 8: graph.BlurPool(2 + draw(3), stride: 1); break;
                case 9: graph.StochasticDepth(dropout); break;
                case 10: graph.SqueezeExcite(); break;
                case 11:
                    graph.Residual(body =>
                    {
                        Extend(body, 2, dropout, draw);
                        body.PointwiseConv(channels);
                    });
                    break;
                default:
                    graph.Gate(gate => gate.GlobalAveragePool().Linear(channels).Activation(ActivationFunction.Sigmoid));
                    break;
            }
        }
    }
}
