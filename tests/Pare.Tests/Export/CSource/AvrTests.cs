using Pare.Export.CSource;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Tests.Support;

namespace Pare.Tests.Export.CSource;

public sealed class AvrTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pare-avr-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_small_network_computes_in_2_KB_what_the_reference_says()
    {
        GraphBuilder builder = GraphBuilder.Input(1, 12, 11).Conv(4).Relu().MaxPool().DepthwiseSeparable(6).GlobalAveragePool().Linear(3);
        InferenceGraph graph = Lowerer.Lower(TrainedNetworks.WithStatistics(builder.Build(), 1), Preprocessing.Plain(1));
        (int test, int memory) = AvrBoard.Run(Program(graph), _folder, "atmega328p");
        Assert.Equal(0, test);
        Assert.InRange(memory, 500, 2048);
    }

    [Fact]
    public void The_small_MNIST_network_computes_in_16_KB_what_the_reference_says()
    {
        InferenceGraph graph = Model.Load(Path.Combine(Models(), "mnist-small.safetensors")).Graph;
        CProgram program = Program(graph);
        (int test, int memory) = AvrBoard.Run(program, _folder, "atmega1284p");
        Assert.Equal(0, test);
        Assert.InRange(memory, program.ArenaBytes, 16 << 10);
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
