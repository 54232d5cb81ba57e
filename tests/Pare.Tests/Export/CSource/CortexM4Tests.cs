using Pare.Benchmarking;
using Pare.Export.CSource;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Tests.Support;

namespace Pare.Tests.Export.CSource;

public sealed class CortexM4Tests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pare-m4-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_program_computes_on_the_emulated_board_what_the_reference_says_and_takes_the_stack_that_was_said()
    {
        RequireTools();
        for (int seed = 300; seed < 308; seed++)
        {
            InferenceGraph graph = RandomInferenceGraphs.Classifier(seed);
            CProgram program = Program(graph);
            BoardRun run = CortexM4.Run(program, _folder);
            Assert.Equal(0, run.SelfTest);
            Assert.InRange(run.Instructions, graph.Macs, 1_000_000_000);
            AssertStack(CortexM4.Stack(program, _folder), run.Stack);
        }
    }

    [Fact]
    public void The_same_instructions_are_counted_each_time_and_they_are_few()
    {
        RequireTools();
        InferenceGraph graph = Model.Load(Path.Combine(Models(), "mnist.safetensors")).Graph;
        CProgram program = Program(graph);
        BoardRun run = CortexM4.Run(program, _folder);
        Assert.Equal(0, run.SelfTest);
        Assert.Equal(run, CortexM4.Run(program, _folder));
        Assert.InRange((double)run.Instructions / graph.Macs, 1, 4);

        // The deepest way is that of the copies that are in place, and each picture goes it.
        Assert.InRange(CortexM4.Stack(program, _folder)!.Value - run.Stack, 0, 16);
    }

    [Theory]
    [InlineData("M0")]
    [InlineData("M3")]
    [InlineData("M7")]
    public void Other_processors_compute_the_same(string name)
    {
        RequireTools();
        EmulatedBoard board = name switch { "M0" => EmulatedBoard.M0, "M3" => EmulatedBoard.M3, _ => EmulatedBoard.M7 };
        InferenceGraph graph = Lowerer.Lower(TrainedNetworks.WithStatistics(BenchmarkNetworks.Create("bench-mnist"), 1),
            Preprocessing.Plain(1));
        CProgram program = Program(graph);
        BoardRun run = CortexM4.Run(program, _folder, board);
        Assert.Equal(0, run.SelfTest);
        Assert.InRange(run.Instructions, graph.Macs, 1_000 * graph.Macs);

        // Without a floating-point unit, sums and products are functions of the compiler's library, of which it says nothing.
        int library = board.Flags.Any(static flag => flag.StartsWith("-mfpu", StringComparison.Ordinal)) ? 0 : 64;
        AssertStack(CortexM4.Stack(program, _folder, board) + library, run.Stack);
    }

    // What is used may be less: where maps are made whole, no layer waits for those before it while it is made.
    private static void AssertStack(int? said, int used) => Assert.InRange(used, said!.Value / 4, said.Value);

    [Theory]
    [InlineData("-mcpu=cortex-m0plus -mthumb")]
    [InlineData("-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16")]
    [InlineData("-mcpu=cortex-m7 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16")]
    public void Code_and_memory_are_what_the_linker_counts(string machine)
    {
        Assert.SkipWhen(CortexM4.Compiler is null, "There is no arm-none-eabi-gcc.");
        CProgram program = Program(Model.Load(Path.Combine(Models(), "mnist-small.safetensors")).Graph);
        (int flash, int tested, int ram) = CortexM4.Size(program, _folder, [.. machine.Split(' '), .. CWarnings.All]);
        Assert.InRange(flash, program.ConstantBytes + 2_000, 24 << 10);

        // The self test brings its picture along, the sums of that and its own code.
        Assert.InRange(tested - flash, 28 * 28 + 100, 28 * 28 + 3_000);
        Assert.InRange(ram, program.ArenaBytes, program.ArenaBytes + 256);
    }

    private static void RequireTools()
    {
        Assert.SkipWhen(CortexM4.Compiler is null, "There is no arm-none-eabi-gcc.");
        Assert.SkipWhen(CortexM4.Emulator is null, "There is no qemu-system-arm.");
    }

    private static CProgram Program(InferenceGraph graph)
    {
        var random = new SeededRandom(4, 7);
        byte[] picture = [.. Enumerable.Range(0, graph.Input.Shape.Count).Select(_ => (byte)random.NextInt(256))];
        return CProgram.Of(graph, new CSourceOptions { Name = "net", Tests = [TestVectors.Of(graph, picture)] });
    }

    private static string Models([System.Runtime.CompilerServices.CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "..", "..", "models");
}
