using System.Globalization;
using Pare.Benchmarking;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Recipes;
using Pare.Training;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;

namespace Pare.Benchmarks;

/// <summary>
/// What the schedule of a training step allows on any number of threads, computed from times of one thread: how the tiles are dealt, how
/// often the threads meet, and what one thread does alone. It knows nothing of memory that all threads share, nor of neighbours.
/// <c>dotnet run -c Release --project benchmarks/Pare.Benchmarks -- schedule</c> prints it.
/// </summary>
internal static class ScheduleOnPaper
{
    private const int MostThreads = 8, Rounds = 50;

    // Two threads should be so many times as fast as one.
    private const double Wanted = 1.9;

    /// <summary>Writes a row for each network and batch: times as fast on 1, 2, ... threads as on one if meeting took no time.</summary>
    public static void Run()
    {
        string threads = string.Join(" | ", Enumerable.Range(1, MostThreads));
        Console.WriteLine($"network | batch | tiles | meetings | a meeting may take | alone | {threads}");
        foreach ((string name, Graph graph) in Networks())
        {
            foreach (int batch in new[] { 32, 128 }) Row(name, graph, batch);
        }
    }

    private static void Row(string name, Graph graph, int batch)
    {
        using var team = new ThreadTeam(1);
        var network = new Network(graph, seed: 1);
        var step = new TrainingStep(network, batch, team, new TrainingOptions { Optimizer = new Sgd { Momentum = 0.9f } });
        var update = new ParameterUpdate(network, new Sgd { Momentum = 0.9f });
        var images = new RandomImages(graph.Input.Shape.Count, graph.Output.Shape.Channels, batch);
        long index = 0;
        double whole = Least(Rounds, () => step.RunTimed(images, batch, index++));
        double alone = Least(Rounds, () => update.Step(step.Plan.Gradients, 1, new Rates(1e-3f), 1));
        int tiles = (batch + Simd.Lanes - 1) / Simd.Lanes;

        // Two for every norm, one behind the filling and one before the gradients are summed, and the two ends of the step.
        int meetings = (2 * step.Plan.Norms.Count) + 4;
        double most = 1e6 * ((whole / Wanted) - Seconds(2)) / meetings;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name} | {batch} | {tiles} | {meetings} | {most:F1} us | {100 * alone / whole:F2} % | ") +
            string.Join(" | ", Enumerable.Range(1, MostThreads)
                .Select(threads => string.Create(CultureInfo.InvariantCulture, $"{whole / Seconds(threads):F2}"))));

        // All tiles are alike, so each stretch between two meetings takes as long as the thread with the most of them.
        double Seconds(int threads) =>
            alone + ((whole - alone) / tiles
                * Enumerable.Range(0, threads).Max(thread => TileRange.Of(thread, threads, tiles).Count));
    }

    // A neighbour can only make it longer.
    private static double Least(int rounds, Action run)
    {
        Timing.MedianWarm(1, run);
        return Enumerable.Range(0, rounds).Min(_ => Timing.Median(1, run));
    }

    private static IEnumerable<(string Name, Graph Graph)> Networks() =>
    [
        .. BenchmarkNetworks.Names.Select(static name => (name, BenchmarkNetworks.Create(name))),
        ("mnist shared", RecipeStore.Open("mnist", null, "shared").Graph),
        ("cifar10 wide", RecipeStore.Open("cifar10", null, "wide").Graph),
    ];
}
