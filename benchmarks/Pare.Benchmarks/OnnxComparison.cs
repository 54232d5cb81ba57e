using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Pare.Benchmarking;
using Pare.Execution;
using Pare.Execution.Lowered;
using Pare.Export.Onnx;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Kernels;

namespace Pare.Benchmarks;

/// <summary>
/// The executor beside ONNX Runtime, the same network in both: one image on one thread, and a batch on two, each image on the thread
/// that is free, as <see cref="Model"/> does it.
/// <c>dotnet run -c Release --project benchmarks/Pare.Benchmarks -- onnx [MODEL...]</c> measures the three reference networks and the
/// models that are named, in rounds that take turns; it prints medians over the rounds.
/// </summary>
internal static class OnnxComparison
{
    private const int Rounds = 15, Batch = 128, BatchThreads = 2;
    private static readonly TimeSpan OfRound = TimeSpan.FromMilliseconds(60);

    /// <summary>Measures and prints a table.</summary>
    public static void Run(string[] models)
    {
        Console.WriteLine(
            $"{Simd.InstructionSet}, ONNX Runtime {OrtEnv.Instance().GetVersionString()}, {Rounds} rounds of " +
            $"{OfRound.TotalMilliseconds} ms each");
        Console.WriteLine(
            $"{"network",-16} {"one image, 1 thread: ONNX Runtime",34} {"Pare",10} {"ratio",7}   " +
            $"{$"batch {Batch}, {BatchThreads} threads, us an image: ONNX Runtime",52} {"Pare",8} {"as trained",11} {"ratio",7}   " +
            $"largest difference");
        foreach (string name in BenchmarkNetworks.Names) Run(name, new Network(BenchmarkNetworks.Create(name), seed: 1));
        foreach (string path in models)
            Run(Path.GetFileNameWithoutExtension(path), Model.Load(path).Network
                ?? throw new ArgumentException($"{path} has no trained network."));
    }

    private static void Run(string name, Network network)
    {
        Shape input = network.Graph.Input.Shape;
        InferenceGraph graph = Lowerer.Lower(network, Preprocessing.Plain(input.Channels));
        string folder = Directory.CreateTempSubdirectory("pare-onnx-").FullName;
        try
        {
            var images = new float[Batch * input.Count];
            var random = new SeededRandom(1);
            foreach (ref float value in images.AsSpan()) value = random.NextNormal();
            OnnxFile.Save(graph, Path.Combine(folder, "one.onnx"));
            OnnxFile.Save(graph, Path.Combine(folder, "many.onnx"), new OnnxOptions { DynamicBatch = true });
            using var one =
                new OnnxPeer(Path.Combine(folder, "one.onnx"), images[..input.Count], 1, input, graph.Classes.Count, threads: 1);
            using var many = new OnnxPeer(Path.Combine(folder, "many.onnx"), images, Batch, input, graph.Classes.Count, BatchThreads);
            var executor = new Executor(graph);
            var arenas = new ArenaPool(executor);
            Arena arena = arenas.Rent();
            var logits = new float[Batch * graph.Classes.Count];
            using var team = new ThreadTeam(BatchThreads);
            Action<int> next = i =>
            {
                using Arena own = arenas.Rent();
                executor.Run(own, images.AsSpan(i * input.Count, input.Count)).CopyTo(logits.AsSpan(i * graph.Classes.Count));
            };
            var plan = new InferencePlan(network, team);
            var resident = new RandomImages(input.Count, graph.Classes.Count, Batch);
            var ignored = new Ignore();

            double[] times = Medians(
                one.Run, () => executor.Run(arena, images.AsSpan(0, input.Count)), many.Run, () =>
                Parallels.For(Batch, next, BatchThreads), () => plan.Run(resident, Batch, ignored));
            double difference = 0, largest = 0;
            for (int i = 0; i < logits.Length; i++)
                (difference, largest) =
                    (Math.Max(difference, Math.Abs(logits[i] - many.Logits[i])), Math.Max(largest, Math.Abs(many.Logits[i])));
            double[] us = [.. times.Select(static seconds => seconds * 1e6)];
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-16} {us[0],31:F1} us {us[1],7:F1} us {us[1] / us[0],7:F2}   {us[2] / Batch,52:F2} {us[3] / Batch,8:F2} " +
                $"{us[4] / Batch,11:F2} {us[3] / us[2],7:F2}   {difference / largest:E1}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Seconds a run of each kind: the median of rounds in which the kinds take turns, so that a machine that slows down slows all.
    private static double[] Medians(params Action[] runs)
    {
        foreach (Action run in runs)
        {
            for (var warm = Stopwatch.StartNew(); warm.ElapsedMilliseconds < 400;) run();
        }

        int[] repeats = [.. runs.Select(static run => (int)Math.Max(1, OfRound.TotalSeconds / Timing.Median(5, run)))];
        double[][] seconds = [.. Enumerable.Range(0, Rounds).Select(_ => runs.Select((run, kind) =>
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < repeats[kind]; i++) run();
            return Stopwatch.GetElapsedTime(start).TotalSeconds / repeats[kind];
        }).ToArray())];
        return [.. Enumerable.Range(0, runs.Length).Select(kind => seconds.Select(round => round[kind]).Order().ElementAt(Rounds / 2))];
    }

    private sealed class Ignore : IPredictionSink
    {
        public void Accept(int first, int images, ReadOnlySpan<float> logits)
        {
        }
    }
}
