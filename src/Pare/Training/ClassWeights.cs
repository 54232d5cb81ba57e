using Pare.Execution;
using Pare.Kernels;

namespace Pare.Training;

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
    public float Power { get; init; } = 1;

    /// <inheritdoc/>
    public override string Key => "class_weights";

    /// <inheritdoc/>
    public override bool Acts => Power > 0;

    /// <inheritdoc/>
    public override void Validate(RunFacts run) => Check(Power, "power", 0, 1);

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

    /// <summary>
    /// The cross entropy with a weight for each class, -sum over k of w[k] q[k] log p[k], and its gradient (sum of w q) p[k] - w[k] q[k].
    /// </summary>
    /// <param name="logits"><c>[class][lane]</c>.</param>
    /// <param name="targets">q, laid out alike; each lane's sum to 1.</param>
    /// <param name="weights">w, one per class.</param>
    /// <param name="lanes">Lanes of a vector.</param>
    /// <param name="images">Lanes that hold an image; the others get gradient 0.</param>
    /// <param name="scale">Factor on the gradient.</param>
    /// <param name="dLogits">Laid out like <paramref name="logits"/>.</param>
    /// <returns>The sum of the losses, and of the unweighted targets of the classes with the largest logit.</returns>
    public static (double Loss, double Hits) CrossEntropy(ReadOnlySpan<float> logits, ReadOnlySpan<float> targets,
        ReadOnlySpan<double> weights, int lanes, int images, float scale, Span<float> dLogits)
    {
        double loss = 0, hits = 0;
        dLogits.Clear();
        for (int lane = 0; lane < images; lane++)
        {
            (int best, double logSum) = SoftmaxCrossEntropy.Normalizer(logits, lanes, lane);
            double max = logits[(best * lanes) + lane];

            // The sum of w q: as q sums to 1 but for rounding, weights of 1 leave the bits of the cross entropy without weights.
            double sum = 1;
            for (int k = 0; k < weights.Length; k++) sum += (weights[k] - 1) * targets[(k * lanes) + lane];
            for (int k = 0; k < weights.Length; k++)
            {
                double logProbability = logits[(k * lanes) + lane] - max - logSum, weighted = weights[k] * targets[(k * lanes) + lane];
                if (weighted != 0) loss -= weighted * logProbability;
                dLogits[(k * lanes) + lane] = (float)(scale * ((sum * Math.Exp(logProbability)) - weighted));
            }

            if (!double.IsNaN(logSum)) hits += targets[(best * lanes) + lane];
        }

        return (loss, hits);
    }

    internal override bool IsInnermost => true;

    internal override ILoss Around(ILoss loss, in LossContext context) => new Loss(Of(context.ClassImages!, Power));

    private sealed class Loss(double[] weights) : ILoss
    {
        public (double Loss, double Hits) Run(int first, int images, ReadOnlySpan<float> logits, Span<float> targets, float scale,
            Span<float> dLogits) =>
            CrossEntropy(logits, targets, weights, Simd.Lanes, images, scale, dLogits);
    }
}
