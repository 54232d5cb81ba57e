using Pare.Execution;
using Pare.Execution.Operations;
using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Benchmarking;

/// <summary>
/// Measures every operation of a training step on one thread. Each is run over all tiles of the batch, again and again, the
/// forward passes in order and the backward passes in reverse, so that it finds in memory what it finds in a step.
/// </summary>
public sealed class Profiler
{
    private const int WarmupSteps = 30;

    private readonly TrainingPlan _plan;
    private readonly MapTraffic _traffic = new();
    private readonly AlignedBuffer _scratch, _weightGradient;
    private readonly Prefetcher _ahead = new();
    private readonly int _batch, _tiles, _runs;
    private readonly int[] _sections;
    private readonly double _peak, _copy;

    private Profiler(Network network, ThreadTeam team, int batch, int runs, (double Peak, double Copy) limits, MapStorage storage)
    {
        (_batch, _runs) = (batch, runs);
        _tiles = (batch + Simd.Lanes - 1) / Simd.Lanes;
        _plan = new TrainingPlan(network, batch, team, storage: storage);
        _sections = MemoryPlan.Sections(_plan.Operations);
        _scratch = new AlignedBuffer(_plan.Operations.Max(static operation => operation.ScratchSize));
        _weightGradient = new AlignedBuffer(network.Weights.Length);
        (_peak, _copy) = limits;
    }

    /// <summary>Profiles a network.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="graph">The network.</param>
    /// <param name="batch">Images a step.</param>
    /// <param name="runs">Measured runs of each operation; the median counts.</param>
    /// <param name="storage">How feature maps are kept.</param>
    public static NetworkProfile Run(string name, Graph graph, int batch = 128, int runs = 15, MapStorage storage = MapStorage.Float32)
    {
        using var team = new ThreadTeam(1);
        (double peak, double copy) = (MachineLimits.PeakFlops(team), MachineLimits.CopyBytes());
        var profiler = new Profiler(new Network(graph, seed: 1), team, batch, runs, (peak, copy), storage);
        return new NetworkProfile(name, batch, storage, peak / 1e9, copy / 1e9, profiler.Measure(graph, WarmupSteps));
    }

    /// <summary>Counts the work of a training step without measuring time: the same on every machine whose vectors are as wide.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="batch">Images of the step.</param>
    /// <param name="storage">How feature maps are kept.</param>
    /// <returns>The operations, and the bytes that the whole step touches, what lies outside of them included.</returns>
    internal static (IReadOnlyList<OperationProfile> Operations, long StepBytes) Count(Graph graph, int batch,
        MapStorage storage = MapStorage.Float32)
    {
        using var team = new ThreadTeam(1);
        var profiler = new Profiler(new Network(graph, seed: 1), team, batch, runs: 1, (double.PositiveInfinity, double.PositiveInfinity),
            storage);
        OperationProfile[] operations = profiler.Measure(graph, warmupSteps: 1);
        var images = new RandomImages(graph.Input.Shape.Count, graph.Output.Shape.Channels, batch);
        return (operations, profiler.Touched(() => profiler._plan.Step(images, batch, 1)));
    }

    private OperationProfile[] Measure(Graph graph, int warmupSteps)
    {
        var images = new RandomImages(graph.Input.Shape.Count, graph.Output.Shape.Channels, _batch);
        for (int i = 0; i < warmupSteps; i++) _plan.Step(images, _batch, i);
        Operation[] operations = _plan.Operations;
        var profiles = new OperationProfile[operations.Length];
        for (int i = 0; i < operations.Length; i++)
        {
            Node[] nodes = [.. graph.Nodes.Where(node => operations[i].Nodes.Contains(node.Name))];
            Node node = nodes[^1];
            double flops = 2.0 * nodes.Sum(static node => node.Macs) * _batch;
            profiles[i] =
                new OperationProfile(string.Join(" + ", operations[i].Nodes), node.Layer.Kind, node.Shape,
                Forward(operations[i], flops, ForwardBytes(i)), null, null);
        }

        // The forward passes may have taken the place of the loss's gradient.
        for (int tile = 0; tile < _tiles; tile++) _plan.Output.GradientPlanesFrom(tile, 0).Fill(1f / _batch);
        for (int i = operations.Length - 1; i >= 0; i--)
        {
            if (operations[i].Output.NeedsGradient) profiles[i] = Backward(operations[i], profiles[i]);
        }

        return profiles;
    }

