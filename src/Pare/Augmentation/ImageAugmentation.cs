namespace Pare.Augmentation;

/// <summary>
/// A technique that changes one image at a time. Its draws are keyed by the run's seed, the technique, the epoch and the image, so
/// that no thread and no other technique has a say in them.
/// </summary>
public abstract record ImageAugmentation : DataTechnique
{
    private protected ImageAugmentation()
    {
    }

    /// <summary>Values of working memory that <see cref="Apply"/> needs.</summary>
    internal virtual int SpareSize(RunFacts run) => run.Channels * run.Height * run.Width;

    /// <summary>Changes an image in place.</summary>
    /// <param name="random">Draws of this technique for this image of this epoch.</param>
    /// <param name="run">The shape of the image.</param>
    /// <param name="image">
    /// <c>[channel][row][column]</c>; pixels from 0 to 1, or normalized ones, as <see cref="DataTechnique.Order"/> says.
    /// </param>
    /// <param name="spare">Working memory, at least <see cref="SpareSize"/>; holds anything.</param>
    internal abstract void Apply(ref SeededRandom random, RunFacts run, Span<float> image, Span<float> spare);

    /// <summary>Refuses what is no probability.</summary>
    private protected static void CheckProbability(float probability) => Check(probability, "probability", 0, 1);
}
