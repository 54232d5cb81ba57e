using System.Numerics.Tensors;
using Pare.Execution;
using Pare.Kernels;

namespace Pare.Training.Losses;

/// <summary>
/// Takes a little of each target away from its class and deals it out over all classes. Szegedy et al. 2015, arXiv 1512.00567, section 7.
/// </summary>
/// <remarks>
/// q' = (1 - amount) q + amount / classes. The least possible loss is then the entropy of q', not 0. Validation and test are never
/// smoothed.
/// </remarks>
public sealed record LabelSmoothing : LossTechnique
{
    /// <summary>What is taken away, 0 or more and below 1.</summary>
    [Range(0, 1, BelowMost = true)]
    public float Amount { get; init; } = 0.1f;

    /// <inheritdoc/>
    public override string Key => "label_smoothing";

    /// <inheritdoc/>
    public override bool Acts => Amount > 0;

    /// <summary>q' = (1 - amount) q + amount / classes, in place.</summary>
    /// <param name="targets"><c>[class][lane]</c>; each lane's sum to 1.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="amount">What is taken away, 0 up to 1.</param>
    public static void Smooth(Span<float> targets, int classes, float amount)
    {
        TensorPrimitives.Multiply(targets, 1f - amount, targets);
        TensorPrimitives.Add(targets, amount / classes, targets);
    }

    internal override ILoss Around(ILoss loss, in LossContext context) => new Loss(loss, Amount);

    private sealed class Loss(ILoss inner, float amount) : ILoss
    {
        public void Begin(IBatchSource source, int images, long step) => inner.Begin(source, images, step);

        public (double Loss, double Hits) Run(int first, int images, ReadOnlySpan<float> logits, Span<float> targets, float scale,
            Span<float> dLogits)
        {
            int classes = targets.Length / Simd.Lanes;
            Smooth(targets, classes, amount);
            (double loss, double hits) = inner.Run(first, images, logits, targets, scale, dLogits);

            // Accuracy counts the targets as they were.
            return (loss, (hits - ((double)images * amount / classes)) / (1 - amount));
        }
    }
}
