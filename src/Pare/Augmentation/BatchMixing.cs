namespace Pare.Augmentation;

/// <summary>
/// A technique that makes each image of a batch from two of them, and mixes their targets in the same shares. Its draws are keyed
/// by the run's seed, the technique and the step. Where several are on, each batch gets one of them, each equally likely.
/// </summary>
/// <remarks>
/// To be derived from: a record with settings, <see cref="Technique.Key"/>, <see cref="Draw"/> and <see cref="Mix"/>. Several threads call
/// it at once, ahead of the step and in no order, so it remembers nothing.
/// </remarks>
public abstract record BatchMixing : DataTechnique
{
    /// <summary>For techniques of one's own.</summary>
    protected BatchMixing()
    {
    }

    /// <inheritdoc/>
    public override AugmentationOrder Order => AugmentationOrder.Mix;

    /// <summary>Draws what all images of one batch have in common.</summary>
    /// <param name="random">Draws of this technique for this step.</param>
    /// <param name="run">The shape of the images.</param>
    /// <param name="step">The step that the batch is for.</param>
    /// <returns>A share of 0 up to 1, and a box within the image; with a share of 1 the batch stays as it is.</returns>
    public abstract BatchMix Draw(ref SeededRandom random, RunFacts run, StepFacts step);

    /// <summary>Makes one image. It should allocate nothing.</summary>
    /// <param name="mix">What <see cref="Draw"/> gave.</param>
    /// <param name="run">The shape of the images.</param>
    /// <param name="own">
    /// <c>[channel][row][column]</c>, augmented and normalized: the image whose target weighs <see cref="BatchMix.Share"/>.
    /// </param>
    /// <param name="partner">The image whose target weighs the rest; may be the same.</param>
    /// <param name="mixed">The result, to be written whole; overlaps neither.</param>
    public abstract void Mix(BatchMix mix, RunFacts run, ReadOnlySpan<float> own, ReadOnlySpan<float> partner, Span<float> mixed);
}
