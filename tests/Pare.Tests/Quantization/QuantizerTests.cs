using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Quantization;
using Pare.Tests.Support;

namespace Pare.Tests.Quantization;

public class QuantizerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Each_map_is_near_that_of_the_network_in_real_numbers(int block)
    {
        for (int seed = block * 25; seed < (block + 1) * 25; seed++)
            AssertNear($"seed {seed}", RandomInferenceGraphs.Classifier(seed), seed);
    }

    [Fact]
    public void Each_map_is_near_that_of_the_network_in_real_numbers_at_the_borders_of_what_it_may_hold()
    {
        Assert.Multiple([.. ExtremeInferenceGraphs.All.Select(static one => (Action)(() => AssertNear(one.Name, one.Graph, 1)))]);
    }

    [Fact]
    public void The_executor_gives_the_bits_of_the_definition()
    {
        for (int seed = 200; seed < 260; seed++)
        {
            InferenceGraph graph = RandomInferenceGraphs.Classifier(seed);
            byte[] image = Noise(graph.Input.Shape, seed);
            QuantizedGraph quantized = Quantizer.Quantize(graph, Observed(graph, [image]));
            QuantizedMaps expected = QuantizedReference.Run(quantized, image), got = QuantizedExecutor.Run(quantized, image);
            Assert.Equal(expected.Values, got.Values);
            Assert.Equal(expected.Logits, got.Logits);
        }
    }

    [Theory]
    [InlineData(1e30f, 1e-17f, float.NaN, "a factor")]
    [InlineData(1e30f, 1e-17f, 1, "a bias of 1E+30")]
    [InlineData(float.NaN, 1, 1, "a bias")]
    public void A_layer_whose_constants_have_no_integers_is_refused(float shift, float deviation, float factor, string says)
    {
        var graph = new InferenceGraphBuilder(new Shape(1, 1, 1));
        InferenceNode layer = graph.Add("conv", new LoweredConvolution
        {
            Weights = new WeightArray("conv.weight", [1, 1, 1, 1], [0]),
            Window = SlidingWindow.Square(1),
            Scale = [factor],
            Shift = [shift],
        }, graph.Input);
        InferenceGraph built = graph.Build(layer, new Preprocessing([0], [1 / deviation]));
        var ranges = new ActivationRanges(new ValueRange[2], new ValueRange?[2]);
        RunException error = Assert.Throws<RunException>(() => Quantizer.Quantize(built, ranges));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Equal("layer conv", error.Where);
    }

    internal static byte[] Noise(Shape shape, int seed)
    {
        var random = new SeededRandom(seed, 77);
        return [.. Enumerable.Range(0, shape.Count).Select(_ => (byte)random.NextUInt64())];
    }

    internal static float[] Values(InferenceGraph graph, byte[] image)
    {
        float[] table = graph.Preprocessing.Table();
        return [.. image.Select((value, at) => table[(at / graph.Input.Shape.Pixels * 256) + value])];
    }

    /// <summary>The ranges that images have.</summary>
    internal static ActivationRanges Observed(InferenceGraph graph, byte[][] images)
    {
        var outputs = new ValueRange[graph.Nodes.Count];
        var sums = new ValueRange?[graph.Nodes.Count];
        foreach (byte[] image in images)
        {
            float[][] maps = ReferenceExecutor.Run(graph, Values(graph, image));
            foreach (InferenceNode node in graph.Nodes)
            {
                outputs[node.Index] = Union(outputs[node.Index], maps[node.Index]);
                if (Quantizer.HasTable(node))
                    sums[node.Index] = Union(sums[node.Index] ?? default, Sums(node, [.. node.Inputs.Select(input => maps[input.Index])]));
            }
        }

        return new ActivationRanges(outputs, sums);
    }

    private static void AssertNear(string name, InferenceGraph graph, int seed)
    {
        byte[][] images = [.. Enumerable.Range(0, 4).Select(i => Noise(graph.Input.Shape, (seed * 4) + i))];
        QuantizedGraph quantized = Quantizer.Quantize(graph, Observed(graph, images));
        foreach (byte[] image in images)
        {
            float[][] real = ReferenceExecutor.Run(graph, Values(graph, image));
            QuantizedMaps maps = QuantizedReference.Run(quantized, image);
            for (int node = 0; node < graph.Nodes.Count; node++)
            {
                double[] got = [.. maps.Values[node].Select((value, at) => quantized.Nodes[node].IsSums
                    ? maps.Logits[at] : quantized.Nodes[node].Parameters.Dequantize(value))];
                double size = Math.Sqrt(real[node].Sum(static value => (double)value * value) + 1e-12);
                double off = Math.Sqrt(real[node].Zip(got, static (a, b) => (a - b) * (a - b)).Sum());
                Assert.True(off < 0.25 * size, $"{name}, {graph.Nodes[node].Name} {graph.Nodes[node].Operation.Kind}: {off} of {size}");
            }
        }
    }

    private static ValueRange Union(ValueRange range, float[] values) =>
        new(Math.Min(range.Low, values.Min()), Math.Max(range.High, values.Max()));

    private static float[] Sums(InferenceNode node, float[][] inputs)
    {
        var graph = new InferenceGraphBuilder(node.Inputs[0].Shape);
        if (node.Operation is LoweredAdd) return [.. inputs[0].Select((_, at) => inputs.Sum(part => part[at]))];
        InferenceNode only = graph.Add("only", (LoweredConvolution)node.Operation with { Activation = default }, graph.Input);
        return ReferenceExecutor.Run(graph.Build(graph.Add("flat", new LoweredFlatten(), only),
            Preprocessing.Plain(node.Inputs[0].Shape.Channels)), inputs[0])[1];
    }
}
