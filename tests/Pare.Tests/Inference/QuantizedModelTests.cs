using Pare.Data;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Quantization;
using Pare.Tests.Quantization;
using Pare.Tests.Support;

namespace Pare.Tests.Inference;

public class QuantizedModelTests
{
    [Fact]
    public void What_is_observed_is_what_the_definition_gives()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            InferenceGraph graph = RandomInferenceGraphs.Classifier(seed);
            ImageSet images = Images(graph, 3, seed);
            ActivationRanges expected = QuantizerTests.Observed(graph, [.. Enumerable.Range(0, 3).Select(i => images.Image(i).ToArray())]);
            ActivationRanges got = new MapObserver(graph).Run(images, [0, 1, 2], 2, () => { }, default).Ranges(RangeMethod.MinMax);
            foreach (InferenceNode node in graph.Nodes.Skip(1))
            {
                if (!Quantizer.KeepsParameters(node) && !Quantizer.GivesSums(graph, node))
                    Same(expected.Outputs[node.Index], got.Outputs[node.Index], $"seed {seed}, {node.Name}");
                if (Quantizer.HasTable(node))
                    Same(expected.Sums[node.Index]!.Value, got.Sums[node.Index]!.Value, $"seed {seed}, sum of {node.Name}");
            }
        }

        static void Same(ValueRange a, ValueRange b, string where)
        {
            float size = 1e-4f * Math.Max(1e-3f, Math.Max(-a.Low, a.High));
            Assert.True(Math.Abs(a.Low - b.Low) < size && Math.Abs(a.High - b.High) < size, $"{where}: {a} and {b}");
        }
    }

    [Fact]
    public void The_integers_are_the_same_for_any_number_of_threads_and_the_least_divergence_is_taken()
    {
        InferenceGraph graph = RandomInferenceGraphs.Classifier(6);
        ImageSet images = Images(graph, 60, 1);
        var chosen = new CalibrationImages(images, [.. Enumerable.Range(0, 40)], [.. Enumerable.Range(40, 20)], []);
        QuantizedModel one = QuantizedModel.Of(Model.Of(graph), chosen, threads: 1),
            many = QuantizedModel.Of(Model.Of(graph), chosen, threads: 7);
        Assert.Equal(one.Trials, many.Trials);
        Assert.Equal(one.Trials.Min(static trial => trial.Divergence), one.Chosen!.Divergence);
        for (int i = 0; i < images.Count; i++)
            Assert.Equal(QuantizedReference.Run(one.Graph, images.Image(i)).Logits,
                QuantizedReference.Run(many.Graph, images.Image(i)).Logits);
        Assert.InRange(one.Chosen.Agreement, 0.8, 1);
    }

    [Fact]
    public void Images_of_another_size_and_values_that_are_not_finite_are_refused()
    {
        InferenceGraph graph = RandomInferenceGraphs.Classifier(6), other = RandomInferenceGraphs.Classifier(7);
        Assert.Throws<RecipeException>(() => QuantizedModel.Of(Model.Of(graph),
            new CalibrationImages(Images(other, 4, 1), [0, 1], [2, 3], [])));
        foreach ((int[] observed, int[] validation) in new (int[], int[])[] { ([], [2]), ([0], []) })
            Assert.Throws<ArgumentException>(() =>
                QuantizedModel.Of(Model.Of(graph), new CalibrationImages(Images(graph, 4, 1), observed, validation, [])));
        var builder = new InferenceGraphBuilder(new Shape(1, 2, 2));
        InferenceNode mean = builder.Add("mean", new LoweredMean(), builder.Add("runaway", new LoweredConvolution
        {
            Weights = new WeightArray("w", [1, 1, 1, 1], [float.PositiveInfinity]),
            Window = SlidingWindow.Square(1),
        }, builder.Input));
        graph = builder.Build(mean, Preprocessing.Plain(1));
        RunException error = Assert.Throws<RunException>(() =>
            QuantizedModel.Of(Model.Of(graph), new CalibrationImages(Images(graph, 4, 1), [0, 1], [2, 3], [])));
        Assert.Equal("layer runaway", error.Where);
        Assert.Throws<RunException>(() => new LogitComparison(Images(other, 1, 1), [0], [1, float.NaN, 0]));
    }

    [Fact]
    public void A_network_of_one_class_whose_maps_are_always_0_is_quantized_all_the_same()
    {
        var builder = new InferenceGraphBuilder(new Shape(1, 3, 2));
        InferenceNode dead = builder.Add("dead", new LoweredConvolution
        {
            Weights = new WeightArray("w", [2, 1, 1, 1], new float[2]),
            Window = SlidingWindow.Square(1),
            Activation = new PointActivation(PointFunction.HardSwish),
        }, builder.Input);
        InferenceNode linear = builder.Add("linear", new LoweredConvolution
        {
            Weights = new WeightArray("v", [1, 2, 1, 1], [1, -2]),
            Window = SlidingWindow.Square(1),
            Shift = [0.25f],
        }, builder.Add("mean", new LoweredMean(), dead));
        InferenceGraph graph = builder.Build(linear, Preprocessing.Plain(1));
        QuantizedModel quantized = QuantizedModel.Of(Model.Of(graph), new CalibrationImages(Images(graph, 4, 1), [0, 1], [2, 3], []));
        Assert.Equal((1, 1, 0), (quantized.Chosen!.Accuracy, quantized.Chosen.Agreement, quantized.Chosen.Divergence));
        Assert.Equal(0.25f, QuantizedReference.Run(quantized.Graph, new byte[6]).Logits[0], 1e-6f);
        Assert.All(quantized.Explain(), static layer => Assert.Equal(0, layer.Divergence));
    }

    [Fact]
    public void Corrected_biases_bring_the_means_of_integers_to_those_of_real_numbers()
    {
        for (int seed = 0; seed < 12; seed++)
        {
            InferenceGraph graph = RandomInferenceGraphs.Classifier(seed);
            ImageSet images = Images(graph, 6, seed);
            int[] all = [.. Enumerable.Range(0, images.Count)];
            ObservedMaps maps = new MapObserver(graph).Run(images, all, 2, () => { }, default);
            QuantizedGraph corrected = BiasCorrector.Correct(Quantizer.Quantize(graph, maps.Ranges(RangeMethod.MinMax)), maps.Means, images,
                all, 2, () => { }, default);
            IReadOnlyList<int[]>[] values = [.. all.Select(i => QuantizedExecutor.Run(corrected, images.Image(i)).Values)];
            foreach (QuantizedNode node in corrected.Nodes.Where(static node => node.Operation is QuantizedConvolution))
            {
                var layer = (QuantizedConvolution)node.Operation;
                for (int o = 0; o < node.Shape.Channels; o++)
                {
                    double mean = values.Average(image => QuantizedExecutor.Convolve(node, image[node.Inputs[0].Index])
                        .AsSpan(o * node.Shape.Pixels, node.Shape.Pixels).ToArray().Average()) * layer.Units[o];
                    double expected = maps.Means[node.Index]![o];
                    Assert.True(Math.Abs(mean - expected) <= (0.51 * Math.Abs(layer.Units[o])) + (1e-4 * Math.Abs(expected)),
                        $"seed {seed}, {node.Name}, channel {o}: {mean} and {expected}");
                }
            }
        }
    }

    [Fact]
    public void What_is_told_of_a_calibration_never_goes_back()
    {
        var told = new Told();
        var work = new CalibrationWork(1_000_000, told);
        Parallel.For(0, 1_000_000, _ => work.Done());
        Assert.Equal(Enumerable.Range(1, 1_000_000 / 16).Select(static i => 16L * i), told.Done);
    }

    private sealed class Told : IProgress<CalibrationProgress>
    {
        public List<long> Done { get; } = [];

        public void Report(CalibrationProgress value) => Done.Add(value.Done);
    }

    [Fact]
    public void The_layer_whose_range_is_far_too_small_is_the_one_that_costs()
    {
        InferenceGraph graph = RandomInferenceGraphs.Classifier(6);
        ImageSet images = Images(graph, 20, 2);
        ActivationRanges ranges = new MapObserver(graph).Run(images, [.. Enumerable.Range(0, 20)], 2, () => { }, default)
            .Ranges(RangeMethod.MinMax);
        foreach (InferenceNode bad in graph.Nodes.Where(node => Quantizer.HasRange(graph, node)))
        {
            QuantizedGraph quantized = Quantizer.Quantize(graph, ranges with
            {
                Outputs = [.. ranges.Outputs.Select((range, node) => node == bad.Index
                    ? new ValueRange(range.Low / 100, range.High / 100) : range)],
            });
            QuantizedNode[] layers = [.. OneLayerQuantized.Layers(quantized)];
            Assert.Same(bad, layers.MaxBy(node => Off(quantized, node, images))!.Source);
        }
    }

    private static double Off(QuantizedGraph graph, QuantizedNode node, ImageSet images)
    {
        var network = new OneLayerQuantized(graph, node);
        float[] logits = new float[graph.Source.Classes.Count];
        return Enumerable.Range(0, images.Count).Sum(i =>
        {
            network.Logits(images.Image(i), logits);
            float[] real = ReferenceExecutor.Run(graph.Source, QuantizerTests.Values(graph.Source, images.Image(i).ToArray()))[^1];
            return real.Zip(logits, static (a, b) => (double)Math.Abs(a - b)).Sum();
        });
    }

    private static ImageSet Images(InferenceGraph graph, int count, int seed)
    {
        Shape shape = graph.Input.Shape;
        byte[] pixels = [.. Enumerable.Range(0, count).SelectMany(i => QuantizerTests.Noise(shape, (seed * 100) + i))];
        return new ImageSet(shape.Channels, shape.Height, shape.Width, pixels,
            [.. Enumerable.Range(0, count).Select(i => i % graph.Classes.Count)], graph.Classes);
    }
}
