namespace Pare.Training.Schedules;

/// <summary>A schedule that may start with a linear warm-up. Goyal et al. 2017, arXiv 1706.02677, section 2.2.</summary>
public abstract record WarmedSchedule : Schedule
{
    private protected WarmedSchedule()
    {
    }

    /// <summary>
    /// Steps over which the rate climbs in equal parts, from above 0, to where the schedule proper starts; the rest of the run is
    /// the schedule's. 0 for none.
    /// </summary>
    [Range(0)]
    public long WarmupSteps { get; init; }

    /// <inheritdoc/>
    public sealed override Rates At(long step, long steps)
    {
        // A run that is shorter than its warm-up ends while it still climbs.
        double length = Math.Max(1, steps - WarmupSteps);
        double rate = step < WarmupSteps
            ? RateAt(0, length) * (step + 1) / (WarmupSteps + 1)
            : RateAt(Math.Min(step - WarmupSteps, length), length);
        return new Rates((float)rate);
    }

    internal override string? TooShort(RunLength run) => WarmupSteps < run.Steps ? null
        : $"warmup_steps is {WarmupSteps}, and the run has {run.Steps}: it ends before its learning rate is reached";

    /// <summary>The rate without warm-up.</summary>
    /// <param name="step">Steps since the end of the warm-up, 0 up to <paramref name="steps"/>.</param>
    /// <param name="steps">Steps from the end of the warm-up to the end of the run, 1 or more.</param>
    private protected abstract double RateAt(double step, double steps);
}
