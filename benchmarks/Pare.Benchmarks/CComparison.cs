using System.Globalization;
using Pare.Benchmarking;
using Pare.Export.CSource;
using Pare.Export.Onnx;
using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Benchmarks;

/// <summary>
/// The C program of a network beside that of onnx2c, from the same network: instructions on an emulated Cortex-M4 at -O2, and one image on
/// this machine with gcc -O3 -march=native beside ONNX Runtime on one thread.
/// <c>dotnet run -c Release --project benchmarks/Pare.Benchmarks -- c ONNX2C</c>, with the path of an onnx2c that was built elsewhere.
/// </summary>
internal static class CComparison
{
    private const int Rounds = 7;

    /// <summary>Measures and prints a table.</summary>
    /// <param name="onnx2c">The program onnx2c.</param>
    public static void Run(string onnx2c)
    {
        Console.WriteLine(
            $"{"network",-12} {"M4: onnx2c",14} {"Pare",14} {"ratio",6}   {"ms: onnx2c",10} {"ONNX Runtime",13} {"Pare",8}   " +
            $"{"of onnx2c",9} {"of ORT",7}   largest difference");
        foreach (string name in BenchmarkNetworks.Names) Run(name, new Tool(onnx2c));
    }

    private static void Run(string name, Tool onnx2c)
    {
        Graph layers = BenchmarkNetworks.Create(name);
        Shape input = layers.Input.Shape;
        InferenceGraph graph = Lowerer.Lower(new Network(layers, seed: 1), Preprocessing.Plain(input.Channels));
        string folder = Directory.CreateTempSubdirectory("pare-c-").FullName;
        try
        {
            string file = Path.Combine(folder, "net.onnx");
            OnnxFile.Save(graph, file);
            CProgram ours = CProgram.Of(graph, new CSourceOptions { Name = "ours" }), theirs = Theirs(graph, onnx2c, file, folder);
            long[] instructions = [.. new[] { theirs, ours }.Select(program => CortexM4.Run(program, folder).Instructions)];

            // The best of rounds that take turns, in time of the processor.
            HostProgram host = HostProgram.Compile(HostProgram.Compiler!, [theirs, ours], folder, ["-O3", "-march=native", "-lm"]);
            using var runtime = new OnnxPeer(file, new float[input.Count], 1, input, graph.Classes.Count, threads: 1);
            double[] best = [double.MaxValue, double.MaxValue, double.MaxValue];
            for (int round = 0; round < Rounds; round++)
            {
                best[0] = Math.Min(best[0], host.Milliseconds(0));
                best[1] = Math.Min(best[1], host.Milliseconds(1));
                best[2] = Math.Min(best[2], Timing.Median(100, runtime.Run) * 1e3);
            }

            var random = new SeededRandom(1);
            byte[] pixels = [.. Enumerable.Range(0, 20 * input.Count).Select(_ => (byte)random.NextInt(256))];
            float[] right = host.Scores(0, pixels), found = host.Scores(1, pixels);
            double difference = right.Zip(found, static (a, b) => Math.Abs(a - b)).Max() / right.Max(Math.Abs);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-12} {instructions[0],14:N0} {instructions[1],14:N0} {(double)instructions[1] / instructions[0],6:F2}   " +
                $"{best[0],10:F4} {best[2],13:F4} {best[1],8:F4}   {best[1] / best[0],9:F2} {best[1] / best[2],7:F2}   {difference:E1}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Their function with our interface, so that both are called alike: bytes are scaled to 0 to 1, a channel after the other.
    private static CProgram Theirs(InferenceGraph graph, Tool onnx2c, string file, string folder)
    {
        ToolResult result = onnx2c.Run(["-f", "entry", file], folder);
        if (result.ExitCode != 0) throw new InvalidOperationException(result.Error);
        Shape shape = graph.Input.Shape;
        return CProgram.Of(graph, new CSourceOptions { Name = "theirs" }).With("theirs.c", result.Text +
            $$"""

            #include "theirs.h"
            static float map[{{shape.Count}}];
            int theirs_predict(const uint8_t *pixels, float *scores)
            {
                int c, k, best = 0;
                for (k = 0; k < {{shape.Pixels}}; k++)
                    for (c = 0; c < {{shape.Channels}}; c++)
                        map[c * {{shape.Pixels}} + k] = (float)pixels[k * {{shape.Channels}} + c] * (1.0f / 255.0f);
                entry((const void *)map, (void *)scores);
                for (k = 1; k < {{graph.Classes.Count}}; k++) best = scores[k] > scores[best] ? k : best;
                return best;
            }
            int theirs_self_test(void) { return 0; }
            """);
    }
}
