namespace Pare.Augmentation;

/// <summary>
/// A technique that changes one image at a time. Its draws are keyed by the run's seed, the technique, the epoch and the image, so
/// that no thread and no other technique has a say in them.
/// </summary>
/// <remarks>
/// To be derived from: a record with settings, <see cref="Technique.Key"/>, <see cref="DataTechnique.Order"/> and <see cref="Apply"/>.
/// Several threads call it at once, ahead of the step and in no order, so it remembers nothing: what it does follows from its settings, its
/// draws and <see cref="ImageFacts"/> alone. Then the pictures are the same for any number of threads, and after an interruption.
/// </remarks>
public abstract record ImageAugmentation : DataTechnique
{
    /// <summary>For techniques of one's own.</summary>
    protected ImageAugmentation()
    {
    }

    /// <summary>Values of working memory that <see cref="Apply"/> needs; as many as an image has unless said otherwise.</summary>
    /// <param name="run">The run; the shape of the images is in it.</param>
    public virtual int SpareSize(RunFacts run) => run.Channels * run.Height * run.Width;

    /// <summary>Changes an image in place. It should allocate nothing.</summary>
    /// <param name="random">Draws of this technique for this image of this epoch.</param>
    /// <param name="facts">Shape, step, epoch, and which image it is.</param>
    /// <param name="image">
    /// <c>[channel][row][column]</c>; pixels from 0 to 1, or normalized ones, as <see cref="DataTechnique.Order"/> says.
    /// </param>
    /// <param name="spare">Working memory, at least <see cref="SpareSize"/>; holds anything.</param>
    public abstract void Apply(ref SeededRandom random, in ImageFacts facts, Span<float> image, Span<float> spare);
}
