using System.Collections.Concurrent;
using Pare.Data;
using Pare.Graphs.Lowering;
using Pare.Inference.Steps;
using Pare.Quantization;

namespace Pare.Inference;

/// <summary>
/// Runs a network over images and looks at each map whose range its integers depend on. What a table takes is made a map of its own for it.
/// </summary>
internal sealed class MapObserver
{
    private readonly InferenceGraph _graph;
    private readonly Executor _executor;
    private readonly float[] _values;

    // By a step's name the node that is looked at, and whether it is what its activation takes.
    private readonly Dictionary<string, (int Node, bool IsSum)> _wanted = new(StringComparer.Ordinal);

    /// <param name="graph">The network.</param>
    public MapObserver(InferenceGraph graph)
    {
        (_graph, _values) = (graph, graph.Preprocessing.Table());
        _executor = new Executor(Split(graph, _wanted), observable: true);
    }

    /// <summary>Runs the network twice over the images: for the ends of each map, then for what lies between them.</summary>
    /// <param name="images">Images of the network's size.</param>
    /// <param name="chosen">Which of them; at least one.</param>
    /// <param name="threads">Threads; null for one a processor. The result is the same with any number.</param>
    /// <param name="done">Told of each image and pass.</param>
    /// <param name="cancellation">Stops between two images.</param>
    /// <exception cref="RunException">A value is not a finite number.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ObservedMaps Run(ImageSet images, IReadOnlyList<int> chosen, int? threads, Action done, CancellationToken cancellation)
    {
        (ValueRange[] Outputs, ValueRange[] Sums) ends = Pass(
            () => (new ValueRange[_graph.Nodes.Count], new ValueRange[_graph.Nodes.Count]), Widen,
            static (a, b) =>
            {
                for (int node = 0; node < a.Item1.Length; node++)
                {
                    a.Item1[node] = Union(a.Item1[node], b.Item1[node]);
                    a.Item2[node] = Union(a.Item2[node], b.Item2[node]);
                }
            });
        return Pass(() => new ObservedMaps(Empty(ends.Outputs, isSum: false), Empty(ends.Sums, isSum: true)), Count,
            static (a, b) =>
            {
                for (int node = 0; node < a.Outputs.Count; node++)
                {
                    if (b.Outputs[node] is { } output) a.Outputs[node]!.Add(output);
                    if (b.Sums[node] is { } sum) a.Sums[node]!.Add(sum);
                }
            });

        // Ends and counts are the same in whatever order they are put together.
        T Pass<T>(Func<T> start, Action<T, Step, Arena> look, Action<T, T> join)
        {
            var workers = new ConcurrentBag<(T Seen, Arena Arena)>();
            Parallels.For(chosen.Count, i =>
            {
                if (!workers.TryTake(out (T Seen, Arena Arena) worker)) worker = (start(), _executor.CreateArena());
                ReadOnlySpan<byte> image = images.Image(chosen[i], images.Spare());
                _executor.Run(worker.Arena, image, _values, interleaved: false, step => look(worker.Seen, step, worker.Arena));
                workers.Add(worker);
                done();
            }, threads, cancellation);
            T all = start();
            foreach ((T seen, _) in workers) join(all, seen);
            return all;
        }
    }

    private void Widen((ValueRange[] Outputs, ValueRange[] Sums) ends, Step step, Arena arena)
    {
        if (!_wanted.TryGetValue(step.Name, out (int Node, bool IsSum) place)) return;
        ref ValueRange range = ref (place.IsSum ? ends.Sums : ends.Outputs)[place.Node];
        (float low, float high) = (range.Low, range.High);
        bool finite = true;
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
                $"layer {_graph.Nodes[place.Node].Name}", "Its weights ran away in training: take others.");
        range = new ValueRange(low, high);
    }

    private void Count(ObservedMaps seen, Step step, Arena arena)
    {
        if (!_wanted.TryGetValue(step.Name, out (int Node, bool IsSum) place)) return;
        Histogram values = (place.IsSum ? seen.Sums : seen.Outputs)[place.Node]!;
        for (int row = 0; row < step.Target.Shape.Height; row++) values.Add(step.Target.Row(arena.Span, row));
    }

    private Histogram?[] Empty(ValueRange[] ranges, bool isSum)
    {
        var empty = new Histogram?[ranges.Length];
        foreach ((int node, _) in _wanted.Values.Where(place => place.IsSum == isSum)) empty[node] = new Histogram(ranges[node]);
        return empty;
    }

    private static ValueRange Union(ValueRange a, ValueRange b) => new(Math.Min(a.Low, b.Low), Math.Max(a.High, b.High));

    private static InferenceGraph Split(InferenceGraph graph, Dictionary<string, (int Node, bool IsSum)> wanted)
    {
        var builder = new InferenceGraphBuilder(graph.Input.Shape);
        var made = new InferenceNode[graph.Nodes.Count];
        made[0] = builder.Input;
        HashSet<string> names = [.. graph.Nodes.Select(static node => node.Name), builder.Input.Name];
        foreach (InferenceNode node in graph.Nodes.Skip(1))
        {
            InferenceNode[] inputs = [.. node.Inputs.Select(input => made[input.Index])];
            string name = node.Name == builder.Input.Name ? Unused(node.Name) : node.Name;
            if (Quantizer.HasTable(node))
            {
                (InferenceOperation plain, PointActivation activation) = node.Operation switch
                {
                    LoweredAdd add => ((InferenceOperation)(add with { Activation = default }), add.Activation),
                    LoweredConvolution layer => (layer with { Activation = default }, layer.Activation),
                    _ => throw new NotSupportedException($"The operation '{node.Operation.Kind}' has no table."),
                };
                InferenceNode sum = builder.Add(Unused(node.Name), plain, inputs);
                wanted[sum.Name] = (node.Index, true);
                made[node.Index] = builder.Add(name, new LoweredActivation(activation), sum);
            }
            else made[node.Index] = builder.Add(name, node.Operation, inputs);

            if (Quantizer.HasRange(graph, node)) wanted[name] = (node.Index, false);
        }

        return builder.Build(made[^1], graph.Preprocessing, graph.Classes);

        string Unused(string name)
        {
            do name += " sum";
            while (!names.Add(name));
            return name;
        }
    }
}
