using Pare.Benchmarking;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Models;
using Pare.Quantization;
using Pare.Tests.Support;
using Pare.Training;

namespace Pare.Tests.Execution;

/// <summary>Training with feature maps in 16 bits.</summary>
public class MapStorageTests
{
    private const int Classes = 4;

    /// <summary>
    /// Smooth functions: beside a ReLU's corner, or where two pixels are nearly the largest, a rounded map has another gradient altogether.
    /// </summary>
    public static TheoryData<string> Examples => [.. Networks.Keys];

    private static Dictionary<string, Func<GraphBuilder, GraphBuilder>> Networks { get; } = new()
    {
        ["convolutions"] = static net => Smooth(Smooth(Smooth(net.Conv(6)).Conv(9, stride: 2)).PointwiseConv(5, bias: true)),
        ["strides that leave rows out"] = static net => Smooth(Smooth(net.Conv(4)).Conv(6, kernel: 1, stride: 3)),
        ["groups"] = static net => Smooth(Smooth(net.Conv(6)).Conv(8, groups: 2)),
        ["Winograd"] = static net => Smooth(Smooth(Smooth(net.Conv(16)).Conv(16)).Conv(12, padding: 0)),
        ["depthwise and pointwise together"] = static net => Smooth(Smooth(net.Conv(4)).DepthwiseConv(multiplier: 2).PointwiseConv(6)),
        ["depthwise"] = static net => Smooth(Smooth(Smooth(net.Conv(4)).DepthwiseConv(multiplier: 2)).DepthwiseConv(stride: 2, bias: true)),
        ["no norm"] = static net => net.Conv(6, bias: true).Activation(ActivationFunction.Silu).Conv(8).Activation(ActivationFunction.Silu),
        ["average pool"] = static net => Smooth(Smooth(net.Conv(6)).AveragePool()),
        ["blur pool"] = static net => Smooth(Smooth(net.Conv(6)).BlurPool()),
        ["residual"] = static net => Smooth(Smooth(net.Conv(6)).Residual(static body => Smooth(body.Conv(6)).Conv(6).BatchNorm()).Conv(5)),
        ["shortcut"] = static net => Smooth(net.Conv(6)).Residual(static body => Smooth(body.Conv(8, stride: 2)),
            static shortcut => shortcut.Conv(8, kernel: 1, stride: 2).BatchNorm()),
        ["a norm after a sum"] = static net => Smooth(Smooth(net.Conv(6)).Residual(static body => body.Conv(6))),
        ["gate"] = static net => Smooth(Smooth(net.Conv(8)).SqueezeExcite().Conv(4)),
        ["dropped layers"] = static net =>
            Smooth(Smooth(net.Conv(6)).Dropout(0.2f).Residual(static body => body.Conv(6).StochasticDepth(0.2f))),
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void Gradients_are_near_those_with_floats(string example)
    {
        Graph graph = Networks[example](GraphBuilder.Input(3, 16, 16)).GlobalAveragePool().Linear(Classes).Build();
        (float[] input, float[] targets) = Data(graph, Simd.Lanes + 3);
        using EngineRun floats = new(new Network(graph, 1), Simd.Lanes + 3, threads: 2),
            halves = new(new Network(graph, 1), Simd.Lanes + 3, threads: 2, storage: MapStorage.BFloat16);
        double loss = floats.Step(input, targets);
        Assert.Equal(loss, halves.Step(input, targets), 0.01 * loss);
        Near.AssertEqual("the weights' gradient", floats.Plan.Gradients, halves.Plan.Gradients, 0.03);
        Near.AssertEqual("the images' gradient", floats.InputGradient(), halves.InputGradient(), 0.03);
        Assert.NotEqual(floats.Plan.Gradients, halves.Plan.Gradients);
        Assert.Contains(halves.Plan.Operations, static operation => operation.Output.Storage == MapStorage.BFloat16);
    }

    // Rows and columns of all sorts, and runs of pixels that are no multiple of a kernel's tile.
    [Theory]
    [InlineData(2, 2, 5)]
    [InlineData(5, 6, 5)]
    [InlineData(3, 10, 2)]
    [InlineData(9, 14, 1)]
    [InlineData(7, 34, 2)]
    [InlineData(2, 66, 17)]
    public void The_gradient_is_near_at_any_size(int height, int width, int images)
    {
        foreach (string example in Networks.Keys)
        {
            // Without padding there must be something to slide over.
            if (height < 3 && example == "Winograd") continue;
            Graph graph = Networks[example](GraphBuilder.Input(3, height, width)).GlobalAveragePool().Linear(Classes).Build();
            (float[] input, float[] targets) = Data(graph, images);
            using EngineRun floats = new(new Network(graph, 1), images, threads: 2),
                halves = new(new Network(graph, 1), images, threads: 2, storage: MapStorage.BFloat16);
            double loss = floats.Step(input, targets);
            Assert.Equal(loss, halves.Step(input, targets), 0.01 * loss);
            Near.AssertEqual($"the weights' gradient of {example}", floats.Plan.Gradients, halves.Plan.Gradients, 0.03);
        }
    }

    [Fact]
    public void A_maximum_is_the_largest_of_the_rounded_pixels()
    {
        // A pixel that is far larger than its neighbours stays so.
        Graph graph = Smooth(Smooth(GraphBuilder.Input(3, 16, 16).Conv(6)).MaxPool().Conv(5)).MaxPool(3, 2, 1)
            .GlobalAveragePool().Linear(Classes).Build();
        (float[] input, float[] targets) = Data(graph, Simd.Lanes);
        using EngineRun floats = new(new Network(graph, 1), Simd.Lanes),
            halves = new(new Network(graph, 1), Simd.Lanes, storage: MapStorage.BFloat16);
        double loss = floats.Step(input, targets);
        Assert.Equal(loss, halves.Step(input, targets), 0.01 * loss);
        Near.AssertEqual("the gradient", floats.Plan.Gradients, halves.Plan.Gradients, 0.15);
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            Graph graph = RandomGraphs.Classifier(seed, Classes, width: 8);
            int images = (4 * Simd.Lanes) + 3;
            (float[] input, float[] targets) = Data(graph, images);
            float[] single = Gradients(1);
            Assert.Equal(single, Gradients(2));
            Assert.Equal(single, Gradients(3));

            float[] Gradients(int threads)
            {
                using var run = new EngineRun(new Network(graph, 1), images, threads: threads, storage: MapStorage.BFloat16);
                run.Step(input, targets);
                run.Step(input, targets);
                return [.. run.Plan.Gradients];
            }
        }
    }

