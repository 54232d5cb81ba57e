using Pare.Data;
using Pare.Graphs;
using Pare.Quantization;

namespace Pare.Robustness;

/// <summary>A network in 8-bit integers, to the bit as its definition has it.</summary>
internal sealed class QuantizedClassifier(QuantizedGraph graph, int? threads, Network? trained) : ImageClassifier
{
    public override Shape Input => graph.Source.Input.Shape;

    public override int Classes => graph.Source.Output.Shape.Channels;

    public override string Form => Int8;

    public override Network? Network => trained;

    public override Normalization? Normalization => trained is null ? null
        : new Normalization([.. graph.Source.Preprocessing.Mean], [.. graph.Source.Preprocessing.StandardDeviation]);

    public override string Fingerprint => NetworkFingerprint.Of(graph);

    public override void Logits(byte[] images, Span<float> logits, CancellationToken cancellation = default)
    {
        CheckMany(images, logits);
        int size = Input.Count, classes = Classes;
        var all = new float[logits.Length];
        Parallels.For(images.Length / size, i =>
            QuantizedExecutor.Run(graph, images.AsSpan(i * size, size)).Logits.CopyTo(all.AsSpan(i * classes, classes)),
            threads, cancellation);
        all.CopyTo(logits);
    }
}
