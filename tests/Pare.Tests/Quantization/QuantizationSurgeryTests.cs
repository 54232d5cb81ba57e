using Pare.Execution;
using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Graphs.Lowering;
using Pare.Kernels;
using Pare.Kernels.Reference;
using Pare.Quantization;
using Pare.Tests.Support;
using Pare.Training.Averaging;

namespace Pare.Tests.Quantization;

public class QuantizationSurgeryTests
{
    private const int RandomGraphCount = 60;

    [Fact]
    public void Exactly_the_maps_that_have_integers_of_their_own_are_rounded()
    {
        int ranges = 0, tables = 0;
        for (int seed = 0; seed < RandomGraphCount; seed++)
        {
            Graph graph = RandomGraphs.Classifier(seed, classes: 4);
            InferenceGraph before = Lower(new Network(graph, seed)), after = Lower(Trained(graph, seed));

            // The lowered network is the same one.
            Assert.Equal(before.Nodes.Select(static node => (node.Name, node.Operation.Kind)),
                after.Nodes.Select(static node => (node.Name, node.Operation.Kind)));
            foreach (InferenceNode node in after.Nodes)
            {
                Assert.Equal(Quantizer.HasRange(after, node), node.Range is not null);
                Assert.Equal(Quantizer.HasTable(node), node.SumRange is not null);
                ranges += node.Range is null ? 0 : 1;
                tables += node.SumRange is null ? 0 : 1;
            }

            Assert.NotNull(ActivationRanges.OfTraining(after));
            Assert.Null(ActivationRanges.OfTraining(before));
        }

        Assert.InRange(ranges, RandomGraphCount, 100 * RandomGraphCount);
        Assert.InRange(tables, RandomGraphCount / 2, 100 * RandomGraphCount);
    }

    [Fact]
    public void Integers_say_what_the_rounded_network_says()
    {
        double same = 0, all = 0;
        for (int seed = 0; seed < RandomGraphCount; seed++)
        {
            Network network = Trained(RandomGraphs.Classifier(seed, classes: 4, dropout: 0), seed);
            InferenceGraph graph = Lower(network);
            QuantizedGraph integers = Quantizer.Quantize(graph, ActivationRanges.OfTraining(graph)!);
            byte[][] images = [.. Enumerable.Range(0, 24).Select(i => QuantizerTests.Noise(graph.Input.Shape, (seed * 24) + i))];
            float[] rounded = EngineRun.Infer(network, [.. images.SelectMany(image => QuantizerTests.Values(graph, image))], images.Length);
            float[] real = EngineRun.Infer(network.WithoutRounding(),
                [.. images.SelectMany(image => QuantizerTests.Values(graph, image))], images.Length);
            double off = 0, size = 1e-9;
            for (int i = 0; i < images.Length; i++)
            {
                float[] logits = QuantizedReference.Run(integers, images[i]).Logits;
                float[] ours = rounded[(i * 4)..((i + 1) * 4)], theirs = real[(i * 4)..((i + 1) * 4)];
                (same, all) = (same + (Largest(logits) == Largest(ours) ? 1 : 0), all + 1);
                off += Distance(logits, ours);
                size += Distance(theirs, new float[4]);
            }

            Assert.True(off < 0.2 * size, $"seed {seed}: {off} of {size}");
        }

        Assert.InRange(same / all, 0.95, 1);
    }

    [Fact]
    public void Weights_of_a_rounded_network_are_integers_to_the_bit()
    {
        Network network = Trained(GraphBuilder.Input(3, 9, 7).Conv(5).BatchNorm().Relu().DepthwiseConv(bias: true)
            .Activation(ActivationFunction.HardSwish).GlobalAveragePool().Linear(4).Build(), seed: 3);
        InferenceGraph graph = Lower(network);
        QuantizedGraph integers = Quantizer.Quantize(graph, ActivationRanges.OfTraining(graph)!);
        foreach (QuantizedConvolution layer in integers.Nodes.Select(static node => node.Operation).OfType<QuantizedConvolution>())
        {
            Parameter parameter = network[layer.Weights.Name];
            float[] weights = network.Values(parameter).ToArray();
            int length = weights.Length / layer.Layer.Channels;
            for (int o = 0; o < layer.Layer.Channels; o++)
            {
                float[] channel = weights[(o * length)..((o + 1) * length)], rounded = ReferenceRounding.Weights(channel);
                float step = channel.Max(Math.Abs) / 127;
                Assert.Equal(rounded.Select(value => (sbyte)Math.Round(value / step)), layer.Weights.Channel(o).ToArray());
            }
        }
    }

    [Fact]
    public void The_same_training_gives_the_same_ranges_for_any_number_of_threads()
    {
        Graph graph = RandomGraphs.Classifier(5, classes: 4, dropout: 0);
        float[] one = Trained(graph, seed: 2, threads: 1).Statistics, three = Trained(graph, seed: 2, threads: 3).Statistics;

        Assert.Equal(one, three);
        Assert.Contains(one, static value => value != 0);
    }

