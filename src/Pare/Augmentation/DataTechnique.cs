namespace Pare.Augmentation;

/// <summary>A technique that changes the training images. Validation, testing and the recalibration of norms never see it.</summary>
public abstract record DataTechnique : Technique
{
    private protected DataTechnique()
    {
    }

    /// <summary>The part of the run's steps after which it is switched off, above 0 up to 1.</summary>
    public float Until { get; init; } = 1;

    /// <summary>Where it stands in the chain, and which random numbers are its own.</summary>
    internal abstract AugmentationOrder Order { get; }

    /// <inheritdoc/>
    public sealed override void Validate(RunFacts run)
    {
        ValidateSettings(run);
        if (!(Until is > 0 and <= 1)) throw new ArgumentException($"until is {Until}; it must be above 0 and at most 1.");
    }

    /// <summary>The first step that goes without it.</summary>
    internal long EndsAt(long steps) => Until >= 1 ? long.MaxValue : (long)Math.Ceiling(Until * (double)steps);

    private protected abstract void ValidateSettings(RunFacts run);
}
