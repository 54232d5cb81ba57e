namespace Pare.Augmentation;

/// <summary>
/// A technique that makes each image of a batch from two of them, and mixes their targets in the same shares. Its draws are keyed
/// by the run's seed, the technique and the step. Where several are on, each batch gets one of them, each equally likely.
/// </summary>
public abstract record BatchMixing : DataTechnique
{
    private protected BatchMixing()
    {
    }

    /// <summary>Draws what all images of one batch have in common.</summary>
    internal abstract BatchMix Draw(ref SeededRandom random, RunFacts run);

    /// <summary>Makes one image.</summary>
    /// <param name="mix">What <see cref="Draw"/> gave.</param>
    /// <param name="run">The shape of the images.</param>
    /// <param name="own"><c>[channel][row][column]</c>, the image whose target weighs <see cref="BatchMix.Share"/>.</param>
    /// <param name="partner">The image whose target weighs the rest; may be the same.</param>
    /// <param name="mixed">The result; overlaps neither.</param>
    internal abstract void Mix(BatchMix mix, RunFacts run, ReadOnlySpan<float> own, ReadOnlySpan<float> partner, Span<float> mixed);
}
