using Pare.Augmentation;
using Pare.Data;
using Pare.Evaluation;
using Pare.Execution;
using Pare.Graphs;

namespace Pare.Robustness;

/// <summary>A network in single precision, as many images at a time as a vector has lanes.</summary>
internal sealed class NetworkClassifier : ImageClassifier
{
    private readonly ThreadTeam _team;
    private readonly InferencePlan _plan;

    public NetworkClassifier(Network network, Normalization normalization, int threads)
    {
        (Network, Normalization, _team) = (network, normalization, new ThreadTeam(threads));
        _plan = new InferencePlan(network, _team);
        ClassNames = [.. Enumerable.Range(0, Classes).Select(static label => $"{label}")];
    }

    public override Shape Input => Network.Graph.Input.Shape;

    public override int Classes => Network.Graph.Output.Shape.Channels;

    public override Network Network { get; }

    public override Normalization Normalization { get; }

    public override string Fingerprint => NetworkFingerprint.Of(Network, Normalization);

    private string[] ClassNames { get; }

    public override void Logits(byte[] images, Span<float> logits, CancellationToken cancellation = default)
    {
        CheckMany(images, logits);
        int count = images.Length / Input.Count;
        var set = new ImageSet(Input.Channels, Input.Height, Input.Width, images, new int[count], ClassNames);
        var batch = new ImageBatch(set, Normalization);
        batch.Select([.. Enumerable.Range(0, count)], 0);
        var sink = new LogitSink(count, Classes);
        _plan.Run(batch, count, sink, cancellation);
        sink.Logits.CopyTo(logits);
    }

    protected override void Dispose(bool disposing)
    {
        _team.Dispose();
        base.Dispose(disposing);
    }
}
