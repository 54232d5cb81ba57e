using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Pare.Export;
using Pare.Export.Onnx;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Quantization;
using Pare.Tests.Quantization;
using Pare.Tests.Support;

namespace Pare.Tests.Export.Onnx;

/// <summary>Networks in 8-bit integers as ONNX: ONNX Runtime's integers against those of <see cref="QuantizedReference"/>.</summary>
public sealed class QuantizedOnnxTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pare-onnx-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ONNX_Runtime_agrees_on_random_networks(int block)
    {
        double off = 0;
        int images = 0;
        for (int seed = block * 30; seed < (block + 1) * 30; seed++)
        {
            (QuantizedGraph graph, byte[][] pictures) = Random(seed);
            Shape shape = graph.Input.Shape;
            byte[] file = QuantizedOnnxWriter.Write(graph, new OnnxOptions()).ToByteArray();
            foreach (byte[] picture in pictures[3..5])
            {
                float[] expected = QuantizedReference.Run(graph, picture).Logits, values = QuantizerTests.Values(graph.Source, picture);
                off += Compare($"seed {seed}, as it stands", expected,
                    OnnxRuntime.Run(file, values, 1, shape.Channels, shape.Height, shape.Width));
                off += Compare($"seed {seed}, rewritten", expected,
                    OnnxRuntime.RunRewritten(file, values, 1, shape.Channels, shape.Height, shape.Width));
                images += 2;
            }
        }

        Assert.InRange(off / images, 0, 0.005);
    }

    [Fact]
    public void It_keeps_the_threshold_and_none_of_the_accuracies_of_the_network_in_float32()
    {
        string path = Path.Combine(_folder, "sure.onnx");
        var rule = new ConfidenceRule { Temperature = 1.5, Threshold = 0.75, WishedAccuracy = 0.9 };
        OnnxFile.Save(Random(1).Graph, path, new OnnxOptions { Confidence = rule, Origin = new ModelOrigin { TestAccuracy = 0.5f } });
        var model = Model.Load(path);
        Assert.Equal(rule with { WishedAccuracy = null }, model.Confidence);
        Assert.Null(model.Origin.TestAccuracy);
    }

    [Fact]
    public void ONNX_Runtime_and_Pare_read_networks_at_the_borders_as_they_are() => Assert.Multiple([.. ExtremeInferenceGraphs.All
        .Where(static one => one.Graph.Classes.Count > 1).Select((one, i) => (Action)(() =>
        {
            byte[][] pictures = Pictures(one.Graph, 3);
            QuantizedGraph graph = Quantizer.Quantize(one.Graph, QuantizerTests.Observed(one.Graph, pictures));
            Shape shape = graph.Input.Shape;
            byte[] file = QuantizedOnnxWriter.Write(graph, new OnnxOptions()).ToByteArray();
            string path = Path.Combine(_folder, $"border{i}.onnx");
            File.WriteAllBytes(path, file);
            InferenceGraph read = OnnxFile.Load(path).Graph;
            foreach (byte[] picture in pictures)
            {
                float[] expected = QuantizedReference.Run(graph, picture).Logits, values = QuantizerTests.Values(one.Graph, picture);
                Compare(one.Name, expected, OnnxRuntime.Run(file, values, 1, shape.Channels, shape.Height, shape.Width));
                Compare($"{one.Name}, read by Pare", expected, ReferenceExecutor.Run(read, values)[^1]);
            }
        }))]);

    // A map whose inputs are the reference's differs by what is rounded otherwise: a step, where the value lies between two. Where a table
    // follows, that step may be several of the map's.
    [Fact]
    public void Each_integer_of_each_map_is_within_a_step()
    {
        var compared = new Dictionary<string, (long Values, long Off)>();
        for (int seed = 200; seed < 240; seed++)
        {
            (QuantizedGraph graph, byte[][] pictures) = Random(seed);
            QuantizedMaps maps = QuantizedReference.Run(graph, pictures[^1]);
            Dictionary<string, int[]> got = Integers(graph, pictures[^1]);
            foreach (QuantizedNode node in graph.Nodes.Where(node => got.ContainsKey(node.Name)))
            {
                if (!node.Inputs.All(input => got.TryGetValue(input.Name, out int[]? map) && map.SequenceEqual(maps.Values[input.Index])))
                    continue;
                int[] off = [.. got[node.Name].Zip(maps.Values[node.Index], static (a, b) => Math.Abs(a - b))];
                int most = node.SumParameters is { } sum ? (int)Math.Ceiling(1.1 * sum.Scale / node.Parameters.Scale) + 1 : 1;
                Assert.True(off.Max() <= most, $"seed {seed}, {node.Name} ({node.Source.Operation.Kind}): off by {off.Max()}");
                (long values, long wrong) = compared.GetValueOrDefault(node.Source.Operation.Kind);
                compared[node.Source.Operation.Kind] = (values + off.Length, wrong + off.Count(static step => step > 0));
            }
        }

        string[] kinds = ["input", "convolution", "max_pool", "average_pool", "blur_pool", "global_mean", "add", "multiply", "activation",
            "concat", "flatten"];
        Assert.Equal(kinds.Order(), compared.Keys.Order());
        // Half of what lies just between two integers is rounded otherwise: means of few pixels, a slope of 0.1 and steps of twice the size
        // make such values. The writer takes care of pools.
        foreach ((string kind, (long values, long wrong)) in compared)
        {
            double most = kind is "global_mean" or "activation" or "concat" or "add" or "multiply" ? 0.25 : 0.002;
            Assert.True(wrong <= values * most, $"{kind}: {wrong} of {values}");
        }
    }

    [Fact]
    public void Shared_weights_stay_one_tensor_where_a_norm_turns_a_channel_or_drops_it()
    {
        var weights = new WeightArray("shared.weight", [3, 3, 3, 3], [.. Enumerable.Range(0, 81).Select(i => MathF.Sin(i * i) / 9)]);
        var layer = new LoweredConvolution { Weights = weights, Window = SlidingWindow.Square(3, padding: 1) };
        var builder = new InferenceGraphBuilder(new Shape(3, 7, 6));
        InferenceNode first = builder.Add("first", layer with { Scale = [1, 0.5f, 2], Shift = [0.1f, 0, -0.3f] }, builder.Input);
        InferenceNode second = builder.Add("second",
            layer with { Scale = [-1.5f, 0, 0.25f], Shift = [0.2f, 0, 0.1f], Activation = new(PointFunction.Relu) }, first);
        InferenceNode mean = builder.Add("mean", new LoweredMean(), second);
        InferenceGraph source = builder.Build(mean, Preprocessing.Plain(3));
        byte[][] pictures = Pictures(source, 7);
        QuantizedGraph graph = Quantizer.Quantize(source, QuantizerTests.Observed(source, pictures));
        ModelProto model = QuantizedOnnxWriter.Write(graph, new OnnxOptions());

        Assert.Single(graph.Weights);
        Assert.Single(model.Graph.Initializer, static tensor => tensor.DataType == OnnxTypes.Int8 && tensor.Dims.Count == 4);
        foreach (TensorProto scale in model.Graph.Initializer.Where(
            static tensor => tensor.Name.EndsWith("_scale", StringComparison.Ordinal)))
            Assert.All(OnnxTensor.Of(scale, "model").Values, static value => Assert.True(value > 0));
        foreach (byte[] picture in pictures)
        {
            float[] expected = QuantizedReference.Run(graph, picture).Logits, values = QuantizerTests.Values(source, picture);
            Assert.True(Compare("shared", expected, OnnxRuntime.Run(model.ToByteArray(), values, 1, 3, 7, 6)) < 0.02);
            Assert.True(Compare("shared", expected, OnnxRuntime.RunRewritten(model.ToByteArray(), values, 1, 3, 7, 6)) < 0.02);
        }
    }

    [Theory]
    [InlineData("mnist")]
    [InlineData("mnist-small")]
    [InlineData("cifar10")]
    [InlineData("cifar10-small")]
    public void ONNX_Runtime_computes_those_that_come_with_Pare_in_integers(string name)
    {
        InferenceGraph source = Model.Load(OnnxFileTests.ModelPath(name)).Graph;
        byte[][] pictures = Pictures(source, 11);
        QuantizedGraph graph = Quantizer.Quantize(source, QuantizerTests.Observed(source, pictures[..3]));
        byte[] file = QuantizedOnnxWriter.Write(graph, new OnnxOptions()).ToByteArray();
        Shape shape = source.Input.Shape;
        foreach (byte[] picture in pictures[3..])
        {
            float[] expected = QuantizedReference.Run(graph, picture).Logits, values = QuantizerTests.Values(source, picture);
            Compare(name, expected, OnnxRuntime.RunRewritten(file, values, 1, shape.Channels, shape.Height, shape.Width));
        }

        string[] left = OnnxRuntime.Rewritten(file, Path.Combine(_folder, "rewritten.onnx"));
        int signed = graph.Nodes.Count(static node => node.Operation is QuantizedConvolution convolution && convolution.Units.Min() < 0);
        Assert.Equal(signed, left.Count(static operation => operation == "Conv"));
    }

    [Fact]
    public void With_its_preprocessing_and_any_number_of_images_a_file_takes_bytes_row_by_row()
    {
        (QuantizedGraph graph, byte[][] pictures) = Random(12);
        Shape shape = graph.Input.Shape;
        byte[] file = QuantizedOnnxWriter.Write(graph, new OnnxOptions { WithPreprocessing = true, DynamicBatch = true }).ToByteArray();
        byte[] rows = [.. pictures[..2].SelectMany(picture =>
            Enumerable.Range(0, picture.Length).Select(at => picture[(at % shape.Channels * shape.Pixels) + (at / shape.Channels)]))];
        float[] got = OnnxRuntime.Run(file, rows, 2, shape.Height, shape.Width, shape.Channels);
        for (int i = 0; i < 2; i++)
            Compare($"image {i}", QuantizedReference.Run(graph, pictures[i]).Logits, got[(i * got.Length / 2)..((i + 1) * got.Length / 2)]);
    }

    /// <summary>A random network in integers, and images: the first three have the ranges.</summary>
    internal static (QuantizedGraph Graph, byte[][] Pictures) Random(int seed)
    {
        InferenceGraph source = RandomInferenceGraphs.Classifier(seed);
        byte[][] pictures = Pictures(source, seed);
        return (Quantizer.Quantize(source, QuantizerTests.Observed(source, pictures[..3])), pictures);
    }

    private static byte[][] Pictures(InferenceGraph graph, int seed) =>
        [.. Enumerable.Range(0, 5).Select(i => QuantizerTests.Noise(graph.Input.Shape, (seed * 5) + i))];

    // The largest difference, as a share of the largest logit; the same class is named unless two are as near as that.
    internal static double Compare(string what, float[] expected, float[] got)
    {
        double largest = expected.Max(Math.Abs), off = expected.Zip(got, static (a, b) => Math.Abs((double)a - b)).Max();
        Assert.True(off <= 0.1 * largest, $"{what}: off by {off} of {largest}");
        int best = Array.IndexOf(got, got.Max());
        Assert.True(expected.Max() - expected[best] <= 2 * off, $"{what}: names class {best}");
        return largest == 0 ? 0 : off / largest;
    }

    // What ONNX Runtime has for the maps, by the nodes' names; a map that it does not bring to integers itself is missing.
    private static Dictionary<string, int[]> Integers(QuantizedGraph graph, byte[] picture)
    {
        ModelProto model = QuantizedOnnxWriter.Write(graph, new OnnxOptions());
        model.Graph.Output.Clear();
        QuantizedNode[] nodes = [.. graph.Nodes.Where(node =>
            model.Graph.Node.Any(made => made.OpType == "QuantizeLinear" && made.Output[0] == $"{node.Name}.quantized"))];
        foreach (QuantizedNode node in nodes)
            model.Graph.Output.Add(new ValueInfoProto
            {
                Name = $"{node.Name}.quantized",
                Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = OnnxTypes.Int8 } },
            });
        Shape shape = graph.Input.Shape;
        using var session = new InferenceSession(model.ToByteArray(),
            new SessionOptions { GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL });
        var input = new Microsoft.ML.OnnxRuntime.Tensors.DenseTensor<float>(QuantizerTests.Values(graph.Source, picture),
            [1, shape.Channels, shape.Height, shape.Width]);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs =
            session.Run([NamedOnnxValue.CreateFromTensor(OnnxWriter.InputName, input)]);
        return nodes.Zip(outputs).ToDictionary(static pair => pair.First.Name,
            static pair => pair.Second.AsTensor<sbyte>().Select(static value => (int)value).ToArray());
    }
}
