using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Tests.Support;

/// <summary>
/// Small lowered graphs at the borders of what they may hold: constants, sizes, ends and readers that a trained network seldom has.
/// </summary>
internal static class ExtremeInferenceGraphs
{
    private static readonly PointActivation[] Functions =
    [
        new(PointFunction.Clip, 2, 6), new(PointFunction.Clip, -6, -2), new(PointFunction.Clip, 0.5f, float.PositiveInfinity),
        new(PointFunction.Clip, float.NegativeInfinity, -0.5f), new(PointFunction.Clip, 1, 1), new(PointFunction.Clip, -0.1f, 0),
        new(PointFunction.LeakyRelu, 3), new(PointFunction.LeakyRelu, -2), new(PointFunction.Elu, -1), new(PointFunction.Elu, 5),
        new(PointFunction.Tanh),
    ];

    /// <summary>The graphs, by what is extreme in them.</summary>
    public static IReadOnlyList<(string Name, InferenceGraph Graph)> All { get; } = [.. Constants(), .. Applied(), .. Ends(), .. Windows()];

    private static IEnumerable<(string Name, InferenceGraph Graph)> Constants()
    {
        yield return ("weights of 0", Net(net => net.Conv(4, weight: (_, _) => 0, shift: [1, -2, 0, 3]).Conv(3)));
        yield return ("weights and biases of 0", Net(net => net.Conv(4, weight: (_, _) => 0).Conv(3, shift: [1, 0, -1])));
        yield return ("a channel of 0", Net(net => net.Conv(3, weight: (o, value) => o == 1 ? 0 : value, shift: [0, 0.5f, 1]).Conv(3)));
        yield return ("small, then large weights", Net(net => net.Conv(3, weight: (_, value) => value * 1e-10f).Conv(3,
            weight: (_, value) => value * 1e10f)));
        yield return ("large, then small weights", Net(net => net.Conv(3, weight: (_, value) => value * 1e15f).Conv(3,
            weight: (_, value) => value * 1e-15f)));
        yield return ("weights of many sizes", Net(net => net.Conv(4, weight: (o, value) => value * MathF.Pow(10, (-9 * o) - 3),
            shift: [0, 1, -1, 0.5f]).Conv(3)));
        yield return ("large biases", Net(net => net.Conv(3, weight: (_, value) => value * 1e-3f, shift: [1e6f, -1e6f, 0]).Conv(3)));
        yield return ("factors of 0, below 0 and of many sizes, shared", Net(net => net.Conv(4, factors: [0, -1, 2, 1e-3f],
            shift: [1, 0.5f, 0, 0]).Again([1e-6f, -1e-2f, 0, 3], [0, -0.5f, 0, 1])));
        yield return ("factors of 0 shared by the logits", Net(net => net.Conv(2).Conv(2, window: 1, padding: 0, factors: [0, -1])
            .Again([1, -1e-3f], [0, 0])));
        yield return ("a mean far from the pixels", Net(net => net.Conv(3), preprocessing: new([-3, -3], [0.5f, 0.5f])));
        yield return ("large pixels", Net(net => net.Conv(3), preprocessing: new([0.5f, 0.4f], [1e-6f, 1e-6f])));
        yield return ("small pixels", Net(net => net.Conv(3), preprocessing: new([0.5f, 0.4f], [1e6f, 1e6f])));
    }

    private static IEnumerable<(string Name, InferenceGraph Graph)> Applied()
    {
        foreach (PointActivation function in Functions)
        {
            string name = $"{function.Function} {function.A} {function.B}";
            yield return ($"{name} in a convolution", Net(net => net.Conv(3, activation: function).Conv(3)));
            yield return ($"{name} alone", Net(net => net.Conv(3).Then(new LoweredActivation(function)).Conv(3)));
            yield return ($"{name} in a sum", Net(net => net.Conv(3).Twice(new LoweredAdd { Activation = function }).Conv(3)));
            yield return ($"{name} behind a rectifier", Net(net => net.Conv(3, activation: new(PointFunction.Relu))
                .Then(new LoweredActivation(function)).Then(new LoweredPool { Window = SlidingWindow.Square(2), Mode = PoolMode.Max })));
        }

        yield return ("a map added to itself", Net(net => net.Conv(3).Twice(new LoweredAdd()).Twice(new LoweredAdd(), 3).Conv(3)));
        yield return ("a map times itself", Net(net => net.Conv(3).Twice(new LoweredMultiply()).Twice(new LoweredMultiply())));
        yield return ("a map beside itself", Net(net => net.Conv(3).Twice(new LoweredConcat(), 3).Twice(new LoweredConcat()).Conv(3)));
    }

