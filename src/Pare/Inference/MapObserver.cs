using System.Collections.Concurrent;
using Pare.Data;
using Pare.Execution.Lowered;
using Pare.Graphs.Lowering;
using Pare.Quantization;

namespace Pare.Inference;

/// <summary>Runs a network over images and looks at each map whose range its integers depend on, and at the means of all sums.</summary>
internal sealed class MapObserver
{
    // What a sum of an image is counted in: a 2^40th of the largest there may be. Integers are the same in whatever order they are added.
    private const double Fineness = 1L << 40;

    private readonly InferenceGraph _graph;
    private readonly IReadOnlyDictionary<string, (int Node, bool IsSum)> _places;
    private readonly Executor _executor;
    private readonly float[] _values;

    /// <param name="graph">The network.</param>
    public MapObserver(InferenceGraph graph)
    {
        var observable = ObservableGraph.Of(graph);
        (_graph, _places, _values) = (graph, observable.Places, graph.Preprocessing.Table());
        _executor = new Executor(observable.Graph, observable: true);
    }

    /// <summary>Runs the network twice over the images: for the ends of each map, then for what lies between them.</summary>
    /// <param name="images">Images of the network's size.</param>
    /// <param name="chosen">Which of them; at least one.</param>
    /// <param name="threads">Threads; null for one per processor. The result is the same with any number.</param>
    /// <param name="done">Told of each image and pass.</param>
    /// <param name="cancellation">Stops between two images.</param>
    /// <exception cref="RunException">A value is not a finite number.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ObservedMaps Run(ImageSet images, IReadOnlyList<int> chosen, int? threads, Action done, CancellationToken cancellation)
    {
        Seen ends = Pass(() => new Seen(_graph.Nodes.Count), Widen);
        Seen all = Pass(() => Empty(ends), Count);
        return new ObservedMaps(all.Outputs, all.Sums,
            [.. all.Means.Select((sums, node) => sums?.Select(sum => sum / (Scale(all, node) * chosen.Count * Pixels(node))).ToArray())]);

        // Ends and counts are the same in whatever order they are put together.
        Seen Pass(Func<Seen> start, Action<Seen, Step, Arena> look)
        {
            var workers = new ConcurrentBag<(Seen Seen, Arena Arena)>();
            Parallels.For(chosen.Count, i =>
            {
                if (!workers.TryTake(out (Seen Seen, Arena Arena) worker)) worker = (start(), _executor.CreateArena());
                ReadOnlySpan<byte> image = images.Image(chosen[i], images.Spare());
                _executor.Run(worker.Arena, image, _values, interleaved: false, step => look(worker.Seen, step, worker.Arena));
                workers.Add(worker);
                done();
            }, threads, cancellation);
            Seen together = start();
            foreach ((Seen seen, _) in workers) together.Add(seen);
            return together;
        }
    }

    private int Pixels(int node) => _graph.Nodes[node].Shape.Pixels;

    // Units of a sum of an image's map.
    private double Scale(Seen seen, int node)
    {
        ValueRange range = seen.SumEnds[node];
        double most = Math.Max(-(double)range.Low, range.High);
        return most == 0 ? 1 : Fineness / (most * Pixels(node));
    }

    private void Widen(Seen seen, Step step, Arena arena)
    {
        (int node, bool isSum) = _places[step.Name];
        bool finite = true;
        (float low, float high) = (0, 0);
        for (int row = 0; row < step.Target.Shape.Height; row++)
        {
            foreach (float value in step.Target.Row(arena.Span, row))
            {
                finite &= float.IsFinite(value);
                low = value < low ? value : low;
                high = value > high ? value : high;
            }
        }

        if (!finite)
            throw new RunException("The layer gives what is not a finite number, which no integer stands for.",
                $"layer {_graph.Nodes[node].Name}", "Its training diverged: take others.");
        var range = new ValueRange(low, high);
        if (!isSum) seen.Ends[node] = Seen.Union(seen.Ends[node], range);
        if (IsSum(node, isSum)) seen.SumEnds[node] = Seen.Union(seen.SumEnds[node], range);
    }

    private void Count(Seen seen, Step step, Arena arena)
    {
        (int node, bool isSum) = _places[step.Name];
        Histogram? values = isSum ? seen.Sums[node] : seen.Outputs[node];
        long[]? means = IsSum(node, isSum) ? seen.Means[node] : null;
        Span<double> sums = means is null ? [] : new double[means.Length];
        for (int row = 0; row < step.Target.Shape.Height && (values is not null || means is not null); row++)
        {
            ReadOnlySpan<float> line = step.Target.Row(arena.Span, row);
            values?.Add(line);
            for (int at = 0; at < line.Length && sums.Length > 0;)
            {
                for (int channel = 0; channel < sums.Length; channel++, at++) sums[channel] += line[at];
            }
        }

        double scale = means is null ? 0 : Scale(seen, node);
        for (int channel = 0; channel < sums.Length; channel++) means![channel] += (long)Math.Round(sums[channel] * scale);
    }

    // Whether a map of the network that runs is what a node's activation takes, which is its own where it has none.
    private bool IsSum(int node, bool isSum) => isSum || _graph.Nodes[node].Operation is LoweredConvolution { Activation.IsIdentity: true };

    private Seen Empty(Seen ends)
    {
        var empty = new Seen(_graph.Nodes.Count);
        ends.SumEnds.CopyTo(empty.SumEnds, 0);
        foreach (InferenceNode node in _graph.Nodes.Skip(1))
        {
            if (Quantizer.HasRange(_graph, node)) empty.Outputs[node.Index] = new Histogram(ends.Ends[node.Index]);
            if (Quantizer.HasTable(node)) empty.Sums[node.Index] = new Histogram(ends.SumEnds[node.Index]);
            if (node.Operation is LoweredConvolution layer) empty.Means[node.Index] = new long[layer.Channels];
        }

        return empty;
    }

    // What one thread has seen.
    private sealed class Seen(int nodes)
    {
        public ValueRange[] Ends { get; } = new ValueRange[nodes];

        public ValueRange[] SumEnds { get; } = new ValueRange[nodes];

        public Histogram?[] Outputs { get; } = new Histogram?[nodes];

        public Histogram?[] Sums { get; } = new Histogram?[nodes];

        public long[]?[] Means { get; } = new long[]?[nodes];

        public static ValueRange Union(ValueRange a, ValueRange b) => new(Math.Min(a.Low, b.Low), Math.Max(a.High, b.High));

        public void Add(Seen other)
        {
            for (int node = 0; node < Ends.Length; node++)
            {
                Ends[node] = Union(Ends[node], other.Ends[node]);
                SumEnds[node] = Union(SumEnds[node], other.SumEnds[node]);
                if (other.Outputs[node] is { } output) Outputs[node]!.Add(output);
                if (other.Sums[node] is { } sum) Sums[node]!.Add(sum);
                for (int channel = 0; channel < (Means[node]?.Length ?? 0); channel++) Means[node]![channel] += other.Means[node]![channel];
            }
        }
    }
}
