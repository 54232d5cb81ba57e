using Pare.Benchmarking;
using Pare.Data;
using Pare.Export.CSource;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Quantization;
using Pare.Tests.Quantization;
using Pare.Tests.Support;

namespace Pare.Tests.Export.CSource;

public sealed class Int8ProgramTests : IDisposable
{
    private const int Images = 3;
    private static readonly string[] Strict = CWarnings.All;

    private readonly string _folder = Directory.CreateTempSubdirectory("pare-c8-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("gcc", "-std=c99 -O0", 0, 100)]
    [InlineData("clang", "-std=c99 -O1", 100, 20)]
    [InlineData("g++", "-x c++ -std=c++17 -O2", 120, 20)]
    [InlineData("gcc", "-std=c99 -O0 -fsanitize=address,undefined -fno-sanitize-recover=all", 140, 20)]
    public void Random_graphs_compute_in_C_each_integer_and_logit_of_the_reference(string compiler, string flags, int first, int count) =>
        AssertSame(Compiler(compiler), [.. Enumerable.Range(first, count).Select(Random)], [.. flags.Split(' '), .. Strict]);

    [Theory]
    [InlineData("gcc", "-std=c99 -O0 -fsanitize=address,undefined -fno-sanitize-recover=all")]
    [InlineData("clang", "-std=c99 -O1")]
    public void Networks_at_the_borders_compute_in_C_each_integer_and_logit_of_the_reference(string compiler, string flags) =>
        AssertSame(Compiler(compiler), [.. ExtremeInferenceGraphs.All.Select(static one => Quantized(one.Graph))],
            [.. flags.Split(' '), .. Strict]);

    [Fact]
    public void In_strips_each_integer_and_logit_is_the_same()
    {
        QuantizedGraph[] graphs = [.. Enumerable.Range(160, 10).Select(Random), .. Enumerable.Range(0, 12)
            .Select(static seed => Quantized(OddInferenceGraphs.Chain(seed))),
            Quantized(Model.Load(Path.Combine(Models(), "mnist.safetensors")).Graph)];
        int[] whole = [.. graphs.Select(static graph => Program(graph, "net").ArenaBytes)];
        int[] most = [.. whole.Select(static bytes => bytes * 3 / 5)];
        CProgram[] programs = AssertSame(Compiler("gcc"), graphs, ["-std=c99", "-O0", .. Strict], most);
        Assert.InRange(programs.Where((program, i) => program.ArenaBytes < whole[i]).Count(), graphs.Length / 3, graphs.Length);
    }

    [Fact]
    public void Named_networks_compute_in_C_each_logit_of_the_definition() => AssertSame(Compiler("gcc"),
        [.. BenchmarkNetworks.Names.Select(static name => Quantized(Benchmark(name))), .. Directory.GetFiles(Models(), "*.safetensors")
            .Order().Select(static file => Quantized(Model.Load(file).Graph))], ["-std=c99", "-O2", .. Strict]);

    [Fact]
    public void A_whole_test_set_gives_the_logits_of_the_definition()
    {
        ImageSet images = Glyphs.Create(train: 1, test: 1_000).Test;
        InferenceGraph graph = Model.Load(Path.Combine(Models(), "mnist-small.safetensors")).Graph;
        QuantizedGraph quantized = Quantizer.Quantize(graph,
            QuantizerTests.Observed(graph, [.. Enumerable.Range(0, 20).Select(k => images.Image(k).ToArray())]));
        HostProgram host = HostProgram.Compile(Compiler("gcc", "clang", "cc"), [CProgram.Of(quantized, new() { Name = "net" })], _folder,
            ["-O2"]);
        float[] scores = host.Scores(0, [.. Enumerable.Range(0, images.Count).SelectMany(k => images.Image(k).ToArray())]);
        Assert.Equal(Enumerable.Range(0, images.Count).SelectMany(k => QuantizedExecutor.Run(quantized, images.Image(k)).Logits), scores);
    }

    [Fact]
    public void The_self_test_names_the_layer_that_is_off_by_one()
    {
        QuantizedGraph graph = Quantized(Lowerer.Lower(TrainedNetworks.WithStatistics(GraphBuilder.Input(2, 8, 7).Conv(5).Relu()
            .DepthwiseConv().Conv(6).GlobalAveragePool().Linear(3).Build(), 1), Preprocessing.Plain(2)));
        CProgram program = Program(graph, "net", Picture(graph, 1));
        string text = program.Files["net.c"];
        int conv = graph.Nodes.Single(static node => node.Name == "conv3").Index + 1;
        int weights = text.IndexOf('{', text.IndexOf("static CONSTANT int8_t conv3_weight", StringComparison.Ordinal)) + 1;
        Assert.Equal(-conv, SelfTest(text.Insert(weights, "1 + ")));
        int row = text.IndexOf("note_int8(", text.IndexOf("conv3_until(int rows)", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(conv, SelfTest(text.Insert(row, "if (i == 1) y[2] = (int8_t)(y[2] ^ 1);\n")));
        Assert.Equal(0, SelfTest(text));

        int SelfTest(string source)
        {
            string folder = Directory.CreateDirectory(Path.Combine(_folder, Guid.NewGuid().ToString("N"))).FullName;
            return HostProgram.Compile(Compiler("gcc", "clang", "cc"), [program.With("net.c", source)], folder, ["-O1"]).SelfTest(0);
        }
    }

    [Fact]
    public void The_DSP_instructions_of_the_emulated_board_and_plain_C_give_the_same()
    {
        Assert.SkipWhen(CortexM4.Compiler is null, "There is no arm-none-eabi-gcc.");
        Assert.SkipWhen(CortexM4.Emulator is null, "There is no qemu-system-arm.");
        foreach (QuantizedGraph graph in new[] { Quantized(Benchmark("bench-mnist")), Random(300), Random(301), Random(302) })
        {
            CProgram program = Program(graph, "net", Picture(graph, 1)), plain = Plain(program);
            BoardRun fast = CortexM4.Run(program, _folder), slow = CortexM4.Run(plain, _folder);
            Assert.Equal((0, 0), (fast.SelfTest, slow.SelfTest));
            Assert.InRange(slow.Instructions, fast.Instructions, long.MaxValue);
            Assert.Equal(0, CortexM4.Run(program, _folder, EmulatedBoard.M0).SelfTest);
            foreach (EmulatedBoard board in new[] { EmulatedBoard.M4, EmulatedBoard.M0 })
                CortexM4.Size(program, _folder, [.. board.Flags, .. Strict]);
        }
    }

    [Fact]
    public void The_benchmark_network_takes_few_instructions()
    {
        Assert.SkipWhen(CortexM4.Compiler is null, "There is no arm-none-eabi-gcc.");
        Assert.SkipWhen(CortexM4.Emulator is null, "There is no qemu-system-arm.");
        CProgram program = Program(Quantized(Benchmark("bench-mnist")), "net");

        // Of the 2.55 million that onnx2c's program in single precision takes.
        Assert.InRange(CortexM4.Run(program, _folder).Instructions, 1, 0.25 * 2_550_000);
        Assert.InRange(CortexM4.Run(Plain(program), _folder).Instructions, 1, 0.4 * 2_550_000);
    }

    [Fact]
    public void A_network_computes_on_an_8_bit_processor()
    {
        GraphBuilder builder = GraphBuilder.Input(1, 12, 11).Conv(4).Relu().MaxPool().DepthwiseSeparable(6).GlobalAveragePool().Linear(3);
        QuantizedGraph graph = Quantized(Lowerer.Lower(TrainedNetworks.WithStatistics(builder.Build(), 1), Preprocessing.Plain(1)));
        (int test, int memory) = AvrBoard.Run(Program(graph, "net", Picture(graph, 1)), _folder, "atmega328p");
        Assert.Equal(0, test);
        Assert.InRange(memory, 200, 1024);
    }

    [Fact]
    public void The_MNIST_networks_take_4_KB_of_constants_and_6_KB_of_memory_and_the_small_CIFAR_network_32()
    {
        CProgram mnist = Program(Quantized(Model.Load(Path.Combine(Models(), "mnist.safetensors")).Graph), "net");
        Assert.InRange(mnist.ConstantBytes, 1, 4 << 10);
        Assert.InRange(mnist.ArenaBytes, 1, 6 << 10);
        CProgram cifar = Program(Quantized(Model.Load(Path.Combine(Models(), "cifar10-small.safetensors")).Graph), "net");
        Assert.InRange(cifar.ArenaBytes, 1, 32 << 10);
    }

    [Fact]
    public void The_bytes_of_a_picture_become_a_sum_or_a_product_and_a_table_only_where_neither_gives_it()
    {
        Assert.Equal("(int8_t)(x - 128)", ByteMap.Expression([.. Enumerable.Range(-128, 256).Select(static value => (sbyte)value)], "x"));
        Assert.Matches(@"^\(int8_t\)\(\(\(int32_t\)x \* \d+ [+-] \d+\) >> \d+\)$",
            ByteMap.Expression([.. Enumerable.Range(0, 256).Select(static value => (sbyte)Math.Round((value * 0.731) - 100.3))], "x"));
        Assert.Null(ByteMap.Expression([.. Enumerable.Range(0, 256).Select(static value => (sbyte)(value % 100))], "x"));
    }

    private CProgram[] AssertSame(Tool compiler, QuantizedGraph[] graphs, string[] flags, int[]? most = null)
    {
        byte[][][] pictures = [.. graphs.Select(static (graph, i) =>
            (byte[][])[.. Enumerable.Range(0, Images).Select(image => Picture(graph, i + image))])];
        CProgram[] programs = [.. graphs.Select((graph, i) =>
            Program(graph, $"net{i}", most?[i] ?? int.MaxValue, graph.Source.Macs < 1_000_000 ? [pictures[i][0]] : []))];
        HostProgram host = HostProgram.Compile(compiler, programs, _folder, flags);
        for (int i = 0; i < graphs.Length; i++)
        {
            int layer = host.SelfTest(i);
            Assert.True(layer == 0, $"network {i}: its layer {layer} is not what the reference computes");
            Shape shape = graphs[i].Input.Shape;
            Assert.Equal(pictures[i].SelectMany(picture => QuantizedExecutor.Run(graphs[i], Int8BackEnd.Planes(picture, shape)).Logits),
                host.Scores(i, [.. pictures[i].SelectMany(static picture => picture)]));
        }

        return programs;
    }

    private static CProgram Program(QuantizedGraph graph, string name, params byte[][] tests) => Program(graph, name, int.MaxValue, tests);

    private static CProgram Program(QuantizedGraph graph, string name, int maxArena, byte[][] tests) => CProgram.Of(graph, new()
    {
        Name = name,
        MaxArenaBytes = maxArena,
        Tests = [.. tests.Select(static pixels => new TestVector(pixels, []))],
    });

    private static CProgram Plain(CProgram program) => program.With("net.c", "#define NET_PLAIN_C\n" + program.Files["net.c"]);

    private static QuantizedGraph Random(int seed) => Quantized(RandomInferenceGraphs.Classifier(seed));

    private static QuantizedGraph Quantized(InferenceGraph graph) => Quantizer.Quantize(graph,
        QuantizerTests.Observed(graph, [.. Enumerable.Range(0, Images).Select(i => QuantizerTests.Noise(graph.Input.Shape, i))]));

    private static InferenceGraph Benchmark(string name)
    {
        Graph graph = BenchmarkNetworks.Create(name);
        return Lowerer.Lower(TrainedNetworks.WithStatistics(graph, 1), Preprocessing.Plain(graph.Input.Shape.Channels));
    }

    private static byte[] Picture(QuantizedGraph graph, int seed)
    {
        var random = new SeededRandom(seed, 7);
        return [.. Enumerable.Range(0, graph.Input.Shape.Count).Select(_ => (byte)random.NextInt(256))];
    }

    private static Tool Compiler(params string[] names)
    {
        Tool? compiler = Tool.Find(names);
        Assert.SkipWhen(compiler is null, $"There is no {string.Join(" or ", names)}.");
        return compiler!;
    }

    private static string Models([System.Runtime.CompilerServices.CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "..", "..", "models");
}
