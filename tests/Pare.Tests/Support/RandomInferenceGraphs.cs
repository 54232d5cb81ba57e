using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Tests.Support;

/// <summary>
/// Lowered graphs with all that they may hold, for tests of what runs or exports them: any window, border, dilation, group, function, and
/// shared weights.
/// </summary>
internal static class RandomInferenceGraphs
{
    /// <summary>A function of each kind.</summary>
    public static PointActivation[] Activations { get; } =
    [
        default, new(PointFunction.Relu), new(PointFunction.Clip, -0.5f, 0.7f), new(PointFunction.Clip, 0, 6),
            new(PointFunction.LeakyRelu, 0.1f), new(PointFunction.Elu, 0.8f),
        new(PointFunction.Sigmoid), new(PointFunction.HardSigmoid), new(PointFunction.Silu), new(PointFunction.HardSwish),
        new(PointFunction.Tanh),
    ];

    /// <summary>A classifier with three classes.</summary>
    public static InferenceGraph Classifier(int seed)
    {
        var random = new SeededRandom(seed, 5);
        Func<int, int> draw = max => random.NextInt(max);
        Func<float> normal = () => random.NextNormal();
        int channels = Channels(draw), height = 5 + draw(9), width = 4 + draw(12);
        var graph = new InferenceGraphBuilder(new Shape(channels, height, width));
        InferenceNode current = graph.Input, other = current;
        for (int i = 0, layers = 3 + draw(8); i < layers; i++)
        {
            InferenceNode next = Add(graph, current, other, $"node{i}", draw, normal);
            (other, current) = (draw(3) == 0 ? other : current, next);
        }

        if (draw(3) == 0) current = graph.Add("flatten", new LoweredFlatten(), current);
        else current = graph.Add("mean", new LoweredMean(), current);
        LoweredConvolution linear = Convolution(graph, current, 3, SlidingWindow.Square(1), 1, "linear", draw, normal);
        return graph.Build(graph.Add("linear", linear, current), Preprocessing.Plain(channels));
    }

    /// <summary>A convolution of a node's map with random weights, and perhaps a scale, a shift and a function.</summary>
    public static LoweredConvolution Convolution(
        InferenceGraphBuilder graph, InferenceNode input, int outputs, SlidingWindow window, int groups, string name, Func<int, int> draw,
        Func<float> normal)
    {
        int inputs = input.Shape.Channels / groups, fan = inputs * window.Height * window.Width;
        float[] weights = [.. Enumerable.Range(0, outputs * fan).Select(_ => normal() / MathF.Sqrt(fan))];
        return new LoweredConvolution
        {
            Weights = new WeightArray($"{name}.weight", [outputs, inputs, window.Height, window.Width], weights),
            Window = window,
            Groups = groups,
            Scale = draw(3) == 0 ? [.. Enumerable.Range(0, outputs).Select(_ => 1 + (0.3f * normal()))] : null,
            Shift = draw(3) > 0 ? [.. Enumerable.Range(0, outputs).Select(_ => 0.3f * normal())] : null,
            Activation = Activations[draw(Activations.Length)],
        };
    }

    // On both sides of each vector's width.
    private static int Channels(Func<int, int> draw) => draw(4) == 0 ? 1 + draw(70) : 1 + draw(20);

    private static InferenceNode Add(InferenceGraphBuilder graph, InferenceNode current, InferenceNode other, string name, Func<int,
        int> draw, Func<float> normal)
    {
        Shape shape = current.Shape;
        switch (draw(13))
        {
            case 0 or 1:
                return graph.Add(name, Convolution(graph, current, Channels(draw), Window(shape, draw), 1, name, draw, normal), current);
            case 2:
                return graph.Add(name, Convolution(graph, current, Channels(draw), SlidingWindow.Square(1), 1, name, draw, normal),
                    current);
            case 3 or 4:
                InferenceNode depthwise =
                    graph.Add(name, Convolution(graph, current, shape.Channels, Window(shape, draw), shape.Channels, name, draw, normal),
                    current);
                return draw(3) == 0 ? depthwise
                    : graph.Add($"{name}.pointwise",
                    Convolution(graph, depthwise, Channels(draw), SlidingWindow.Square(1), 1, $"{name}.pointwise", draw, normal),
                    depthwise);
            case 5:
                int groups = shape.Channels % 3 == 0 ? 3 : shape.Channels % 2 == 0 ? 2 : shape.Channels;
                return graph.Add(name,
                    Convolution(graph, current, groups * (1 + draw(5)), Window(shape, draw), groups, name, draw, normal), current);
            case 6:
                return graph.Add(name, new LoweredPool { Window = PoolWindow(shape, draw), Mode = (PoolMode)draw(3) }, current);
            case 7:
                int filter = 2 + draw(Math.Min(6, Math.Min(shape.Height, shape.Width)));
                return filter / 2 < Math.Min(shape.Height, shape.Width) ? graph.Add(name, new LoweredBlur(filter, 1 + draw(2)), current)
                    : current;
            case 8:
                return current.Shape == other.Shape
                    ? graph.Add(name, new LoweredAdd { Activation = Activations[draw(Activations.Length)] },
                        [current, other, .. draw(2) == 0 ? [other] : Array.Empty<InferenceNode>()])
                    : graph.Add(name, new LoweredAdd(), current, current);
            case 9:
                return graph.Add(name, new LoweredMultiply(), current, draw(2) == 0 ? current
                    : graph.Add($"{name}.mean", new LoweredMean(), current));
            case 10:
                return graph.Add(name, new LoweredActivation(Activations[draw(Activations.Length)]), current);
            case 11:
                bool fits = current.Shape with { Channels = 1 } == other.Shape with { Channels = 1 };
                return current.Shape.Channels < 80 && other.Shape.Channels < 80
                    ? graph.Add(name, new LoweredConcat(), current, fits ? other : current) : current;
            default:
                // The same weights once more, with a scale and a shift of their own.
                LoweredConvolution first =
                    Convolution(graph, current, shape.Channels, SlidingWindow.Square(3, padding: 1), draw(2) == 0 ? 1
                    : shape.Channels, name, draw, normal);
                LoweredConvolution second =
                    first with
                    {
                        Scale = [.. Enumerable.Range(0, shape.Channels).Select(_ => normal())],
                        Activation = Activations[draw(Activations.Length)]
                    };
                return graph.Add($"{name}.again", second, graph.Add(name, first, current));
        }
    }

    private static SlidingWindow Window(Shape shape, Func<int, int> draw)
    {
        int height = 1 + draw(4), width = 1 + draw(4);
        var window = new SlidingWindow(height, width)
        {
            StrideY = 1 + draw(2),
            StrideX = 1 + draw(3),
            DilationY = 1 + draw(2),
            DilationX = 1
                + draw(2),
            Borders = new Borders(draw(3), draw(3), draw(3), draw(3)),
        };
        return shape.Height + window.Borders.Top + window.Borders.Bottom >= window.SpanY && shape.Width + window.Borders.Left
            + window.Borders.Right >= window.SpanX
            ? window
            : SlidingWindow.Square(1);
    }

    private static SlidingWindow PoolWindow(Shape shape, Func<int, int> draw)
    {
        int height = Math.Min(2 + draw(2), shape.Height), width = Math.Min(2 + draw(2), shape.Width);
        return new SlidingWindow(height, width)
        {
            StrideY = 1 + draw(2),
            StrideX = 1
            + draw(2),
            Borders = new Borders(draw(height), draw(width), draw(height), draw(width))
        };
    }
}