    [Fact]
    public void A_short_batch_gives_what_a_plan_of_its_size_gives()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            Graph graph = RandomGraphs.Classifier(seed, Classes, width: 8);
            int images = Simd.Lanes + 2;
            (float[] input, float[] targets) = Data(graph, images);
            (float[] other, float[] otherTargets) = Data(graph, 3 * Simd.Lanes);
            using var team = new ThreadTeam(2);
            var exact = new TrainingPlan(new Network(graph, 1), images, team, storage: MapStorage.BFloat16);
            exact.Step(new ArraySource(input, targets), images, step: 0);
            var larger = new TrainingPlan(new Network(graph, 1), 3 * Simd.Lanes, team, storage: MapStorage.BFloat16);
            larger.Step(new ArraySource(other, otherTargets), 3 * Simd.Lanes, step: 0);
            larger.Step(new ArraySource(input, targets), images, step: 0);
            Assert.Equal(exact.Gradients, larger.Gradients);
        }
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void Gradients_that_go_past_the_caches_are_the_same_bits(string example)
    {
        foreach ((int height, int width) in new[] { (16, 16), (15, 13) })
        {
            Graph graph = Networks[example](GraphBuilder.Input(3, height, width)).GlobalAveragePool().Linear(Classes).Build();
            AssertStreamsTheSame(graph, example is not ("no norm" or "shortcut" or "a norm after a sum"), example);
        }
    }

    [Fact]
    public void Gradients_of_random_graphs_that_go_past_the_caches_are_the_same_bits()
    {
        int streamed = 0;
        for (int seed = 0; seed < 40; seed++)
        {
            Graph graph = RandomGraphs.Classifier(seed, Classes);
            if (AssertStreamsTheSame(graph, mayStream: null, $"seed {seed}")) streamed++;
        }

        Assert.InRange(streamed, 10, 40);
    }

    [Fact]
    public void Large_maps_alone_have_their_gradients_stored_past_the_caches()
    {
        int tiles = 128 / Simd.Lanes;
        Assert.Contains(true, Streams("bench-cifar", TrainingPlan.StreamsFrom));
        Assert.DoesNotContain(true, Streams("bench-mnist", TrainingPlan.StreamsFrom));
        long bytes = Maps("bench-cifar").Sum(static map => (long)map.Size) * sizeof(float) * tiles;
        Assert.Contains(true, Streams("bench-cifar", bytes));
        Assert.DoesNotContain(true, Streams("bench-cifar", bytes + 1));

        // The pooled map is next to nothing and has no norm, and neither have the logits.
        Assert.Equal([false, false], Streams("bench-cifar", 0)[^2..]);
        Assert.All(Streams("bench-cifar", 0)[..^2], Assert.True);

        bool[] Streams(string name, long from) => [.. Maps(name, from).Select(static map => map.StreamsGradient)];
        FeatureMap[] Maps(string name, long from = long.MaxValue) =>
            [.. CompiledGraph.Compile(Network.Layout(BenchmarkNetworks.Create(name)), tiles, training: true, streamsFrom: from)
                .Operations.Select(static operation => operation.Output)];
    }

    [Fact]
    public void What_goes_past_the_caches_is_written_once_and_its_place_is_not_fetched()
    {
        Graph graph = GraphBuilder.Input(3, 8, 8).Conv(8).BatchNorm().Relu().PointwiseConv(8).Build();
        (float[] input, float[] targets) = Data(graph, Simd.Lanes);
        using EngineRun near = new(new Network(graph, 1), Simd.Lanes, streamsFrom: long.MaxValue),
            past = new(new Network(graph, 1), Simd.Lanes, streamsFrom: 0);
        int map = near.Plan.Operations[0].Output.Size * sizeof(float);

        // Near, a gradient is stored, read for its sums, and stored again without the activation.
        Assert.Equal(2 * map, Touched(near) - Touched(past));
        Assert.Equal((1, 0), (Lines(near), Lines(past)));

        long Touched(EngineRun run)
        {
            var traffic = new MapTraffic();
            run.Plan.CountInto(traffic);
            run.Step(input, targets);
            run.Plan.CountInto(null);
            return traffic.Bytes;
        }

        static int Lines(EngineRun run)
        {
            var ahead = new Prefetcher();
            ahead.Clear();
            run.Plan.Operations[0].Output.FetchGradientTarget(ahead, 0, 0, 1, 0, 4);
            ahead.Take(1, out int step);
            return step / Prefetcher.LineBytes;
        }
    }

    [Fact]
    public void NaN_is_not_hidden()
    {
        foreach (string example in Networks.Keys)
        {
            Graph graph = Networks[example](GraphBuilder.Input(2, 8, 8)).GlobalAveragePool().Linear(2).Build();
            NaNCheck.Run(graph, storage: MapStorage.BFloat16);
        }
    }

    [Fact]
    public void The_first_layer_that_leaves_the_finite_numbers_is_named()
    {
        Graph graph = Smooth(Smooth(GraphBuilder.Input(1, 8, 8).Conv(4)).Conv(4)).GlobalAveragePool().Linear(2).Build();
        var network = new Network(graph, 1);
        network.Values(network["conv2.weight"])[0] = float.PositiveInfinity;
        (float[] input, float[] targets) = Data(graph, 3);
        using var run = new EngineRun(network, 3, storage: MapStorage.BFloat16);
        run.Step(input, targets);
        Assert.Equal("the output of layer 'conv2'", run.Plan.FirstNonFinite(new ArraySource(input, targets), step: 0));
    }

    [Fact]
    public void What_cannot_be_kept_in_pairs_stays_in_floats()
    {
        Graph graph = GraphBuilder.Input(1, 8, 7).Conv(4).BatchNorm().Relu().PointwiseConv(6).Flatten().Linear(2).Build();
        (float[] input, float[] targets) = Data(graph, 5);
        using EngineRun floats = new(new Network(graph, 1), 5), halves = new(new Network(graph, 1), 5, storage: MapStorage.BFloat16);
        floats.Step(input, targets);
        halves.Step(input, targets);
        Assert.Equal(floats.Plan.Gradients, halves.Plan.Gradients);
    }

    [Fact]
    public void Maps_take_half_the_memory_and_half_the_traffic()
    {
        Graph graph = BenchmarkNetworks.Create("bench-cifar");
        long floats = TrainingPlan.Count(Network.Layout(graph), 128, 2).Maps,
            halves = TrainingPlan.Count(Network.Layout(graph), 128, 2, storage: MapStorage.BFloat16).Maps;
        Assert.InRange((double)halves / floats, 0.4, 0.65);

        (IReadOnlyList<OperationProfile> wide, long wideTouched) = Profiler.Count(graph, Simd.Lanes);
        (IReadOnlyList<OperationProfile> narrow, long narrowTouched) = Profiler.Count(graph, Simd.Lanes, MapStorage.BFloat16);
        Assert.InRange((double)narrowTouched / wideTouched, 0.35, 0.6);
        Assert.InRange(Bytes(narrow) / Bytes(wide), 0.45, 0.6);

        static double Bytes(IEnumerable<OperationProfile> operations) => operations.Sum(static operation => operation.Total.Bytes);
    }

    [Fact]
    public void Training_for_integers_is_refused()
    {
        Graph graph = ModelCatalog.Create("resnet8", new Shape(3, 32, 32), 10).Quantize();
        var options = new TrainingOptions { Storage = MapStorage.BFloat16 };
        Assert.Equal("training.storage", Assert.Throws<RecipeException>(() => options.Validate(graph)).Where);
        (options with { Storage = MapStorage.Float32 }).Validate(graph);
    }

    // Whether any gradient went past the caches.
    private static bool AssertStreamsTheSame(Graph graph, bool? mayStream, string name)
    {
        int images = (4 * Simd.Lanes) + 3;
        (float[] input, float[] targets) = Data(graph, images);
        (float[] near, _) = Gradients(1, long.MaxValue);
        bool streams = false;
        for (int threads = 1; threads <= 3; threads++)
        {
            (float[] past, streams) = Gradients(threads, 0);
            Assert.True(near.AsSpan().SequenceEqual(past), $"{name}, {threads} threads");
        }

        if (mayStream is { } expected) Assert.Equal(expected, streams);
        return streams;

        (float[] Gradients, bool Streams) Gradients(int threads, long streamsFrom)
        {
            using var run = new EngineRun(new Network(graph, 1), images, threads: threads, streamsFrom: streamsFrom);
            run.Step(input, targets);
            run.Step(input, targets, step: 1);
            return ([.. run.Plan.Gradients, .. run.InputGradient()],
                run.Plan.Operations.Any(static operation => operation.Output.StreamsGradient));
        }
    }

    private static GraphBuilder Smooth(GraphBuilder net) => net.BatchNorm().Activation(ActivationFunction.Silu);

    private static (float[] Input, float[] Targets) Data(Graph graph, int images)
    {
        var random = new SeededRandom(images);
        int classes = graph.Output.Shape.Count;
        float[] input = RandomArrays.Normal(ref random, images * graph.Input.Shape.Count), targets = new float[images * classes];
        for (int n = 0; n < images; n++) targets[(n * classes) + (n % classes)] = 1f;
        return (input, targets);
    }
}
