using Pare.Execution;
using Pare.Execution.Lowered;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Kernels;
using Pare.Training;
using Pare.Training.Optimizers;

namespace Pare.Benchmarking;

/// <summary>Measures training and inference speed on random images.</summary>
public static class Benchmark
{
    private const int LatencyRuns = 200;

    /// <summary>Measures a network.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="graph">The network.</param>
    /// <param name="threads">Threads of training and of inference in batches.</param>
    /// <param name="batch">Images a step.</param>
    /// <param name="steps">Measured steps; the median counts.</param>
    /// <param name="storage">How feature maps of the training are kept.</param>
    public static BenchmarkResult Measure(string name, Graph graph, int threads, int batch, int steps,
        MapStorage storage = MapStorage.Float32)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var network = new Network(graph, seed: 1);
        var images = new RandomImages(graph.Input.Shape.Count, graph.Output.Shape.Channels, batch);
        using var team = new ThreadTeam(threads);

        double train = StepSeconds(network, images, team, batch, steps, storage);
        var ignored = new Ignore();
        var inference = new InferencePlan(network, team);
        double infer = Timing.MedianWarm(steps, () => inference.Run(images, batch, ignored));
        var executor = new Executor(Lowerer.Lower(network, Preprocessing.Plain(graph.Input.Shape.Channels)));
        double latency = executor.MedianSeconds(LatencyRuns);

        Cost cost = Cost.Of(graph);
        double flops = 2.0 * batch * graph.Nodes.Sum(node => node.Macs * (node.Inputs.Contains(graph.Input) ? 2 : 3));
        return new BenchmarkResult(name, cost.Parameters, batch, threads, storage, batch / train, batch / infer, latency * 1e3,
            flops / train / 1e9, MachineLimits.PeakFlops(team) / 1e9);
    }

    /// <summary>Median seconds of a training step on one resident batch.</summary>
    /// <param name="network">Trained in place.</param>
    /// <param name="images">The batch.</param>
    /// <param name="team">The threads.</param>
    /// <param name="batch">Images a step.</param>
    /// <param name="steps">Measured steps.</param>
    /// <param name="storage">How feature maps are kept.</param>
    internal static double StepSeconds(Network network, RandomImages images, ThreadTeam team, int batch, int steps,
        MapStorage storage = MapStorage.Float32)
    {
        var options = new TrainingOptions { Optimizer = new Sgd { Momentum = 0.9f }, Storage = storage };
        var training = new TrainingStep(network, batch, team, options);
        long step = 0;
        return Timing.MedianWarm(steps, () => training.RunTimed(images, batch, step++));
    }

    private sealed class Ignore : IPredictionSink
    {
        public void Accept(int first, int images, ReadOnlySpan<float> logits)
        {
        }
    }
}
