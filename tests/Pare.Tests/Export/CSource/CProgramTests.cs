using Pare.Benchmarking;
using Pare.Execution.Lowered;
using Pare.Export.CSource;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Models;
using Pare.Tests.Support;

namespace Pare.Tests.Export.CSource;

public sealed class CProgramTests : IDisposable
{
    private const int Images = 3;
    private static readonly string[] Strict = ["-std=c99", .. CWarnings.All];

    private readonly string _folder = Directory.CreateTempSubdirectory("pare-c-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Random_graphs_compute_in_C_what_the_reference_says() =>
        AssertSame(Compiler("gcc", "clang", "cc"), [.. Enumerable.Range(0, 100).Select(RandomInferenceGraphs.Classifier)],
            [.. Strict, "-O0"]);

    [Fact]
    public void Odd_networks_and_long_chains_compute_in_C_what_the_reference_says() => AssertSame(Compiler("gcc", "clang", "cc"),
        [.. OddInferenceGraphs.Each().Select(static odd => odd.Graph), .. Enumerable.Range(0, 60).Select(OddInferenceGraphs.Chain)],
        [.. Strict, "-O0"]);

    [Fact]
    public void In_strips_everything_computes_the_same_in_less_memory()
    {
        InferenceGraph[] graphs = [.. OddInferenceGraphs.Each().Select(static odd => odd.Graph), .. Enumerable.Range(0, 15)
            .Select(OddInferenceGraphs.Chain), .. Enumerable.Range(0, 10).Select(RandomInferenceGraphs.Classifier),
            Model.Load(Path.Combine(Models(), "mnist.safetensors")).Graph];
        List<int> wholes = [];
        List<CProgram> programs = AssertSame(Compiler("gcc", "clang", "cc"), graphs, [.. Strict, "-O0"], graph =>
        {
            wholes.Add(ArenaPlan.Of(graph, new FloatBackEnd(graph)).Length);
            return wholes[^1] * 3 / 5;
        });
        int less = programs.Where((program, i) => program.ArenaBytes < wholes[i]).Count();
        Assert.InRange(less, graphs.Length / 3, graphs.Length);
    }

    [Fact]
    public void Named_networks_compute_in_C_what_the_executor_says()
    {
        Graph[] networks =
        [
            .. ModelCatalog.Names.Select(static name => ModelCatalog.Create(name, new Shape(3, 32, 32), 10, width: 0.4f)),
            BenchmarkNetworks.Create("bench-mnist"),
        ];
        string models = Models();
        AssertSame(Compiler("gcc", "clang", "cc"),
            [.. networks.Select(static (graph, i) => Lowered(graph, i)), .. Directory.GetFiles(models, "*.safetensors").Order()
                .Select(static file => Model.Load(file).Graph)], [.. Strict, "-O2"]);
    }

    [Theory]
    [InlineData("clang", "-std=c99 -O1")]
    [InlineData("gcc", "-std=c99 -O0 -fsanitize=address,undefined -fno-sanitize-recover=all")]
    [InlineData("g++", "-x c++ -std=c++17 -O1")]
    public void Other_compilers_and_their_watchmen_find_nothing(string compiler, string flags) =>
        AssertSame(Compiler(compiler), [.. Enumerable.Range(200, 12).Select(RandomInferenceGraphs.Classifier),
                .. OddInferenceGraphs.Each().Select(static odd => odd.Graph), .. Enumerable.Range(100, 8).Select(OddInferenceGraphs.Chain)],
            [.. flags.Split(' '), .. CWarnings.All]);

    [Fact]
    public void The_self_test_names_the_layer_that_went_wrong()
    {
        InferenceGraph graph = Lowered(GraphBuilder.Input(2, 8, 7).Conv(5).Relu().DepthwiseConv().Conv(6).GlobalAveragePool().Linear(3)
            .Build(), 1);
        CProgram program = CProgram.Of(graph, new CSourceOptions { Name = "net", Tests = [Vector(graph, 1)] });
        Tool compiler = Compiler("gcc", "clang", "cc");
        string text = program.Files["net.c"];
        int conv = graph.Nodes.Single(static node => node.Name == "conv3").Index + 1;

        // A weight that has changed, and a layer that computes something else.
        int weights = text.IndexOf('{', text.IndexOf("static CONSTANT float conv3_weight", StringComparison.Ordinal)) + 1;
        Assert.Equal(-conv, SelfTest(text.Insert(weights, "0.25f + ")));
        int row = text.IndexOf("note_float(", text.IndexOf("conv3_until(int rows)", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(conv, SelfTest(text.Insert(row, "y[2] += 1.0f;\n")));
        Assert.Equal(0, SelfTest(text));

        int SelfTest(string source)
        {
            string folder = Directory.CreateDirectory(Path.Combine(_folder, Guid.NewGuid().ToString("N"))).FullName;
            return HostProgram.Compile(compiler, [program.With("net.c", source)], folder, ["-O1"]).SelfTest(0);
        }
    }

    [Fact]
    public void A_name_that_is_missing_is_named()
    {
        InferenceGraph graph = Lowered(GraphBuilder.Input(1, 4, 4).Conv(2).GlobalAveragePool().Linear(5).Build(), 1);
        Assert.Throws<ArgumentNullException>("name", () => CProgram.Of(graph, new CSourceOptions { Name = null! }));
    }

    [Fact]
    public void Names_that_are_none_in_C_become_some_and_strings_cannot_end()
    {
        InferenceGraph graph = Lowered(GraphBuilder.Input(1, 4, 4).Conv(2).GlobalAveragePool().Linear(5).Build(), 1,
            ["a\"b\\", "*/ int x;", "??/\n", "ä 猫", "%s\0\u0007"]);
        string[] names = ["int", "3d", "stdio", "a b-c", "*/ evil", "ü", "__x", "_Xyz", "con", new string('n', 300), "template"];
        CProgram[] programs = [.. names.Select(name => CProgram.Of(graph, new CSourceOptions
        {
            Name = name,
            Origin = new() { Recipe = "*/ int y; /*\\", Data = "??/\n\"", DataFingerprint = "\\" },
        }))];
        Assert.Equal(names.Length, programs.Select(static program => program.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(programs, static program => Assert.Matches("^[A-Za-z][A-Za-z0-9_]{0,60}$", program.Name));
        Assert.All(programs.SelectMany(static program => program.Files.Values),
            static text => Assert.True(System.Text.Ascii.IsValid(text)));
        HostProgram.Compile(Compiler("gcc", "clang", "cc"), programs, _folder, [.. Strict, "-trigraphs"]);
    }

    [Fact]
    public void Layers_and_weights_that_are_called_as_something_in_the_file_do_not_meet_it()
    {
        string[] names =
        [
            "arena", "made", "relu", "RESTRICT", "LANES_16", "NULL", "x_row", "x", "for", "note", "zeros", "memcpy", "convolution_1", "1",
            "*/", "depthwise_1", "sums", "picture", "net_predict", "INT8_MAX", "int", "x.1", "x_1", "ADD", "static",
        ];
        var builder = new InferenceGraphBuilder(new Shape(4, 5, 5));
        InferenceNode node = builder.Input;
        var random = new SeededRandom(1);
        foreach (string name in names)
        {
            // So small that what rounding does to a layer does not grow in the 25 after it.
            float[] weights = [.. RandomArrays.Normal(ref random, 4 * 9).Select(static weight => weight / 3)];
            node = builder.Add(name, new LoweredConvolution
            {
                Weights = new WeightArray(name, [4, 1, 3, 3], weights),
                Window = SlidingWindow.Square(3, padding: 1),
                Groups = 4,
                Shift = [0.1f, 0.2f, 0.3f, 0.4f],
                Activation = new(PointFunction.Clip, -1, 1),
            }, node);
        }

        InferenceGraph graph = builder.Build(builder.Add("mean", new LoweredMean(), node), Preprocessing.Plain(4));
        AssertSame(Compiler("gcc", "clang", "cc"), [graph], [.. Strict, "-O1"]);
    }

    [Fact]
    public void Rows_are_streamed_so_that_the_arena_is_far_below_the_largest_map()
    {
        InferenceGraph graph = Model.Load(Path.Combine(Models(), "mnist.safetensors")).Graph;
        CProgram program = CProgram.Of(graph, new CSourceOptions { Name = "mnist" });
        Assert.Equal(22 * 26 * 26, graph.Nodes.Max(static node => node.Shape.Count));
        Assert.InRange(program.ArenaBytes, 1, 24 << 10);
        Assert.Contains("#define MNIST_ARENA_BYTES " + program.ArenaBytes, program.Files["mnist.h"], StringComparison.Ordinal);
    }

    private static string Models([System.Runtime.CompilerServices.CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "..", "..", "models");

    private static Tool Compiler(params string[] names)
    {
        Tool? compiler = Tool.Find(names);
        Assert.SkipWhen(compiler is null, $"There is no {string.Join(" or ", names)}.");
        return compiler!;
    }

    // C++17 and C23 have macros such as INT8_WIDTH, and the header has one of its name.
    [Theory]
    [InlineData("g++", "-x c++ -std=c++17")]
    [InlineData("gcc", "-std=c2x")]
    public void Names_of_types_define_no_macro_of_the_compilers_again(string compiler, string flags)
    {
        string[] kinds = ["", "_fast", "_least"];
        string[] names = ["intptr", "uintptr", "intmax", "uintmax", "ptrdiff", "size", "sig_atomic", "wchar", "wint", "schar", "uchar",
            "shrt", "ushrt", "int", "uint", "long", "ulong", "llong", "ullong", "bool", "char",
            .. from sign in new[] { "int", "UINT" } from kind in kinds from bits in new[] { 8, 16, 32, 64 } select $"{sign}{kind}{bits}"];
        InferenceGraph graph = Lowered(GraphBuilder.Input(1, 4, 4).Conv(2).GlobalAveragePool().Linear(5).Build(), 1);
        CProgram[] programs = [.. names.Select(name => CProgram.Of(graph, new CSourceOptions { Name = name }))];
        foreach (CProgram program in programs)
            File.WriteAllText(Path.Combine(_folder, $"{program.Name}.h"), program.Files[$"{program.Name}.h"]);
        File.WriteAllText(Path.Combine(_folder, "all.c"), "#include <limits.h>\n#include <stdint.h>\n" +
            string.Concat(programs.Select(static program => $"#include \"{program.Name}.h\"\n")));
        ToolResult result = Compiler(compiler).Run([.. flags.Split(' '), "-Wall", "-Werror", "-fsyntax-only", "all.c"], _folder);
        Assert.True(result.ExitCode == 0, result.Error);
    }

    [Fact]
    public void A_network_that_rounds_its_maps_to_integers_is_refused_in_single_precision()
    {
        var rounding = new PointActivation(PointFunction.FakeQuantize, 0.1f, 0);
        InferenceOperation[] operations = [new LoweredActivation(rounding), new LoweredAdd { Activation = rounding }];
        foreach (InferenceOperation operation in operations)
        {
            var builder = new InferenceGraphBuilder(new Shape(3, 1, 1));
            InferenceNode[] inputs = [.. Enumerable.Repeat(builder.Input, operation is LoweredAdd ? 2 : 1)];
            InferenceGraph graph = builder.Build(builder.Add("rounded", operation, inputs), Preprocessing.Plain(3));
            var error = Assert.Throws<ArgumentException>(() => CProgram.Of(graph, new CSourceOptions { Name = "net" }));
            Assert.Contains("8-bit integers", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_program_that_cannot_be_as_small_as_wished_is_written_and_tells_its_size()
    {
        InferenceGraph graph = Lowered(GraphBuilder.Input(1, 4, 4).Conv(2).GlobalAveragePool().Linear(5).Build(), 1);
        Assert.InRange(CProgram.Of(graph, new CSourceOptions { Name = "net", MaxArenaBytes = 1 }).ArenaBytes, 2, 1000);
        Assert.Throws<ArgumentOutOfRangeException>(() => new CSourceOptions { Name = "net", MaxArenaBytes = -5 });
    }

    private static InferenceGraph Lowered(Graph graph, int seed, string[]? classes = null)
    {
        int channels = graph.Input.Shape.Channels;
        var preprocessing = new Preprocessing([.. Enumerable.Range(0, channels).Select(static c => 0.4f + (0.1f * c))],
            [.. Enumerable.Range(0, channels).Select(static c => 0.2f + (0.05f * c))]);
        return Lowerer.Lower(TrainedNetworks.WithStatistics(graph, seed), preprocessing, classes);
    }

    private List<CProgram> AssertSame(Tool compiler, InferenceGraph[] graphs, string[] flags, Func<InferenceGraph, int>? maxArena = null)
    {
        var pictures = new List<byte[][]>();
        var expected = new List<float[][]>();
        List<CProgram> programs = [];
        foreach (InferenceGraph graph in graphs)
        {
            // What is small is tested layer by layer.
            TestVector[] tests = graph.Macs < 1_000_000 ? [Vector(graph, programs.Count)] : [];
            pictures.Add([.. Enumerable.Range(0, Images).Select(image => Picture(graph, programs.Count + image))]);
            var executor = new Executor(graph);
            Arena arena = executor.CreateArena();
            float[] table = graph.Preprocessing.Table();
            expected.Add([.. pictures[^1].Select(picture => executor.Run(arena, picture, table, interleaved: true).ToArray())]);
            programs.Add(CProgram.Of(graph, new CSourceOptions
            {
                Name = $"net{programs.Count}",
                Tests = tests,
                MaxArenaBytes = maxArena?.Invoke(graph) ?? int.MaxValue,
            }));
        }

        HostProgram host = HostProgram.Compile(compiler, programs, _folder, flags);
        for (int i = 0; i < graphs.Length; i++)
        {
            Assert.Equal(0, host.SelfTest(i));
            float[] scores = host.Scores(i, [.. pictures[i].SelectMany(static picture => picture)]);
            int classes = graphs[i].Classes.Count;
            for (int at = 0; at < scores.Length; at++)
            {
                float[] right = expected[i][at / classes];
                double largest = Math.Max(0.1, right.Max(Math.Abs));
                if (!(Math.Abs(scores[at] - right[at % classes]) <= 1e-5 * largest))
                    Assert.Fail($"network {i}, picture {at / classes}: score {at % classes} is {scores[at]}, not {right[at % classes]}");
            }

            Assert.Equal(Images * classes, scores.Length);
        }

        return programs;
    }

    private static byte[] Picture(InferenceGraph graph, int seed)
    {
        var random = new SeededRandom(seed, 7);
        return [.. Enumerable.Range(0, graph.Input.Shape.Count).Select(_ => (byte)random.NextInt(256))];
    }

    private static TestVector Vector(InferenceGraph graph, int seed) => TestVectors.Of(graph, Picture(graph, seed));
}
