using System.Numerics.Tensors;
using Pare.Execution;
using Pare.Kernels;

namespace Pare.Training.Losses;

/// <summary>Puts a <see cref="TargetTechnique"/> before a loss, image by image.</summary>
internal sealed class OwnTargets(TargetTechnique technique, ILoss inner, LossContext context) : ILoss
{
    // Far above what rounding makes of a thousand classes.
    private const float Tolerance = 1e-3f;

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
        Span<float> image = ImageLanes.Spare(logits.Length / Simd.Lanes);
        double hits = 0;
        for (int lane = 0; lane < images; lane++)
        {
            ImageLanes.Take(targets, lane, image);

            // Accuracy counts the targets as they were.
            (int best, double logSum) = SoftmaxCrossEntropy.Normalizer(logits, Simd.Lanes, lane);
            if (!double.IsNaN(logSum)) hits += image[best];
            technique.Apply(LossFacts.Of(_length, _stream, _step, first + lane), image);
            if (!(Math.Abs(TensorPrimitives.Sum<float>(image) - 1) < Tolerance))
                throw new InvalidOperationException($"{technique.Key} left targets that do not sum to 1.");
            ImageLanes.Put(image, lane, targets);
        }

        return (inner.Run(first, images, logits, targets, scale, dLogits).Loss, hits);
    }
}
