using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Execution;

/// <summary>
/// A network compiled for inference: each thread takes the next tile of images through the whole network while it is in the cache. No step
/// allocates.
/// </summary>
internal sealed class InferencePlan
{
    private readonly ThreadTeam _team;
    private readonly CompiledGraph _graph;
    private readonly AlignedBuffer[] _scratch, _logits;
    private readonly Prefetcher[] _ahead;
    private readonly Action<int> _work;
    private IBatchSource _source = null!;
    private IPredictionSink _sink = null!;
    private CancellationToken _cancellation;
    private int _images;
    private int _nextTile;

    /// <param name="network">Its weights are read by <see cref="Prepare"/>.</param>
    /// <param name="team">The threads.</param>
    public InferencePlan(Network network, ThreadTeam team)
    {
        _team = team;
        _graph = CompiledGraph.Compile(network, team.Count, training: false);
        _graph.Allocate();
        MemoryPlan.Place(_graph, team.Count, training: false);
        _scratch = [.. Enumerable.Range(0, team.Count).Select(_ => new AlignedBuffer(_graph.ScratchSize))];
        _logits = [.. Enumerable.Range(0, team.Count).Select(_ => new AlignedBuffer(_graph.Output.Size))];
        _ahead = [.. Enumerable.Range(0, team.Count).Select(_ => new Prefetcher())];
        _work = Work;
        Prepare();
    }

    /// <summary>What a plan will take; nothing is allocated.</summary>
    /// <param name="layout">The network; its values are not read.</param>
    /// <param name="threads">Threads of the team.</param>
    /// <exception cref="RecipeException">A layer is larger than the engine can index.</exception>
    public static PlanSize Count(Network layout, int threads)
    {
        var graph = CompiledGraph.Compile(layout, threads, training: false);
        return new PlanSize(((long)MemoryPlan.Count(graph, training: false).Tile + graph.ScratchSize + graph.Output.Size) * threads, 0,
            graph.OwnedFloats);
    }

    /// <summary>Reads weights and running statistics anew after they have changed.</summary>
    public void Prepare()
    {
        foreach (Operation operation in _graph.Operations) operation.Prepare();
        foreach (BatchNormalization norm in _graph.Norms) norm.UseRunningStatistics();
    }

    /// <summary>Takes images through the network; where it is cancelled it stops between two tiles.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Run(IBatchSource source, int images, IPredictionSink sink, CancellationToken cancellation = default)
    {
        (_source, _images, _sink, _nextTile, _cancellation) = (source, images, sink, 0, cancellation);
        _team.Run(_work);
        cancellation.ThrowIfCancellationRequested();
    }

    private void Work(int thread)
    {
        int lanes = Simd.Lanes;
        FeatureMap input = _graph.Input, output = _graph.Output;
        Span<float> logits = _logits[thread].Span;
        Prefetcher ahead = _ahead[thread];
        for (int first; (first = (Interlocked.Increment(ref _nextTile) - 1) * lanes) < _images;)
        {
            if (_cancellation.IsCancellationRequested || _team.HasFailed) return;
            int images = Math.Min(lanes, _images - first);
            Span<float> pixels = input.PlanesFrom(thread, 0);
            if (images < lanes) pixels.Clear();
            _source.Fill(first, images, pixels, default);
            var tile =
                new Tile
                {
                    Slot = thread,
                    Index = first / lanes,
                    LaneMask = LaneMasks.Of(images),
                    Scratch = _scratch[thread].Span,
                    NextSlot = -1,
                    Ahead = ahead
                };
            foreach (Operation operation in _graph.Operations) operation.Forward(tile);
            for (int c = 0; c < output.Shape.Channels; c++)
                output.Read(thread, c, 0, output.Shape.Pixels, logits[(c * output.PlaneStride)..]);
            _sink.Accept(first, images, logits);
        }
    }
}
