using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Tests.Support;

/// <summary>Lowered graphs at the edges of what there may be, and long ones whose maps can lie in the place of others.</summary>
internal static class OddInferenceGraphs
{
    /// <summary>One of each kind.</summary>
    public static IEnumerable<(string Name, InferenceGraph Graph)> Each()
    {
        yield return ("one value", Build(1, 1, 1, classes: 1, static (_, node, _) => node));
        yield return ("one pixel", Build(3, 1, 1, classes: 4, static (net, node, add) => add(node, 5, SlidingWindow.Square(1), 1)));
        yield return ("one row", Build(2, 1, 37, classes: 3, static (net, node, add) =>
            add(add(node, 2, new SlidingWindow(1, 5) { Borders = new Borders(0, 2, 0, 2) }, 2), 7, SlidingWindow.Square(1), 1)));
        yield return ("one column", Build(2, 37, 1, classes: 3, static (net, node, add) =>
            add(add(node, 2, new SlidingWindow(5, 1) { Borders = new Borders(2, 0, 2, 0) }, 2), 7, SlidingWindow.Square(1), 1)));
        yield return ("a window wider than the map", Build(3, 5, 4, classes: 2, static (net, node, add) =>
            add(add(node, 4, SlidingWindow.Square(9, padding: 4), 1), 4, SlidingWindow.Square(7, padding: 3), 4)));
        yield return ("a window of 121 taps", Build(3, 12, 13, classes: 2, static (net, node, add) =>
            add(node, 3, SlidingWindow.Square(11, padding: 5), 3)));
        yield return ("strides above the window", Build(4, 23, 19, classes: 3, static (net, node, add) =>
            add(add(node, 4, SlidingWindow.Square(2, stride: 4), 4), 6, SlidingWindow.Square(1, stride: 3), 1)));
        yield return ("dilation", Build(2, 14, 15, classes: 3, static (net, node, add) => add(
            add(node, 2, SlidingWindow.Square(3, padding: 4) with { DilationY = 4, DilationX = 4 }, 2), 5,
            SlidingWindow.Square(3, padding: 1) with { DilationY = 2, DilationX = 3 }, 1)));
        yield return ("windows in the border alone", Build(2, 4, 5, classes: 3, static (net, node, add) =>
            add(add(node, 3, SlidingWindow.Square(1, padding: 2), 1), 3, SlidingWindow.Square(1, stride: 2, padding: 3), 3)));
        yield return ("a squeeze", Build(6, 7, 8, classes: 3, static (net, node, add) =>
        {
            InferenceNode map = add(node, 6, SlidingWindow.Square(3, padding: 1), 6), mean = net.Add("squeeze", new LoweredMean(), map);
            InferenceNode gate =
                net.Add("gate", new LoweredActivation(new(PointFunction.Sigmoid)), add(mean, 6, SlidingWindow.Square(1), 1));
            return net.Add("excite", new LoweredMultiply(), map, gate);
        }));
        yield return ("branches", Build(3, 9, 8, classes: 3, static (net, node, add) =>
        {
            InferenceNode a = add(node, 2, SlidingWindow.Square(1), 1), b = add(node, 3, SlidingWindow.Square(3, padding: 1), 3);
            InferenceNode c = add(add(b, 4, SlidingWindow.Square(1), 1), 4, SlidingWindow.Square(5, padding: 2), 4);
            return net.Add("joined", new LoweredConcat(), c, a, b, a);
        }));
        foreach (int filter in new[] { 2, 3, 4, 5, 6, 7 })
        {
            int stride = 1 + (filter % 3);
            yield return ($"a blur of {filter} by {stride}", Build(3, filter, filter + 4, classes: 2, (net, node, add) =>
                net.Add("blur", new LoweredBlur(filter, stride), add(node, 3, SlidingWindow.Square(1), 1))));
        }

        foreach (PoolMode mode in Enum.GetValues<PoolMode>())
        {
            yield return ($"pools, {mode}", Build(3, 13, 12, classes: 2, (net, node, add) =>
            {
                InferenceNode wide = net.Add("wide", new LoweredPool { Window = SlidingWindow.Square(5, padding: 2), Mode = mode },
                    add(node, 3, SlidingWindow.Square(1), 1));
                InferenceNode far = net.Add("far", new LoweredPool { Window = SlidingWindow.Square(2, stride: 3), Mode = mode }, wide);
                return net.Add("all", new LoweredPool { Window = new(far.Shape.Height, far.Shape.Width), Mode = mode }, far);
            }));
        }
    }