    private OperationProfile Backward(Operation operation, OperationProfile profile)
    {
        FeatureMap[] inputs = [.. operation.Inputs.Where(static input => input.NeedsGradient).Select(static input => input.Map).Distinct()];
        double flops = profile.Forward.Flops;
        if (!operation.HasWeights)
            return profile with
            {
                InputGradient =
                Pass(operation, Timing.Median(_runs, Full), flops, OutputGradientBytes(operation) + InputGradientBytes(operation),
                    Touched(Full))
            };

        double bytes = OutputGradientBytes(operation) + operation.Inputs.Sum(input => BytesOf(input.Map));
        if (inputs.Length == 0)
            return profile with { WeightGradient = Pass(operation, Timing.Median(_runs, Full), flops, bytes, Touched(Full)) };
        double[] medians = Timing.MediansInTurn(_runs, Full, WeightsOnly);

        // Noise can make the smaller of two nearly equal times the larger one.
        double both = medians[0], weights = Math.Min(medians[1], both);
        long touched = Touched(WeightsOnly);
        return profile with
        {
            WeightGradient = Pass(operation, weights, flops, bytes, touched),
            InputGradient = Pass(operation, both - weights, flops, InputGradientBytes(operation), Touched(Full) - touched)
        };

        void Full()
        {
            for (int tile = 0; tile < _tiles; tile++) operation.Backward(TileOf(tile));
        }

        void WeightsOnly()
        {
            foreach (FeatureMap input in inputs) input.NeedsGradient = false;
            Full();
            foreach (FeatureMap input in inputs) input.NeedsGradient = true;
        }
    }

    private PassProfile Forward(Operation operation, double flops, double bytes)
    {
        return Pass(operation, Timing.Median(_runs, Run), flops, bytes, Touched(Run));

        void Run()
        {
            for (int tile = 0; tile < _tiles; tile++) operation.Forward(TileOf(tile));
        }
    }

    private long Touched(Action run)
    {
        long before = _traffic.Bytes;
        _plan.CountInto(_traffic);
        run();
        _plan.CountInto(null);
        return _traffic.Bytes - before;
    }

    private Tile TileOf(int tile) => new()
    {
        Slot = tile,
        NextSlot = tile + 1 < _tiles ? tile + 1 : -1,
        Ahead = _ahead,
        Index = tile,
        LaneMask = LaneMasks.Of(Math.Min(Simd.Lanes, _batch - (tile * Simd.Lanes))),
        Scratch = _scratch.Span,
        WeightGradient = _weightGradient.Span,
    };

    private PassProfile Pass(Operation operation, double seconds, double flops, double bytes, long touched) =>
        new(seconds, flops, bytes, Math.Max(operation.Multiplications * flops / _peak, bytes / _copy)) { TouchedBytes = touched };

    // What the thread has stored of the same tile since the last norm is in its cache.
    private double ForwardBytes(int operation)
    {
        FeatureMap[] near =
            [.. _plan.Operations.Where((_, i) => _sections[i] == _sections[operation]).Select(static other => other.Output)];
        return BytesOf(_plan.Operations[operation].Output)
            + _plan.Operations[operation].Inputs.Where(input => !near.Contains(input.Map)).Sum(input => BytesOf(input.Map));
    }

    // Activation and norm need what the output stored to turn its gradient. A sum hands its gradient on as it is, if it can.
    private double OutputGradientBytes(Operation operation)
    {
        bool reads = operation.Output.HasTransform || operation is not AddOperation
            || operation.Inputs.Any(static input => input is { NeedsGradient: true, SharesGradient: false });
        return (reads ? GradientBytesOf(operation.Output) : 0) + (operation.Output.HasTransform ? BytesOf(operation.Output) : 0);
    }

    // An edge that adds reads the gradient before it writes it. Without weights, nothing has read the input's values so far:
    // the winner of a maximum, the factors of a product and the sums of the norm before need them.
    private double InputGradientBytes(Operation operation)
    {
        double inPlace = operation.Output.HasTransform && operation.Inputs.Any(static input => input.SharesGradient)
            ? GradientBytesOf(operation.Output) : 0;
        return inPlace + operation.Inputs.Where(static input => input.NeedsGradient).Sum(input =>
        {
            bool readsValues = !operation.HasWeights
                && (operation is MaxPoolOperation or ChannelMultiplyOperation || (input.Completes && input.Map.Norm is not null));
            double written = input.SharesGradient ? 0 : GradientBytesOf(input.Map) * (input.Accumulates ? 2 : 1);
            return written + (readsValues ? BytesOf(input.Map) : 0);
        });
    }

    private double GradientBytesOf(FeatureMap map) =>
        map.GradientStaysWithThread ? 0 : (double)map.StoredGradientSize * sizeof(float) * _tiles;

    private double BytesOf(FeatureMap map) => (double)map.StoredSize * sizeof(float) * _tiles;
}