    private static IEnumerable<(string Name, InferenceGraph Graph)> Ends()
    {
        yield return ("ends in a mean", Whole(net => net.Conv(3).Then(new LoweredMean())));
        yield return ("ends in a function", Whole(net => net.Conv(3).Then(new LoweredMean())
            .Then(new LoweredActivation(new(PointFunction.Tanh)))));
        yield return ("ends in a clip", Whole(net => net.Conv(3).Then(new LoweredMean())
            .Then(new LoweredActivation(new(PointFunction.Clip, 1, 2)))));
        yield return ("ends in a sum", Whole(net => net.Conv(3).Then(new LoweredMean()).Twice(new LoweredAdd())));
        yield return ("ends in a product", Whole(net => net.Conv(3).Then(new LoweredMean()).Twice(new LoweredMultiply())));
        yield return ("ends in a concatenation", Whole(net => net.Conv(3).Then(new LoweredMean()).Twice(new LoweredConcat())));
        yield return ("ends in a flattened map", Whole(net => net.Conv(1).Then(new LoweredFlatten())));
        yield return ("ends in a flattened mean", Whole(net => net.Conv(3).Then(new LoweredMean()).Then(new LoweredFlatten())));
        yield return ("ends in a largest value", Whole(net => net.Conv(3).Then(Pool(PoolMode.Max, 7, 6))));
        yield return ("ends in a convolution with a function", Whole(net => net.Conv(3).Then(new LoweredMean())
            .Conv(3, window: 1, padding: 0, activation: new(PointFunction.Silu))));
        yield return ("is a mean", Whole(net => net.Then(new LoweredMean())));
        yield return ("is a flattened picture", Whole(net => net.Then(new LoweredFlatten())));
        yield return ("one class", Whole(net => net.Conv(2).Then(new LoweredMean()).Conv(1, window: 1, padding: 0, shift: [1])));
        yield return ("one pixel", Net(net => net.Conv(3).Conv(3), new Shape(1, 1, 1)));
        yield return ("one row", Net(net => net.Conv(3).Conv(3), new Shape(3, 1, 9)));
        yield return ("one column", Net(net => net.Conv(3).Conv(3), new Shape(3, 9, 1)));
    }

    private static IEnumerable<(string Name, InferenceGraph Graph)> Windows()
    {
        for (int filter = 2; filter <= 7; filter++)
        {
            int size = filter;
            for (int stride = 1; stride <= 3; stride++)
            {
                int step = stride;
                yield return ($"blur {size} by {step}", Net(net => net.Conv(2).Then(new LoweredBlur(size, step)), new Shape(2, 9, 7)));
            }
        }

        foreach (PoolMode mode in Enum.GetValues<PoolMode>())
        {
            foreach ((int height, int width) in new[] { (2, 2), (3, 2), (4, 4), (5, 1) })
            {
                (int rows, int columns) = (height, width);
                yield return ($"{mode} {rows}x{columns}", Net(net => net.Conv(2, weight: (_, value) => -MathF.Abs(value)).Then(Pool(mode,
                    rows, columns, new Borders(rows / 2, columns / 2, (rows - 1) / 2, (columns - 1) / 2))), new Shape(2, 9, 7)));
            }
        }
    }

    private static LoweredPool Pool(PoolMode mode, int height, int width, Borders borders = default) =>
        new() { Window = new SlidingWindow(height, width) { Borders = borders }, Mode = mode };

    // With a mean and three classes behind it.
    private static InferenceGraph Net(Func<Chain, Chain> layers, Shape? input = null, Preprocessing? preprocessing = null) =>
        Whole(net => layers(net).Then(new LoweredMean()).Conv(3, window: 1, padding: 0), input, preprocessing);

    private static InferenceGraph Whole(Func<Chain, Chain> layers, Shape? input = null, Preprocessing? preprocessing = null)
    {
        Shape shape = input ?? new Shape(2, 7, 6);
        var graph = new InferenceGraphBuilder(shape);
        return graph.Build(layers(new Chain(graph, graph.Input)).Last, preprocessing ?? Preprocessing.Plain(shape.Channels));
    }

    private sealed record Chain(InferenceGraphBuilder Graph, InferenceNode Last)
    {
        private string Name => $"node{Last.Index + 1}";

        public Chain Then(InferenceOperation operation) => this with { Last = Graph.Add(Name, operation, Last) };

        public Chain Twice(InferenceOperation operation, int times = 2) =>
            this with { Last = Graph.Add(Name, operation, [.. Enumerable.Repeat(Last, times)]) };

        public Chain Conv(int outputs, int window = 3, int padding = 1, Func<int, float, float>? weight = null, float[]? factors = null,
            float[]? shift = null, PointActivation activation = default)
        {
            var random = new SeededRandom(Last.Index + 1, 9);
            int fan = Last.Shape.Channels * window * window;
            float[] values = [.. Enumerable.Range(0, outputs * fan).Select(at => random.NextNormal() / MathF.Sqrt(fan))];
            if (weight is not null) values = [.. values.Select((value, at) => weight(at / fan, value))];
            return Then(new LoweredConvolution
            {
                Weights = new WeightArray($"{Name}.weight", [outputs, Last.Shape.Channels, window, window], values),
                Window = SlidingWindow.Square(window, padding: padding),
                Scale = factors,
                Shift = shift,
                Activation = activation,
            });
        }

        // The last node's weights once more, on as many channels.
        public Chain Again(float[] factors, float[] shift)
        {
            var layer = (LoweredConvolution)Last.Operation;
            Chain before = Last.Shape.Channels == layer.Weights.Shape[1] ? this : Conv(layer.Weights.Shape[1]);
            return before.Then(layer with { Scale = factors, Shift = shift });
        }
    }
}
