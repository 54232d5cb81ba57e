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
                if (Quantizer.HasTable(node)) Same(expected.Sums[node.Index]!.Value, got.Sums[node.Index]!.Value, $"seed {seed}, sum of {node.Name}");
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
        QuantizedModel one = QuantizedModel.Of(Model.Of(graph), chosen, threads: 1), many = QuantizedModel.Of(Model.Of(graph), chosen, threads: 7);
        Assert.Equal(one.Trials, many.Trials);
        Assert.Equal(one.Trials.Min(static trial => trial.Divergence), one.Chosen.Divergence);
        for (int i = 0; i < images.Count; i++)
            Assert.Equal(QuantizedReference.Run(one.Graph, images.Image(i)).Logits, QuantizedReference.Run(many.Graph, images.Image(i)).Logits);
        Assert.InRange(one.Chosen.Agreement, 0.8, 1);
    }

    [Fact]
    public void Images_of_another_size_and_values_that_are_not_finite_are_refused()
    {
        InferenceGraph graph = RandomInferenceGraphs.Classifier(6), other = RandomInferenceGraphs.Classifier(7);
        Assert.Throws<RecipeException>(() => QuantizedModel.Of(Model.Of(graph), new CalibrationImages(Images(other, 4, 1), [0, 1], [2, 3], [])));
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
    }

    private static ImageSet Images(InferenceGraph graph, int count, int seed)
    {
        Shape shape = graph.Input.Shape;
        byte[] pixels = [.. Enumerable.Range(0, count).SelectMany(i => QuantizerTests.Noise(shape, (seed * 100) + i))];
        return new ImageSet(shape.Channels, shape.Height, shape.Width, pixels, [.. Enumerable.Range(0, count).Select(i => i % graph.Classes.Count)],
            graph.Classes);
    }
}
