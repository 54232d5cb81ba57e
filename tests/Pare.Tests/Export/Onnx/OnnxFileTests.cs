using Google.Protobuf;
using Pare.Export.Onnx;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Models;
using Pare.Tests.Support;

namespace Pare.Tests.Export.Onnx;

public sealed class OnnxFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pare-onnx-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Random_networks_have_the_same_logits_in_ONNX_Runtime_and_after_reading()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            Network network = seed % 4 == 3 ? TrainedNetworks.Shared(seed) : TrainedNetworks.Random(seed);
            AssertSame(Lowerer.Lower(network, Preprocessing.Plain(network.Graph.Input.Shape.Channels)), seed);
        }
    }

    [Theory]
    [MemberData(nameof(NamedModels))]
    public void Named_models_have_the_same_logits_in_ONNX_Runtime_and_after_reading(string name)
    {
        Graph graph = ModelCatalog.Create(name, new Shape(3, 32, 32), classes: 10);
        AssertSame(Lowerer.Lower(TrainedNetworks.WithStatistics(graph, 5), Preprocessing.Plain(3)), 5);
    }

    [Theory]
    [InlineData("mnist")]
    [InlineData("mnist-small")]
    [InlineData("cifar10")]
    [InlineData("cifar10-small")]
    public void Trained_networks_that_come_with_Pare_say_the_same_in_ONNX_Runtime(string name)
    {
        var model = Model.Load(ModelPath(name));
        Shape input = model.Input;
        byte[] file = OnnxWriter.Write(model.Graph, new OnnxOptions { WithPreprocessing = true, DynamicBatch = true }).ToByteArray();
        var pixels = new byte[20 * input.Count];
        new Random(4).NextBytes(pixels);
        float[] got = OnnxRuntime.Run(file, pixels, 20, input.Height, input.Width, input.Channels);
        for (int i = 0; i < 20; i++)
        {
            float[] planes = Planes(pixels[(i * input.Count)..((i + 1) * input.Count)], input.Channels, model.Graph.Preprocessing);
            AssertClose($"image {i}", ReferenceExecutor.Run(model.Graph, planes)[^1],
                got.AsSpan(i * model.Classes.Count, model.Classes.Count));
        }
    }

    /// <summary>The file of a network that comes with Pare.</summary>
    internal static string ModelPath(string name, [System.Runtime.CompilerServices.CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "..", "..", "models", $"{name}.safetensors");

    [Theory]
    [InlineData("mnist-small")]
    [InlineData("mnist")]
    [InlineData("cifar10-small")]
    [InlineData("cifar10")]
    public void The_documents_say_how_large_the_file_of_a_network_is(string name)
    {
        string path = Path.Combine(_folder, $"{name}.onnx"), file = ModelPath(name);
        var model = Model.Load(file);
        OnnxFile.Save(model.Graph, path, new OnnxOptions { Origin = model.Origin, Confidence = model.Confidence });
        string text = File.ReadAllText(Path.Combine(Path.GetDirectoryName(file)!, "..", "docs", "onnx.md"));
        Assert.Contains(FormattableString.Invariant($"| `models/{name}` | {new FileInfo(path).Length:N0} | "), text,
            StringComparison.Ordinal);
    }

    public static TheoryData<string> NamedModels() => [.. ModelCatalog.Names];

    [Fact]
    public void Shared_weights_are_one_initializer_and_the_file_says_classes_and_preprocessing()
    {
        Network network = TrainedNetworks.WithStatistics(
            GraphBuilder.Input(1, 8, 6).Conv(4).BatchNorm().Relu().Conv(4).BatchNorm().Relu().Share("conv2").BatchNorm().Relu()
            .GlobalAveragePool().Linear(2).Build(), 3);
        var preprocessing = new Preprocessing([0.25f], [0.5f]);
        InferenceGraph graph = Lowerer.Lower(network, preprocessing, ["кошка", "犬"]);
        ModelProto model = OnnxWriter.Write(graph, new OnnxOptions { Metadata = new Dictionary<string, string> { ["recipe"] = "tiny" } });
        Assert.Single(model.Graph.Initializer, static tensor => tensor.Name == "conv2.weight");
        Assert.Equal(["input"], model.Graph.Input.Select(static input => input.Name));
        Assert.Equal(["logits"], model.Graph.Output.Select(static output => output.Name));
        Assert.Contains("Gemm", model.Graph.Node.Select(static node => node.OpType));
        Assert.Equal(model.Graph.Node.Count, model.Graph.Node.Select(static node => node.Name).Distinct().Count());

        OnnxNetwork read = Read(model);
        Assert.Equal(["кошка", "犬"], read.Graph.Classes);
        Assert.Equal(preprocessing.Mean, read.Graph.Preprocessing.Mean);
        Assert.Equal(preprocessing.StandardDeviation, read.Graph.Preprocessing.StandardDeviation);
        Assert.True(read.SaysPreprocessing);
        Assert.Equal("tiny", read.Metadata["recipe"]);
        Assert.Equal(graph.Nodes.Count, read.Graph.Nodes.Count);
    }

    [Fact]
    public void With_its_preprocessing_a_file_takes_bytes_row_by_row()
    {
        for (int channels = 1; channels <= 3; channels += 2)
        {
            Network network =
                TrainedNetworks.WithStatistics(GraphBuilder.Input(channels, 7, 5).Conv(4).BatchNorm().Relu().GlobalAveragePool().Linear(3)
                .Build(), channels);
            var preprocessing =
                new Preprocessing([.. new[] { 0.1f, 0.2f, 0.3f }[..channels]], [.. new[] { 0.5f, 0.25f, 0.7f }[..channels]]);
            InferenceGraph graph = Lowerer.Lower(network, preprocessing);
            ModelProto model = OnnxWriter.Write(graph, new OnnxOptions { WithPreprocessing = true });

            byte[] pixels = new byte[7 * 5 * channels];
            new Random(1).NextBytes(pixels);
            float[] expected = ReferenceExecutor.Run(graph, Planes(pixels, channels, preprocessing))[^1];
            Near.AssertEqual("ONNX Runtime", expected, OnnxRuntime.Run(model.ToByteArray(), pixels, 1, 7, 5, channels), 1e-4);

            OnnxNetwork read = Read(model);
            Assert.True(read.SaysPreprocessing);
            Near.AssertEqual("read again", expected,
                ReferenceExecutor.Run(read.Graph, Planes(pixels, channels, read.Graph.Preprocessing))[^1], 1e-4);
        }
    }

    [Fact]
    public void Files_are_written_whole_and_what_cannot_be_read_is_refused()
    {
        string path = Path.Combine(_folder, "net.onnx");
        OnnxFile.Save(Lowerer.Lower(TrainedNetworks.Random(2), Preprocessing.Plain(3)), path);
        Assert.Equal([path], Directory.GetFiles(_folder));
        byte[] whole = File.ReadAllBytes(path);
        Assert.Equal(3, OnnxFile.Load(path).Graph.Classes.Count);

        foreach (int length in new[] { 0, 1, whole.Length / 3, whole.Length - 1 })
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<DataException>(() => OnnxFile.Load(path));
        }

        Assert.Throws<DataException>(() => OnnxFile.Load(Path.Combine(_folder, "none.onnx")));
        Assert.Throws<RunException>(() =>
            OnnxFile.Save(Lowerer.Lower(TrainedNetworks.Random(2), Preprocessing.Plain(3)), Path.Combine(_folder, "none", "net.onnx")));
    }

    [Fact]
    public void Damage_is_refused_or_read_as_another_network_but_never_fails_otherwise()
    {
        byte[] whole = OnnxWriter.Write(Lowerer.Lower(TrainedNetworks.Random(4), Preprocessing.Plain(3)), new OnnxOptions()).ToByteArray();
        var random = new Random(3);
        string path = Path.Combine(_folder, "damaged.onnx");
        for (int i = 0; i < 2_000; i++)
        {
            byte[] damaged = [.. whole];
            for (int k = 0; k <= i % 3; k++) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(path, damaged);
            try
            {
                OnnxFile.Load(path);
            }
            catch (DataException)
            {
                // Right.
            }
        }
    }

    /// <summary>
    /// Networks of other programs, in a folder of <c>index.json</c>, <c>NAME.onnx</c>, <c>NAME.input.f32</c> and <c>NAME.output.f32</c>.
    /// </summary>
    [Fact]
    public void Networks_of_other_programs_agree_or_are_refused_by_operator()
    {
        string? folder = Environment.GetEnvironmentVariable("PARE_ONNX");
        Assert.SkipWhen(folder is null, "PARE_ONNX names no folder of exported networks.");
        using var index = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "index.json")));
        int agreed = 0;
        foreach (System.Text.Json.JsonElement entry in index.RootElement.EnumerateArray())
        {
            string name = entry.GetProperty("name").GetString()!;
            foreach (string file in new[] { $"{name}.onnx", $"{name}_dynamic.onnx" })
            {
                try
                {
                    OnnxNetwork read = OnnxFile.Load(Path.Combine(folder, file));
                    float[] inputs = Floats($"{name}.input.f32"), outputs = Floats($"{name}.output.f32");
                    int size = read.Graph.Input.Shape.Count, classes = read.Graph.Classes.Count;
                    for (int i = 0; i < inputs.Length / size; i++)
                    {
                        float[] got = ReferenceExecutor.Run(read.Graph, Normalized(inputs[(i * size)..((i + 1) * size)], read.Graph))[^1];
                        AssertClose(file, outputs.AsSpan(i * classes, classes), read.EndsInSoftmax ? Softmax(got) : got);
                    }

                    agreed++;
                }
                catch (DataException error)
                {
                    Assert.Matches("^The (node '.+' \\(.+, opset \\d+\\)|network|tensor) ", error.Message);
                    TestContext.Current.SendDiagnosticMessage($"{file}: {error.Message}");
                }
            }
        }

        Assert.InRange(agreed, 1, int.MaxValue);

        float[] Floats(string file) =>
            System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(folder!, file))).ToArray();
    }

    internal static float[] Softmax(float[] logits)
    {
        double[] powers = [.. logits.Select(value => Math.Exp(value - logits.Max()))];
        return [.. powers.Select(power => (float)(power / powers.Sum()))];
    }

    /// <summary>Fails when a value is off by more than 1e-4 of the largest.</summary>
    internal static void AssertClose(string what, ReadOnlySpan<float> expected, ReadOnlySpan<float> got)
    {
        Assert.Equal(expected.Length, got.Length);
        float largest = 1e-30f, off = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(expected[i]));
            off = Math.Max(off, Math.Abs(expected[i] - got[i]));
        }

        Assert.True(off <= 1e-4f * largest, $"{what}: off by {off} of {largest}");
    }

    private static float[] Planes(byte[] pixels, int channels, Preprocessing preprocessing)
    {
        float[] table = preprocessing.Table(), planes = new float[pixels.Length];
        int area = pixels.Length / channels;
        for (int i = 0; i < pixels.Length; i++) planes[(i % channels * area) + (i / channels)] = table[(i % channels * 256) + pixels[i]];
        return planes;
    }

    /// <summary>
    /// Values that the reader's preprocessing is to be applied to: a scale and shift right after a file's input are part of it.
    /// </summary>
    internal static float[] Normalized(float[] planes, InferenceGraph graph)
    {
        Preprocessing preprocessing = graph.Preprocessing;
        int area = graph.Input.Shape.Pixels;
        return [.. planes.Select((value, i) => (value - preprocessing.Mean[i / area]) / preprocessing.StandardDeviation[i / area])];
    }

    private OnnxNetwork Read(ModelProto model)
    {
        string path = Path.Combine(_folder, "read.onnx");
        File.WriteAllBytes(path, model.ToByteArray());
        return OnnxFile.Load(path);
    }

    private void AssertSame(InferenceGraph graph, int seed)
    {
        var random = new SeededRandom(seed, 9);
        Shape shape = graph.Input.Shape;
        var image = new float[shape.Count];
        foreach (ref float value in image.AsSpan()) value = random.NextNormal();
        float[] expected = ReferenceExecutor.Run(graph, image)[^1];

        ModelProto model = OnnxWriter.Write(graph, new OnnxOptions { DynamicBatch = seed % 2 == 1 });
        AssertClose($"seed {seed}, ONNX Runtime", expected,
            OnnxRuntime.Run(model.ToByteArray(), image, 1, shape.Channels, shape.Height, shape.Width));
        if (seed % 2 == 1)
        {
            float[] two = OnnxRuntime.Run(model.ToByteArray(), [.. image, .. image], 2, shape.Channels, shape.Height, shape.Width);
            AssertClose($"seed {seed}, second of two", expected, two.AsSpan(expected.Length));
        }

        if (expected.Length == 1)
        {
            Assert.Contains("single output", Assert.Throws<DataException>(() => Read(model)).Message);
            return;
        }

        OnnxNetwork read = Read(model);
        Assert.False(read.EndsInSoftmax);
        AssertClose($"seed {seed}, read again", expected, ReferenceExecutor.Run(read.Graph, Normalized(image, read.Graph))[^1]);
    }
}
