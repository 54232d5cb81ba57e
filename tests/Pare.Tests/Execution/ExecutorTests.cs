using System.Diagnostics;
using Pare.Execution.Lowered;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Kernels;
using Pare.Kernels.Channels;
using Pare.Tests.Support;

namespace Pare.Tests.Execution;

public class ExecutorTests
{
    [Fact]
    public void Every_map_of_a_random_graph_is_what_the_reference_says()
    {
        for (int seed = 0; seed < 300; seed++) AssertSame(RandomInferenceGraphs.Classifier(seed), seed);
    }

    [Fact]
    public void Trained_networks_give_what_the_reference_says()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            Network network = seed % 3 == 0 ? TrainedNetworks.Shared(seed) : TrainedNetworks.Random(seed);
            AssertSame(Lowerer.Lower(network, Preprocessing.Plain(network.Graph.Input.Shape.Channels)), seed);
        }
    }

    [Fact]
    public void A_graph_of_thousands_of_nodes_is_planned_in_seconds()
    {
        const int count = 16_000;
        var builder = new InferenceGraphBuilder(new Shape(2, 1, 1));
        InferenceNode[] maps =
        [
            .. Enumerable.Range(0, count).Select(i =>
                builder.Add($"map{i}", new LoweredActivation(new(PointFunction.Tanh)), builder.Input)),
        ];
        InferenceNode sum = maps[^1];
        for (int i = count - 2; i >= 0; i--) sum = builder.Add($"sum{i}", new LoweredAdd(), sum, maps[i]);
        InferenceGraph graph = builder.Build(sum, Preprocessing.Plain(2));
        long began = Stopwatch.GetTimestamp();
        var executor = new Executor(graph);

        // It took a minute when each node looked for its readers among all, and each map sorted all that live with it.
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 20);
        Assert.Equal(count * MathF.Tanh(0.5f), executor.Run(executor.CreateArena(), [0.5f, 0])[0], 10f);
    }

    [Fact]
    public void Any_number_of_channels_is_covered_exactly_once_or_by_an_overlap()
    {
        for (int channels = 1; channels < 300; channels++)
        {
            var covered = new bool[channels];
            foreach (ChannelBlock block in ChannelBlock.Cover(channels, ChannelConvolution.MostVectors))
            {
                Assert.InRange(block.Vectors, 1, ChannelConvolution.MostVectors);
                Assert.True(block.Lanes <= Simd.Lanes);
                for (int weight = 0; weight < block.Width; weight++) covered[block.Channel(weight)] = true;
            }

            Assert.DoesNotContain(false, covered);
        }
    }

    [Fact]
    public void What_is_not_a_number_reaches_the_logits_through_every_function_and_pool()
    {
        foreach (PointActivation activation in RandomInferenceGraphs.Activations.Append(new(PointFunction.FakeQuantize, 0.1f)))
        {
            foreach (PoolMode mode in Enum.GetValues<PoolMode>())
            {
                // Where the one bad value lies must not matter, nor whether a vector or a single lane meets it.
                foreach (int channels in new[] { 1, 3, 7, 33 })
                {
                    foreach (int bad in new[] { 0, 7, 24 })
                    {
                        var builder = new InferenceGraphBuilder(new Shape(channels, 5, 5));
                        InferenceNode node = builder.Add("activation", new LoweredActivation(activation), builder.Input);
                        node = builder.Add("pool", new LoweredPool { Window = SlidingWindow.Square(2), Mode = mode }, node);
                        node = builder.Add("add", new LoweredAdd { Activation = activation }, node, node);
                        node = builder.Add("conv", Identity(channels, activation), node);
                        node = builder.Add("depthwise",
                            Identity(channels,
                            activation) with
                            {
                                Weights =
                            new WeightArray("ones", [channels, 1, 1, 1], [.. Enumerable.Repeat(1f, channels)]),
                                Groups = channels
                            }, node);
                        InferenceGraph graph = builder.Build(builder.Add("mean", new LoweredMean(), node), Preprocessing.Plain(channels));
                        float[] image = new float[graph.Input.Shape.Count];
                        image[((channels - 1) * 25) + bad] = float.NaN;
                        var executor = new Executor(graph);
                        Assert.True(float.IsNaN(executor.Run(executor.CreateArena(), image)[channels - 1]),
                            $"{activation} {mode} {channels} {bad}");
                        Assert.True(float.IsNaN(ReferenceExecutor.Run(graph, image)[^1][channels - 1]));
                    }
                }
            }
        }
    }

    [Fact]
    public void Values_are_rounded_to_the_nearest_that_an_integer_stands_for()
    {
        // The ends, values between two integers, and what is no number.
        float[] values = [.. Enumerable.Range(-400, 801).Select(static i => i / 8f), float.PositiveInfinity, float.NegativeInfinity, 3e38f,
            1e-40f, float.NaN, 0.37f, -0.37f];
        var builder = new InferenceGraphBuilder(new Shape(values.Length, 1, 1));
        InferenceNode rounded = builder.Add("round", new LoweredActivation(new(PointFunction.FakeQuantize, 0.25f, -3)), builder.Input);
        InferenceGraph graph = builder.Build(rounded, Preprocessing.Plain(values.Length));
        float[] expected =
            [.. values.Select(static value => (float)(0.25 * (Math.Clamp(Math.Round(value / 0.25) - 3, -128, 127) + 3)))];
        Assert.Equal(expected, ReferenceExecutor.Run(graph, values)[^1]);
        var executor = new Executor(graph);
        Assert.Equal(expected, executor.Run(executor.CreateArena(), values).ToArray());
        foreach ((float step, float zero) in new[] { (0f, 0f), (-1, 0), (float.NaN, 0), (float.PositiveInfinity, 0), (1, 0.5f), (1, 128) })
            Assert.Throws<ArgumentException>(() =>
                builder.Add("refused", new LoweredActivation(new(PointFunction.FakeQuantize, step, zero)), builder.Input));
    }

    [Fact]
    public void A_depthwise_convolution_before_a_pointwise_one_has_no_map_of_its_own()
    {
        Network network =
            new(GraphBuilder.Input(3, 32, 32).Conv(64).Relu().DepthwiseSeparable(64).GlobalAveragePool().Linear(10).Build(), seed: 1);
        var executor = new Executor(Lowerer.Lower(network, Preprocessing.Plain(3)));
        Assert.Equal(["conv1", "conv3", "global_average_pool1", "linear1"], executor.Steps.Select(static step => step.Name));
        Assert.InRange(4 * executor.ArenaLength, 0, (34 * 34 * 64 * 4) + (32 * 32 * 64 * 4) + (20 << 10));
    }

    [Theory]
    [InlineData(3, 3, 1, 1)]
    [InlineData(3, 3, 2, 1)]
    [InlineData(3, 3, 1, 2)]
    [InlineData(3, 3, 2, 2)]
    [InlineData(1, 9, 1, 1)]
    [InlineData(9, 1, 1, 1)]
    [InlineData(5, 5, 1, 1)]
    public void A_depthwise_convolution_is_the_same_whatever_its_width(int rows, int columns, int stride, int dilation)
    {
        var random = new SeededRandom(4);
        foreach (int channels in new[] { 1, 5, 24, 300 })
        {
            foreach (int width in Enumerable.Range(1, 19))
            {
                var builder = new InferenceGraphBuilder(new Shape(channels, 7, width));
                var window = new SlidingWindow(rows, columns)
                {
                    StrideY = stride,
                    StrideX = stride,
                    DilationY = dilation,
                    DilationX = dilation,
                    Borders = new Borders(rows / 2 * dilation, columns / 2 * dilation, rows / 2 * dilation, columns / 2 * dilation),
                };
                var filters = new WeightArray("filters", [channels, 1, rows, columns],
                    RandomArrays.Normal(ref random, channels * rows * columns));
                var depthwise = new LoweredConvolution { Weights = filters, Groups = channels, Window = window };
                InferenceNode alone = builder.Add("alone", depthwise, builder.Input);
                InferenceNode between = builder.Add("between", depthwise, builder.Input);
                InferenceNode sum = builder.Add("sum", new LoweredAdd(), alone, builder.Add("after", Identity(channels, default), between));
                AssertSame(builder.Build(builder.Add("mean", new LoweredMean(), sum), Preprocessing.Plain(channels)), seed: width);
            }
        }
    }

    [Theory]
    [InlineData(16384, 16384)]
    [InlineData(4000, 16000)]
    public void Borders_that_claim_gigabytes_are_refused(int border, int stride)
    {
        var builder = new InferenceGraphBuilder(new Shape(16, 4, 4));
        LoweredConvolution wide =
            Identity(16,
            default) with
            { Window = SlidingWindow.Square(1) with { StrideY = stride, StrideX = stride, Borders = Borders.All(border) } };
        InferenceNode mean = builder.Add("mean", new LoweredMean(), builder.Add("wide", wide, builder.Input));
        InferenceGraph graph = builder.Build(mean, Preprocessing.Plain(16));
        Assert.Throws<ArgumentException>(() => new Executor(graph));
    }

    [Fact]
    public void Bytes_are_taken_planar_and_interleaved()
    {
        InferenceGraph graph = Lowerer.Lower(TrainedNetworks.Random(7), new Preprocessing([0.4f, 0.5f, 0.6f], [0.2f, 0.25f, 0.3f]));
        Shape shape = graph.Input.Shape;
        var random = new SeededRandom(1);
        byte[] planar = [.. Enumerable.Range(0, shape.Count).Select(_ => (byte)random.NextInt(256))];
        byte[] interleaved =
            [.. Enumerable.Range(0, shape.Count).Select(at => planar[(at % shape.Channels * shape.Pixels) + (at / shape.Channels)])];
        float[] table = graph.Preprocessing.Table();
        float[] image =
            [.. planar.Select((value, at) =>
            ((value / 255f) - graph.Preprocessing.Mean[at / shape.Pixels]) / graph.Preprocessing.StandardDeviation[at / shape.Pixels])];
        var executor = new Executor(graph);
        Arena arena = executor.CreateArena();
        float[] expected = executor.Run(arena, image).ToArray();
        Assert.Equal(expected, executor.Run(arena, planar, table, interleaved: false).ToArray());
        Assert.Equal(expected, executor.Run(arena, interleaved, table, interleaved: true).ToArray());
    }

    private static LoweredConvolution Identity(int channels, PointActivation activation) => new()
    {
        Weights =
            new WeightArray("identity", [channels, channels, 1, 1],
            [.. Enumerable.Range(0, channels * channels).Select(at => at / channels == at % channels ? 1f : 0f)]),
        Window = SlidingWindow.Square(1),
        Activation = activation,
    };

    private static void AssertSame(InferenceGraph graph, int seed)
    {
        var random = new SeededRandom(seed, 6);
        float[] image = RandomArrays.Normal(ref random, graph.Input.Shape.Count);
        float[][] expected = ReferenceExecutor.Run(graph, image);
        var executor = new Executor(graph);
        Arena arena = executor.CreateArena();

        // What an earlier call has left in the memory must not matter.
        arena.Span.Fill(float.NaN);
        float[] logits = executor.Run(arena, image).ToArray();
        AssertNear(expected[^1], logits, $"graph {seed}");
        Assert.Equal(logits, executor.Run(arena, image).ToArray());

        // Each map as its step leaves it.
        arena.Span.Fill(float.NaN);
        executor.Run(arena, image, step =>
        {
            InferenceNode node = graph.Nodes.Single(node => node.Name == step.Name);
            PixelMap map = step.Target;
            float[] got =
                [.. from c in Enumerable.Range(0, node.Shape.Channels) from i in Enumerable.Range(0,
                node.Shape.Height) from j in Enumerable.Range(0, node.Shape.Width) select arena.Span[map.At(i, j) + c]];
            AssertNear(expected[node.Index], got, $"graph {seed}, {node.Operation.Kind} '{node.Name}' of {node.Shape}");
        });
    }

    private static void AssertNear(float[] expected, float[] got, string what)
    {
        // exp(x) - 1 and tanh are exact to a rounding of 1, however small they are.
        double largest = Math.Max(0.1, expected.Max(Math.Abs));
        for (int i = 0; i < expected.Length; i++)
        {
            if (!(Math.Abs(expected[i] - got[i]) <= 2e-5 * largest)) Assert.Fail($"{what}: value {i} is {got[i]}, not {expected[i]}");
        }
    }
}
