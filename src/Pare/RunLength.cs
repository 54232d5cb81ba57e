namespace Pare;

/// <summary>How a run's steps are numbered.</summary>
/// <param name="Seed">The run's seed, which techniques of one's own draw from.</param>
/// <param name="StepsPerEpoch">Steps of an epoch.</param>
/// <param name="Steps">All steps.</param>
internal readonly record struct RunLength(long Seed, int StepsPerEpoch, long Steps)
{
    /// <summary>Where steps are taken without a run, to measure them: all of one epoch.</summary>
    public static RunLength Unknown => new(0, int.MaxValue, int.MaxValue);

    /// <summary>A step, counted from 0.</summary>
    public StepFacts At(long step) => new(step, (int)(step / StepsPerEpoch) + 1, Steps);
}
