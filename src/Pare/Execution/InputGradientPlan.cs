using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Execution;

/// <summary>
/// A network compiled for the gradient of a loss with respect to its images, in evaluation: norms take their running statistics, dropout is
/// off, and no gradient of a weight is computed. Each thread has one tile of images for itself, which may go through as often as it likes;
/// images do not know each other, so what comes out for one depends on neither threads nor neighbours. No step allocates.
/// </summary>
internal sealed class InputGradientPlan
{
    private readonly ThreadTeam _team;
    private readonly CompiledGraph _graph;
    private readonly AlignedBuffer[] _scratch, _logits, _gradients;
    private readonly Prefetcher[] _ahead;

    /// <param name="network">Its weights are read here, once.</param>
    /// <param name="team">The threads.</param>
    public InputGradientPlan(Network network, ThreadTeam team)
    {
        _team = team;
        _graph = CompiledGraph.Compile(network, team.Count, training: true, inputGradient: true, dropout: false);
        _graph.Allocate();
        foreach (BatchNormalization norm in _graph.Norms)
        {
            (norm.UsesBatchStatistics, norm.SumsGradient) = (false, false);
            norm.UseRunningStatistics();
        }

        MemoryPlan.Place(_graph, team.Count, training: true, weightGradient: false);
        _scratch = Buffers(_graph.ScratchSize);
        _logits = Buffers(_graph.Output.Size);
        _gradients = Buffers(_graph.Input.Size);
        _ahead = [.. Enumerable.Range(0, team.Count).Select(static _ => new Prefetcher())];
        foreach (Operation operation in _graph.Operations) operation.Prepare();

        AlignedBuffer[] Buffers(int size) => [.. Enumerable.Range(0, team.Count).Select(_ => new AlignedBuffer(size))];
    }

    /// <summary>Threads that work at once.</summary>
    public int Threads => _team.Count;

    /// <summary>Floats of a tile of images.</summary>
    public int TileSize => _graph.Input.Size;

    /// <summary>Lets each thread do something.</summary>
    /// <param name="work">Told the number of the thread, from 0.</param>
    public void Run(Action<int> work) => _team.Run(work);

    /// <summary>Takes a tile of images through the network.</summary>
    /// <param name="thread">The thread that calls.</param>
    /// <param name="images">Images of the tile.</param>
    /// <param name="pixels">The network's input, <c>[channel][row][column][lane]</c>.</param>
    /// <returns>The logits, <c>[class][lane]</c>, until the thread's next call.</returns>
    public ReadOnlySpan<float> Forward(int thread, int images, ReadOnlySpan<float> pixels)
    {
        FeatureMap output = _graph.Output;
        pixels.CopyTo(_graph.Input.PlanesFrom(thread, 0));
        Tile tile = TileOf(thread, images);
        foreach (Operation operation in _graph.Operations) operation.Forward(tile);
        Span<float> logits = _logits[thread].Span[..output.Size];
        for (int c = 0; c < output.Shape.Channels; c++)
            output.Read(thread, c, 0, output.Shape.Pixels, logits[(c * output.PlaneStride)..]);
        return logits;
    }

    /// <summary>Takes the gradient of the outputs of the thread's last forward pass back to its images.</summary>
    /// <param name="thread">The thread that calls.</param>
    /// <param name="images">Images of the tile.</param>
    /// <param name="dLogits"><c>[class][lane]</c>.</param>
    /// <returns>The gradient of the network's input, laid out like it, until the thread's next call.</returns>
    public ReadOnlySpan<float> Backward(int thread, int images, ReadOnlySpan<float> dLogits)
    {
        FeatureMap input = _graph.Input, output = _graph.Output;
        dLogits.CopyTo(output.GradientPlanesFrom(thread, 0));
        for (int c = 0; c < output.Shape.Channels; c++)
            output.GradientStored(thread, c, 0, output.Shape.Pixels, output.GradientPlane(thread, c));
        Tile tile = TileOf(thread, images);
        for (int i = _graph.Operations.Length - 1; i >= 0; i--) _graph.Operations[i].Backward(tile);
        Span<float> gradient = _gradients[thread].Span[..input.Size];
        for (int c = 0; c < input.Shape.Channels; c++)
            input.ReadGradient(thread, c, 0, input.Shape.Pixels, gradient[(c * input.PlaneStride)..]);
        return gradient;
    }

    private Tile TileOf(int thread, int images) => new()
    {
        Slot = thread,
        NextSlot = -1,
        Ahead = _ahead[thread],
        Index = 0,
        LaneMask = LaneMasks.Of(images),
        Scratch = _scratch[thread].Span,
    };
}
