using Pare.Execution;
using Pare.Kernels;

namespace Pare.Training.Losses;

/// <summary>
/// Multiplies the cross entropy of an image by the weight of its class, so that classes of few images count as much as those of many.
/// King, Zeng 2001, Logistic Regression in Rare Events Data.
/// </summary>
/// <remarks>
/// L = -1/images sum over images n and classes k of w[k] q[n,k] log p[n,k], with targets q as mixing and smoothing have left them. Only
/// the cross entropy is weighted: not what a teacher, a comparison of views or a loss of one's own adds. Validation and test are never
/// weighted.
/// </remarks>
public sealed record ClassWeights : LossTechnique
{
    /// <summary>
    /// Weights are in proportion to images^-power, 0 to 1. At 1 all classes count the same, at 0.5 weights are inverse square roots; 0 is
    /// off.
    /// </summary>
    [Range(0, 1)]
    public float Power { get; init; } = 1;

    /// <inheritdoc/>
    public override string Key => "class_weights";

    /// <inheritdoc/>
    public override bool Acts => Power > 0;

    /// <summary>
    /// w[k] = images[k]^-power times the factor with which the mean over all images is 1: with a power of 1, images / (classes images[k]).
    /// A class without images is not counted among the classes and has weight 1.
    /// </summary>
    /// <param name="images">Training images of each class.</param>
    /// <param name="power">0 to 1.</param>
    public static double[] Of(IReadOnlyList<int> images, double power)
    {
        double mean = images.Where(static count => count > 0).DefaultIfEmpty(1).Average();

        // Relative to the mean, so that even classes have a weight of exactly 1.
        double[] weights = [.. images.Select(count => count == 0 ? 1 : Math.Pow(mean / count, power))];
        double factor = images.Sum(static count => (double)count) / images.Zip(weights, static (count, weight) => count * weight).Sum();
        return [.. images.Zip(weights, (count, weight) => count == 0 ? 1 : factor * weight)];
    }

    internal override bool IsInnermost => true;

    internal override ILoss Around(ILoss loss, in LossContext context) => new Loss(Of(context.ClassImages!, Power));

    private sealed class Loss(double[] weights) : ILoss
    {
        public (double Loss, double Hits) Run(int first, int images, ReadOnlySpan<float> logits, Span<float> targets, float scale,
            Span<float> dLogits) =>
            SoftmaxCrossEntropy.Run(logits, targets, Simd.Lanes, images, scale, dLogits, weights);
    }
}
