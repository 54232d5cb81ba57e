using Pare.Execution;
using Pare.Kernels;

namespace Pare.Training.Losses;

/// <summary>Puts an <see cref="ImageLoss"/> beside a loss or in its place, image by image.</summary>
internal sealed class OwnLoss(ImageLoss technique, ILoss inner, LossContext context) : ILoss
{
    private readonly RunLength _length = context.Length ?? RunLength.Unknown;
    private readonly long _stream = Technique.StreamOf(technique.Key);
    private StepFacts _step;

    public void Begin(IBatchSource source, int images, long step)
    {
        _step = _length.At(step);
        inner.Begin(source, images, step);
    }

    public (double Loss, double Hits) Run(int first, int images, ReadOnlySpan<float> logits, Span<float> targets, float scale,
        Span<float> dLogits)
    {
        // What the targets are changed to is told by the losses within, and so is how many images are right.
        (double loss, double hits) = inner.Run(first, images, logits, targets, scale, dLogits);
        if (technique.Replaces)
        {
            // Outputs that are no numbers stay told, whatever the other loss makes of them.
            loss = double.IsNaN(loss) ? loss : 0;
            dLogits.Clear();
        }

        int classes = logits.Length / Simd.Lanes;
        Span<float> spare = ImageLanes.Spare(3 * classes), said = spare[..classes], wanted = spare.Slice(classes, classes);
        Span<float> gradient = spare[(2 * classes)..];
        for (int lane = 0; lane < images; lane++)
        {
            ImageLanes.Take(logits, lane, said);
            ImageLanes.Take(targets, lane, wanted);
            gradient.Clear();
            loss += technique.Add(LossFacts.Of(_length, _stream, _step, first + lane), said, wanted, gradient);
            for (int i = 0, at = lane; i < classes; i++, at += Simd.Lanes) dLogits[at] += scale * gradient[i];
        }

        return (loss, hits);
    }
}
