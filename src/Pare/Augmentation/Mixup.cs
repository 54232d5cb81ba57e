using System.Numerics.Tensors;

namespace Pare.Augmentation;

/// <summary>Trains on blends of two images and of their targets. Zhang et al. 2017, arXiv 1710.09412.</summary>
/// <remarks>
/// x = share own + (1 - share) partner with share = max(lambda, 1 - lambda), lambda from Beta(alpha, alpha), one per batch; partners are
/// a permutation of the batch. The larger share stays with the own image, which gives the same pairs.
/// </remarks>
public sealed record Mixup : BatchMixing
{
    /// <summary>
    /// Both shapes of the Beta distribution, above 0: near 0 hardly anything is blended, 1 makes all shares equally likely.
    /// </summary>
    public float Alpha { get; init; } = 0.2f;

    /// <inheritdoc/>
    public override string Key => "mixup";

    /// <inheritdoc/>
    public override AugmentationOrder Order => AugmentationOrder.Mixup;

    /// <summary>mixed = share own + (1 - share) partner.</summary>
    /// <param name="own">An image, or its target.</param>
    /// <param name="partner">Another of the same length.</param>
    /// <param name="share">Weight of <paramref name="own"/>, 0 to 1.</param>
    /// <param name="mixed">The result; overlaps neither.</param>
    public static void Blend(ReadOnlySpan<float> own, ReadOnlySpan<float> partner, float share, Span<float> mixed)
    {
        TensorPrimitives.Multiply(own, share, mixed);
        TensorPrimitives.MultiplyAdd(partner, 1 - share, mixed, mixed);
    }

    /// <inheritdoc/>
    public override BatchMix Draw(ref SeededRandom random, RunFacts run, StepFacts step)
    {
        double lambda = random.NextBeta(Alpha, Alpha);
        return new BatchMix((float)Math.Max(lambda, 1 - lambda), default);
    }

    /// <inheritdoc/>
    public override void Mix(BatchMix mix, RunFacts run, ReadOnlySpan<float> own, ReadOnlySpan<float> partner, Span<float> mixed) =>
        Blend(own, partner, mix.Share, mixed);

    /// <inheritdoc/>
    protected override void ValidateSettings(RunFacts run)
    {
        if (!(Alpha > 0 && float.IsFinite(Alpha)))
            throw new ArgumentException(Invariant($"alpha is {Alpha}; it must be above 0. To leave Mixup off, write mixup: false."));
    }
}
