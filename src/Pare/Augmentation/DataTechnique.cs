namespace Pare.Augmentation;

/// <summary>
/// A technique that changes the training images. Validation, testing and the recalibration of norms never see it. One's own derive from
/// <see cref="ImageAugmentation"/> or <see cref="BatchMixing"/>.
/// </summary>
public abstract record DataTechnique : Technique
{
    private protected DataTechnique()
    {
    }

    /// <summary>The part of the run's steps after which it is switched off, above 0 up to 1.</summary>
    [Range(0, 1, AboveLeast = true)]
    public float Until { get; init; } = 1;

    /// <summary>
    /// Its place in the chain. A technique of one's own names the place of one of the library's and stands right behind it; several at
    /// one place stand in the order of their keys, whatever the order in which they are named.
    /// </summary>
    public abstract AugmentationOrder Order { get; }

    /// <summary>Views of an image that it gives the loss to compare; 1 where it gives none.</summary>
    internal virtual int Views => 1;

    /// <summary>
    /// Which random numbers are its own: those of the library are numbered, those of others follow from their keys and are negative, so
    /// that the two never meet.
    /// </summary>
    internal long Stream => IsOfLibrary ? (long)Order : StreamOf(Key);

    /// <summary>The first step that goes without it.</summary>
    // In decimal, since 0.8 as a binary number is a little more than that, and its share of 100 steps would be 81 of them.
    internal long EndsAt(long steps) => Until >= 1 ? long.MaxValue : (long)Math.Ceiling((decimal)Until * steps);
}
