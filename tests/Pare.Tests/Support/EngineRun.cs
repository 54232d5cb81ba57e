using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Tests.Support;

/// <summary>
/// A network on the engine with one batch of images, for comparisons: plain arrays in, plain arrays out,
/// <c>[image][channel][row][column]</c>.
/// </summary>
internal sealed class EngineRun : IDisposable
{
    private readonly ThreadTeam _team;
    private readonly UpstreamLoss? _upstream;
    private readonly int _images;

    /// <param name="network">The network.</param>
    /// <param name="images">Images of the batch.</param>
    /// <param name="upstream">The gradient with respect to the output; null trains on the cross entropy.</param>
    /// <param name="threads">Threads that share the tiles.</param>
    /// <param name="loss">Another loss than the cross entropy, where there is no upstream gradient.</param>
    /// <param name="dropout">Whether dropout acts.</param>
    /// <param name="inputGradient">Whether the gradient with respect to the images is wanted.</param>
    /// <param name="storage">How feature maps are kept.</param>
    /// <param name="streamsFrom">From so many bytes of maps on, gradients are stored past the caches.</param>
    public EngineRun(Network network, int images, float[]? upstream = null, int threads = 1, ILoss? loss = null, bool dropout = true,
        bool inputGradient = true, MapStorage storage = MapStorage.Float32, long streamsFrom = TrainingPlan.StreamsFrom)
    {
        _team = new ThreadTeam(threads);
        _images = images;
        _upstream = upstream is null ? null : new UpstreamLoss(upstream);
        Plan = new TrainingPlan(network, images, _team, inputGradient, _upstream ?? loss, dropout, storage: storage,
            streamsFrom: streamsFrom);
    }

    public TrainingPlan Plan { get; }

    /// <summary>What the last step's forward pass gave.</summary>
    public float[] Output => _upstream!.Output;

    /// <summary>One forward and backward pass; the loss, with an upstream gradient its product with the output.</summary>
    public double Step(float[] input, float[]? targets = null, long step = 0)
    {
        double loss = Plan.Step(new ArraySource(input, targets), _images, step).Loss;
        return _upstream is null ? loss : loss * _images;
    }

    /// <summary>The last step's gradient of a parameter.</summary>
    public ReadOnlySpan<float> Gradient(Parameter parameter) => Plan.Gradients.AsSpan(parameter.Offset, parameter.Length);

    /// <summary>The last step's gradient with respect to the images.</summary>
    public float[] InputGradient()
    {
        FeatureMap input = Plan.Input;
        var gradient = new float[_images * input.Shape.Count];
        var tile = new float[input.Size];
        for (int slot = 0; slot * Simd.Lanes < _images; slot++)
        {
            for (int c = 0; c < input.Shape.Channels; c++)
                input.ReadGradient(slot, c, 0, input.Shape.Pixels, tile.AsSpan(c * input.PlaneStride));
            Lanes.Unpack(tile, slot * Simd.Lanes, Math.Min(Simd.Lanes, _images - (slot * Simd.Lanes)), gradient);
        }

        return gradient;
    }

    /// <summary>The outputs in evaluation mode.</summary>
    public static float[] Infer(Network network, float[] input, int images, int threads = 1)
    {
        using var team = new ThreadTeam(threads);
        var sink = new ArraySink(images * network.Graph.Output.Shape.Count);
        new InferencePlan(network, team).Run(new ArraySource(input), images, sink);
        return sink.Logits;
    }

    public void Dispose() => _team.Dispose();
}
