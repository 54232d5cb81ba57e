using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Tests.Support;

/// <summary>Graphs of random layers, with shared maps and shared weights, for tests of what holds for every graph.</summary>
internal static class RandomGraphs
{
    private static readonly ActivationFunction[] Functions = Enum.GetValues<ActivationFunction>();

    /// <summary>A classifier.</summary>
    /// <param name="seed">The same seed gives the same graph.</param>
    /// <param name="classes">Outputs.</param>
    /// <param name="dropout">The probability of dropping a value.</param>
    /// <param name="width">Pixels of a row of the images.</param>
    public static Graph Classifier(int seed, int classes, float dropout = 0.3f, int width = 7)
    {
        var random = new SeededRandom(seed);
        GraphBuilder graph = GraphBuilder.Input(3, 9, width);
        Extend(graph, 4 + random.NextInt(8), dropout, max => random.NextInt(max), keepsSize: false);
        return graph.Linear(classes).Build();
    }

    // Where a size must be kept, as between two ends of a shortcut, layers have stride 1 and windows padding to match.
    private static void Extend(GraphBuilder graph, int layers, float dropout, Func<int, int> draw, bool keepsSize)
    {
        for (int i = 0; i < layers; i++)
        {
            Shape shape = graph.Current.Shape;
            int channels = shape.Channels, side = Math.Min(shape.Height, shape.Width), stride = keepsSize || side < 3 ? 1 : 1 + draw(3);
            switch (draw(20))
            {
                case 0: graph.PointwiseConv(1 + draw(6), bias: true); break;
                case 1: graph.Conv(1 + draw(6), stride: stride); break;
                case 2: graph.DepthwiseConv(stride: stride); break;
                case 3 or 4: graph.BatchNorm(); break;
                case 5 or 6: graph.Activation(Functions[draw(Functions.Length)]); break;
                case 7: graph.MaxPool(3, stride, padding: 1); break;
                case 8: graph.Dropout(dropout); break;
                case 9 when side > 1: graph.BlurPool(2 + draw(side < 3 ? 2 : 3), stride); break;
                case 10: graph.StochasticDepth(dropout); break;
                case 11: graph.SqueezeExcite(); break;
                case 12:
                    graph.Residual(body =>
                    {
                        Extend(body, 2, dropout, draw, keepsSize: true);
                        body.PointwiseConv(channels);
                    });
                    break;
                case 13:
                    int width = 1 + draw(5);
                    graph.Residual(
                        body =>
                        {
                            body.Conv(width, stride: stride);
                            Extend(body, 1, dropout, draw, keepsSize: true);
                            body.PointwiseConv(width);
                        },
                        shortcut => shortcut.Conv(width, kernel: 1, stride: stride));
                    break;
                case 14:
                    int groups = channels % 3 == 0 ? 3 : channels % 2 == 0 ? 2 : 1;
                    graph.Conv(groups * (1 + draw(3)), kernel: 1 + (2 * draw(2)), stride, groups: groups, bias: draw(2) == 0);
                    break;
                case 15: graph.DepthwiseConv(stride: stride, multiplier: 1 + draw(2), bias: true); break;
                case 16: graph.AveragePool(3, stride, padding: 1, countPadding: draw(2) == 0); break;
                case 17:
                    graph.Conv(channels, bias: draw(2) == 0);
                    string owner = graph.Current.Name;
                    Extend(graph, 1 + draw(2), dropout, draw, keepsSize: true);
                    if (graph.Current.Shape.Channels != channels) graph.PointwiseConv(channels);
                    graph.Share(owner);
                    break;
                case 18 when !keepsSize && shape.Count <= 64: graph.Flatten(); break;
                default:
                    graph.Gate(gate => gate.GlobalAveragePool().Linear(channels).Activation(ActivationFunction.Sigmoid));
                    break;
            }
        }
    }
}
