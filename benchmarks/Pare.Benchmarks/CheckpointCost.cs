using System.Diagnostics;
using System.Globalization;
using Pare.Benchmarking;
using Pare.Data;
using Pare.Graphs;
using Pare.Runs;
using Pare.Training;
using Pare.Training.Optimizers;

namespace Pare.Benchmarks;

/// <summary>
/// What checkpoints cost beside the steps between them, in processor time, which other programs on the machine change little, and in wall
/// time: <c>dotnet run -c Release --project benchmarks/Pare.Benchmarks -- checkpoints bench-cifar FOLDER</c>. A checkpoint follows every
/// tenth step, so that there are enough to measure; the shares are those of the real intervals.
/// </summary>
internal static class CheckpointCost
{
    private const int Batch = 128, Steps = 300, Between = 10, Images = 6_400, EpochImages = 50_000;
    private const double Interval = 120;

    /// <summary>Measures one of the reference networks.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="folder">Where the checkpoints are written: the disk counts.</param>
    public static void Run(string name, string folder)
    {
        Directory.CreateDirectory(folder);
        Graph graph = BenchmarkNetworks.Create(name);
        var options = new TrainingOptions { Epochs = 1_000, BatchSize = Batch, Threads = 1, Optimizer = new Sgd { Momentum = 0.9f } };
        var data = new Dataset(name, "random", Random(graph, Images), Random(graph, Batch));
        using var session = new TrainingSession(new Network(graph, seed: 1), data, options);
        var files = new CheckpointFiles(folder);
        var origin = new CheckpointOrigin { Recipe = name, Data = "random" };
        for (int step = 0; step < 2 * Between; step++) session.Step();
        files.Write(new Checkpoint(session.Capture(), origin));

        var steps = new Times();
        var checkpoints = new Times();
        for (int step = 1; step <= Steps; step++)
        {
            steps.Add(() => session.Step());
            if (step % Between == 0) checkpoints.Add(() => files.Write(new Checkpoint(session.Capture(), origin)));
        }

        double megabytes = new FileInfo(files.Newest).Length / 1e6, epoch = EpochImages / Batch, parameters = Cost.Of(graph).Parameters;
        string[] lines =
        [
            string.Create(CultureInfo.InvariantCulture,
                $"{name}: {parameters:N0} parameters, one thread, {Steps} steps of {Batch} images, {Steps / Between} checkpoints of " +
                $"{megabytes:F1} MB"),
            string.Create(CultureInfo.InvariantCulture, $"a step        {steps}"),
            string.Create(CultureInfo.InvariantCulture, $"a checkpoint  {checkpoints}"),
            string.Create(CultureInfo.InvariantCulture,
                $"its share, one an epoch of {EpochImages:N0} images: {checkpoints.Processor / (epoch * steps.Processor):P3} of the " +
                $"processor time, {checkpoints.Wall / (epoch * steps.Wall):P3} on the clock"),
            string.Create(CultureInfo.InvariantCulture,
                $"its share, one in {Interval / 60:F0} minutes: {checkpoints.Processor / Interval:P3} of the processor time, " +
                $"{checkpoints.Wall / Interval:P3} on the clock"),
        ];
        foreach (string line in lines) Console.WriteLine(line);
        foreach (string file in new[] { files.Newest, files.Previous }) File.Delete(file);
    }

    private static ImageSet Random(Graph graph, int count)
    {
        Shape shape = graph.Input.Shape;
        int classes = graph.Output.Shape.Channels;
        var random = new SeededRandom(1);
        byte[] pixels = new byte[count * shape.Count];
        foreach (ref byte pixel in pixels.AsSpan()) pixel = (byte)random.NextUInt64();
        return new ImageSet(shape.Channels, shape.Height, shape.Width, pixels, [.. Enumerable.Range(0, count).Select(i => i % classes)],
            [.. Enumerable.Range(0, classes).Select(static label => $"class {label}")]);
    }

    private sealed class Times
    {
        private readonly List<double> _processor = [], _wall = [];

        // What the system counts is too coarse for a median.
        public double Processor => _processor.Average();

        public double Wall => _wall.Order().ElementAt(_wall.Count / 2);

        public void Add(Action action)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            action();
            _wall.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            _processor.Add((Environment.CpuUsage.TotalTime - before).TotalSeconds);
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{1e3 * Processor:F1} ms of processor time (mean), {1e3 * Wall:F1} ms on the clock (median)");
    }
}
