using Pare.Graphs;
using Pare.Robustness;

namespace Pare.Inference;

/// <summary>A model of which only the lowered network is known, such as one from an ONNX file: image by image.</summary>
internal sealed class LoweredClassifier(Model model, int? threads) : ImageClassifier
{
    public override Shape Input => model.Input;

    public override int Classes => model.Classes.Count;

    // Of an ONNX file in integers: its maps are rounded as it says.
    public override string Form => model.Graph.RoundsToIntegers ? Int8 : Float;

    public override string Fingerprint => NetworkFingerprint.Of(model.Graph);

    public override void Logits(byte[] images, Span<float> logits, CancellationToken cancellation = default)
    {
        CheckMany(images, logits);
        int size = Input.Count, classes = Classes;
        var all = new float[logits.Length];
        Parallels.For(images.Length / size, i => model.Logits(images.AsSpan(i * size, size), all.AsSpan(i * classes, classes)), threads,
            cancellation);
        all.CopyTo(logits);
    }
}
