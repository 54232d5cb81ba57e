using Pare.Augmentation;
using Pare.Data;
using Pare.Evaluation;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Training;
using Pare.Training.Gradients;
using Pare.Training.Optimizers;

namespace Pare.Benchmarking;

/// <summary>Measures what shuffling, augmentation and evaluation add to the bare steps, on random images.</summary>
public static class EpochBenchmark
{
    private const int LeastImages = 20_000;
    private const int Rounds = 5;
    private const int WarmupSteps = 20;

    /// <summary>
    /// Measures one of <see cref="BenchmarkNetworks"/>; the ways take turns, so that a machine that slows down slows all.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="threads">Threads of the step.</param>
    /// <param name="batch">Images a step.</param>
    /// <param name="steps">Steps of a round; the median of five rounds counts.</param>
    public static EpochCost Run(string name, int threads, int batch = 128, int steps = 15)
    {
        Graph graph = BenchmarkNetworks.Create(name);
        var network = new Network(graph, seed: 1);
        ImageSet images = Bytes(graph, Math.Max(LeastImages, batch));
        Normalization normalization = Normalization.Of(images);
        using var team = new ThreadTeam(threads);
        var options = new TrainingOptions { Optimizer = new Sgd { Momentum = 0.9f } };
        var training = new TrainingStep(network, batch, team, options);
        var sam = new TrainingStep(new Network(graph, seed: 1), batch, team, options with { Techniques = [new Sam()] });
        var inference = new InferencePlan(network, team);
        var bare = new RandomImages(graph.Input.Shape.Count, graph.Output.Shape.Channels, batch);
        Technique[] techniques = [new RandomCrop(), new HorizontalFlip(), new Affine(), new Mixup()];
        using TrainingBatches bytes = Batches([], 0), augmented = Batches(techniques, 0), ahead = Batches(techniques, 1);
        int[] held = [.. Enumerable.Range(0, (int)Math.Clamp((long)steps * batch / 10, 1, images.Count))];
        long step = 0;

        Action[] ways =
        [
            () => Steps(training, () => bare, steps), () => Steps(training, bytes.Next, steps),
            () => Steps(training, augmented.Next, steps), () => Steps(training, ahead.Next, steps), () => Steps(sam, () => bare, steps),
            () => Evaluator.Run(inference, normalization, images, held),
        ];
        Steps(training, () => bare, WarmupSteps);
        double[] seconds = Timing.MediansInTurn(Rounds, ways);
        return new EpochCost(name, (double)steps * batch / seconds[0], Extra(1), Extra(2), Extra(3), Extra(4), seconds[5] / seconds[0]);

        double Extra(int way) => (seconds[way] / seconds[0]) - 1;

        void Steps(TrainingStep taken, Func<IBatchSource> next, int count)
        {
            for (int i = 0; i < count; i++, step++) taken.RunTimed(next(), batch, step);
        }

        TrainingBatches Batches(Technique[] techniques, int workers)
        {
            var run = new RunFacts(images.Channels, images.Height, images.Width, images.Classes.Count, Epochs: 10_000, batch);
            return new TrainingBatches(images, [.. Enumerable.Range(0, images.Count)], normalization, run,
                new TrainingOptions { Techniques = techniques, DataWorkers = workers, Threads = threads }, team);
        }
    }

    private static ImageSet Bytes(Graph graph, int count)
    {
        Shape shape = graph.Input.Shape;
        int classes = graph.Output.Shape.Channels;
        var random = new SeededRandom(1);
        var pixels = new byte[checked(count * shape.Count)];
        foreach (ref byte pixel in pixels.AsSpan()) pixel = (byte)random.NextUInt64();
        return new ImageSet(shape.Channels, shape.Height, shape.Width, pixels, [.. Enumerable.Range(0, count).Select(i => i % classes)],
            [.. Enumerable.Range(0, classes).Select(static c => $"class {c}")]);
    }
}
