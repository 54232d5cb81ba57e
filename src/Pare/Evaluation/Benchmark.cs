using System.Diagnostics;
using Pare.Augmentation;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Training;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;

namespace Pare.Evaluation;

/// <summary>Measures training and inference speed on random images.</summary>
public static class Benchmark
{
    private const int WarmupSteps = 10;
    private const int LatencyRuns = 200;

    /// <summary>Measures one of <see cref="BenchmarkNetworks"/>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="threads">Threads of training and of inference in batches.</param>
    /// <param name="batch">Images a step.</param>
    /// <param name="steps">Measured steps; the median counts.</param>
    public static BenchmarkResult Run(string name, int threads, int batch = 128, int steps = 15)
    {
        Graph graph = BenchmarkNetworks.Create(name);
        var network = new Network(graph, seed: 1);
        var images = new RandomImages(graph.Input.Shape.Count, graph.Output.Shape.Channels, batch);
        using var team = new ThreadTeam(threads);
        using var single = new ThreadTeam(1);

        var plan = new TrainingPlan(network, batch, team);
        var update = new ParameterUpdate(network, new Sgd { Momentum = 0.9f });
        long step = 0;
        double train = Median(steps, () =>
        {
            plan.Step(images, batch, step);
            update.Step(plan.Gradients, step++, new Rates(0.1f));
        });

        var ignored = new Ignore();
        var inference = new InferencePlan(network, team);
        double infer = Median(steps, () => inference.Run(images, batch, ignored));
        var alone = new InferencePlan(network, single);
        double latency = Median(LatencyRuns, () => alone.Run(images, 1, ignored));

        Cost cost = Cost.Of(graph);
        double flops = 2.0 * batch * graph.Nodes.Sum(node => node.Macs * (node.Inputs.Contains(graph.Input) ? 2 : 3));
        return new BenchmarkResult(name, cost.Parameters, batch, threads, batch / train, batch / infer, latency * 1e3, flops / train / 1e9, Peak(team) / 1e9);
    }

    /// <summary>Floating-point operations a second of multiply-adds in registers, on all threads of the team.</summary>
    private static double Peak(ThreadTeam team)
    {
        const int Iterations = 4_000_000;
        var sink = new float[team.Count];
        double seconds = Median(5, () => team.Run(thread => sink[thread] = PeakKernel.Run(Iterations)));
        return (double)Iterations * PeakKernel.FlopsPerIteration * team.Count / seconds;
    }

    private static double Median(int runs, Action run)
    {
        // The runtime compiles hot loops again in the background: give it steps, and a moment, to finish.
        var warmup = Stopwatch.StartNew();
        for (int i = 0; i < WarmupSteps || warmup.ElapsedMilliseconds < 500; i++) run();
        var seconds = new double[runs];
        for (int i = 0; i < runs; i++)
        {
            long start = Stopwatch.GetTimestamp();
            run();
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Array.Sort(seconds);
        return seconds[runs / 2];
    }

    private sealed class Ignore : IPredictionSink
    {
        public void Accept(int first, int images, ReadOnlySpan<float> logits)
        {
        }
    }

    // Images already in lanes, so that only the plan is measured, as a resident tensor is in other frameworks.
    private sealed class RandomImages : IBatchSource
    {
        private readonly float[] _pixels;
        private readonly int _size, _classes;

        public RandomImages(int size, int classes, int batch)
        {
            (_size, _classes) = (size, classes);
            _pixels = new float[size * (batch + Simd.Lanes)];
            var random = new SeededRandom(1);
            foreach (ref float pixel in _pixels.AsSpan()) pixel = random.NextNormal();
        }

        public void Fill(int first, int images, Span<float> pixels, Span<float> targets)
        {
            _pixels.AsSpan(first * _size, _size * Simd.Lanes).CopyTo(pixels);
            if (targets.IsEmpty) return;
            for (int lane = 0; lane < images; lane++) targets[(((first + lane) % _classes) * Simd.Lanes) + lane] = 1f;
        }
    }
}