    /// <summary>
    /// A long chain of layers that go channel by channel, pixel by pixel or value by value, with sums, gates and concatenations.
    /// </summary>
    public static InferenceGraph Chain(int seed)
    {
        var random = new SeededRandom(seed, 9);
        Func<int, int> draw = max => random.NextInt(max);
        return Build(1 + draw(4), 6 + draw(14), 6 + draw(14), 1 + draw(4), (net, node, add) =>
        {
            InferenceNode other = node;
            for (int layer = 0, layers = 6 + draw(14); layer < layers; layer++)
            {
                InferenceNode next = Next(net, node, other, $"layer{layer}", add, draw);
                if (draw(3) > 0) other = node;
                node = next;
            }

            return node;
        }, seed);
    }

    private delegate InferenceNode Add(InferenceNode input, int outputs, SlidingWindow window, int groups);

    private static InferenceNode Next(
        InferenceGraphBuilder net, InferenceNode node, InferenceNode other, string name, Add add, Func<int, int> draw)
    {
        Shape shape = node.Shape;
        int side = Math.Min(shape.Height, shape.Width);
        switch (draw(10))
        {
            case 0 or 1 or 2:
                var window = new SlidingWindow(1 + draw(5), 1 + draw(5))
                {
                    StrideY = 1 + (draw(5) / 3),
                    StrideX = 1 + (draw(5) / 3),
                    DilationY = 1 + (draw(4) / 3),
                    DilationX = 1 + (draw(4) / 3),
                    Borders = new Borders(draw(4), draw(4), draw(4), draw(4)),
                };
                bool fits = shape.Height + window.Borders.Top + window.Borders.Bottom >= window.SpanY
                    && shape.Width + window.Borders.Left + window.Borders.Right >= window.SpanX;
                return add(node, shape.Channels, fits ? window : SlidingWindow.Square(3, padding: 1), shape.Channels);
            case 3 or 4:
                return add(node, 1 + draw(12), SlidingWindow.Square(1), 1);
            case 5:
                int pool = Math.Min(1 + draw(3), side);
                return net.Add(name, new LoweredPool { Window = SlidingWindow.Square(pool, 1 + draw(2)), Mode = (PoolMode)draw(3) }, node);
            case 6:
                int filter = 2 + draw(4);
                return filter / 2 < side ? net.Add(name, new LoweredBlur(filter, 1 + draw(2)), node) : node;
            case 7:
                return net.Add(name, new LoweredActivation(RandomInferenceGraphs.Activations[draw(11)]), node);
            case 8:
                return other.Shape == shape ? net.Add(name, new LoweredAdd(), [other, node])
                    : net.Add(name, new LoweredMultiply(), node, net.Add($"{name}.mean", new LoweredMean(), node));
            default:
                return other.Shape == shape && shape.Channels < 12 ? net.Add(name, new LoweredConcat(), node, other)
                    : add(node, shape.Channels, SlidingWindow.Square(3, padding: 1), shape.Channels);
        }
    }

    private static InferenceGraph Build(int channels, int height, int width, int classes,
        Func<InferenceGraphBuilder, InferenceNode, Add, InferenceNode> build, int seed = 1)
    {
        var random = new SeededRandom(seed, 8);
        Func<int, int> draw = max => random.NextInt(max);
        Func<float> normal = () => random.NextNormal();
        var net = new InferenceGraphBuilder(new Shape(channels, height, width));
        int count = 0;
        InferenceNode map = build(net, net.Input, Layer);
        return net.Build(Layer(net.Add("mean", new LoweredMean(), map), classes, SlidingWindow.Square(1), 1),
            Preprocessing.Plain(channels));

        InferenceNode Layer(InferenceNode input, int outputs, SlidingWindow window, int groups)
        {
            string name = $"conv{++count}";
            return net.Add(name, RandomInferenceGraphs.Convolution(net, input, outputs, window, groups, name, draw, normal), input);
        }
    }
}