    [Fact]
    public void A_range_follows_the_batches_and_lanes_without_an_image_do_not_count()
    {
        Graph graph = GraphBuilder.Input(1, 1, 1).Layer(new FakeQuantize { Momentum = 0.25f }, "seen").Linear(2).Build();
        var network = new Network(graph, seed: 1);
        using var run = new EngineRun(network, images: 3);

        run.Step([1, -2, 3], new float[6]);
        Assert.Equal([-2, 3], network.Statistics);
        run.Step([2, 4, 5], new float[6]);
        Assert.Equal([-1.5f, 3.5f], network.Statistics);
        run.Plan.UpdateRunningStatistics(false);
        run.Step([20, 40, 50], new float[6]);
        Assert.Equal([-1.5f, 3.5f], network.Statistics);
    }

    [Fact]
    public void Ranges_of_averaged_weights_are_measured_anew_with_the_norms()
    {
        Graph graph = GraphBuilder.Input(1, 1, 1).Layer(new FakeQuantize(), "seen").Linear(2).Build();
        var network = new Network(graph, seed: 1);
        network.Values(network["seen.running_max"])[0] = 100;
        using var run = new EngineRun(network, images: 3);
        var sweep = new StatisticsRecalibration(run.Plan, BatchWeighting.Equal);

        sweep.Add(new ArraySource([1, -1, 0]), 3);
        Assert.Equal([-1, 1], network.Statistics);
        sweep.Add(new ArraySource([4, -2, 0]), 3);
        Assert.Equal([-1.5f, 2.5f], network.Statistics);
    }

    [Fact]
    public void The_gradient_passes_inside_the_range_and_not_beyond()
    {
        Graph graph = GraphBuilder.Input(1, 2, 2).Layer(new FakeQuantize(), "seen").Build();
        var network = new Network(graph, seed: 1);
        network.Values(network["seen.running_max"])[0] = 1;
        float[] x = [0.3f, -0.4f, 0.9f, 7f], dY = [1, 2, 3, 4];
        using var run = new EngineRun(network, images: 1, upstream: dY);
        run.Plan.UpdateRunningStatistics(false);

        run.Step(x);

        Assert.Equal([.. x.Select(static value => ReferenceRounding.Round(value, 1f / 255, 0, 255))], run.Output);
        Assert.Equal([1, 0, 3, 0], run.InputGradient());
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void What_is_not_finite_is_not_hidden(float value)
    {
        Graph graph = GraphBuilder.Input(1, 1, 1).Layer(new FakeQuantize(), "seen").Build();
        var network = new Network(graph, seed: 1);
        network.Values(network["seen.running_max"])[0] = 1;
        Assert.Equal([float.NaN], EngineRun.Infer(network, [value], 1));

        network.Values(network["seen.running_max"])[0] = value;
        Assert.Equal([float.NaN], EngineRun.Infer(network, [0.5f], 1));
    }

    [Fact]
    public void Fast_rounding_is_that_of_the_reference()
    {
        var random = new SeededRandom(4);
        for (int length = 1; length < 40; length++)
        {
            float[] x = RandomArrays.Normal(ref random, length), y = new float[length];
            x[0] = 0.5f * 0.01f;
            RoundingKernels.Round(x, y, 0.01f, -100, 155);
            Assert.Equal(x.Select(static value => ReferenceRounding.Round(value, 0.01f, -100, 155)), y);

            float[] gradient = RandomArrays.Normal(ref random, length), cut = [.. gradient];
            RoundingKernels.CutGradient(x, cut, -1, 1.55f);
            Assert.Equal(x.Select((value, i) => ReferenceRounding.Gradient(value, gradient[i], -1, 1.55f)), cut);

            RoundingKernels.RoundWeights(x, 1, y);
            Assert.Equal(ReferenceRounding.Weights(x), y);
        }
    }

    [Fact]
    public void What_cannot_be_rounded_is_refused()
    {
        Graph graph = GraphBuilder.Input(1, 5, 5).Conv(2).Relu().GlobalAveragePool().Linear(3).Build();

        Assert.Contains("already", Assert.Throws<RecipeException>(() => graph.Quantize().Quantize()).Message, StringComparison.Ordinal);
        Assert.Throws<RecipeException>(static () => GraphBuilder.Input(1, 5, 5).Conv(2).Build().Quantize());
        Assert.Throws<RecipeException>(static () => GraphBuilder.Input(1, 5, 5).GlobalAveragePool().Build().Quantize());
    }

    // A few steps with dropout and gradient, so that norms and ranges have moved.
    private static Network Trained(Graph graph, int seed, int threads = 2)
    {
        var network = new Network(graph.Quantize(), seed);
        var random = new SeededRandom(seed, 9);
        int images = (2 * Simd.Lanes) + 3;
        using var run = new EngineRun(network, images, threads: threads);
        float[] targets = new float[images * graph.Output.Shape.Count];
        for (int i = 0; i < images; i++) targets[i * graph.Output.Shape.Count] = 1;
        for (int step = 0; step < 12; step++)
        {
            float[] x = [.. Enumerable.Range(0, images * graph.Input.Shape.Count).Select(_ => random.NextSingle())];
            run.Step(x, targets, step);
        }

        return network;
    }

    private static InferenceGraph Lower(Network network) =>
        Lowerer.Lower(network, Preprocessing.Plain(network.Graph.Input.Shape.Channels));

    private static int Largest(float[] values) => Array.IndexOf(values, values.Max());

    private static double Distance(float[] a, float[] b) => Math.Sqrt(a.Zip(b, static (x, y) => (double)(x - y) * (x - y)).Sum());
}
