namespace Pare.Training.Schedules;

/// <summary>
/// A rate that swings between two bounds, with the momentum going the other way if asked to. Smith 2015, arXiv 1506.01186.
/// </summary>
/// <remarks>
/// With cycles of S steps: cycle = floor(1 + t / S), x = t / S - (cycle - 1), a = x / up, or (1 - x) / (1 - up) once x exceeds up;
/// rate = base + (peak - base) a f, where f is 1, 2^-(cycle - 1) or gamma^t. As in PyTorch, gamma shrinks the height only; in the paper
/// both bounds.
/// </remarks>
public sealed record Cyclical : Schedule
{
    /// <summary>The lower bound, 0 up to <see cref="PeakRate"/>.</summary>
    [Range(0)]
    public double BaseRate { get; init; } = 0.01;

    /// <summary>The upper bound, above 0.</summary>
    [Range(0, AboveLeast = true)]
    public double PeakRate { get; init; } = 0.1;

    /// <summary>Cycles in the run, 1 or more, unless <see cref="CycleSteps"/> sets their length.</summary>
    [Range(1)]
    public int Cycles { get; init; } = 3;

    /// <summary>Steps of a cycle, 2 or more; null for equal cycles that fill the run.</summary>
    [Range(2)]
    public long? CycleSteps { get; init; }

    /// <summary>The share of a cycle in which the rate rises, above 0 and below 1.</summary>
    [Range(0, 1, AboveLeast = true, BelowMost = true)]
    public double UpFraction { get; init; } = 0.5;

    /// <summary>How the height changes from cycle to cycle.</summary>
    public CycleMode Mode { get; init; } = CycleMode.Triangular;

    /// <summary>
    /// The height's factor at each step under <see cref="CycleMode.ExpRange"/>, above 0 up to 1. The 0.99994 of the paper belongs to tens
    /// of thousands of steps.
    /// </summary>
    [Range(0, 1, AboveLeast = true)]
    public double Gamma { get; init; } = 0.9999;

    /// <summary>Whether the momentum cycles too; otherwise the optimizer's own stays.</summary>
    public bool CycleMomentum { get; init; }

    /// <summary>The momentum where the rate is lowest, below 1.</summary>
    [Range(0, 1, BelowMost = true)]
    public double MaxMomentum { get; init; } = 0.9;

    /// <summary>The momentum where the rate is highest, 0 up to <see cref="MaxMomentum"/>.</summary>
    [Range(0, 1, BelowMost = true)]
    public double BaseMomentum { get; init; } = 0.8;

    /// <inheritdoc/>
    public override Rates At(long step, long steps)
    {
        double now = Math.Min(step, steps), length = CycleSteps ?? (double)steps / Cycles;
        double cycle = Math.Floor(1 + (now / length)), x = 1 + (now / length) - cycle;
        double height = x <= UpFraction ? x / UpFraction : (1 - x) / (1 - UpFraction);
        height *= Mode switch
        {
            CycleMode.Triangular2 => Math.Pow(2, 1 - cycle),
            CycleMode.ExpRange => Math.Pow(Gamma, now),
            _ => 1,
        };
        return new Rates(
            (float)(BaseRate + ((PeakRate - BaseRate) * height)),
            CycleMomentum ? (float)(MaxMomentum - ((MaxMomentum - BaseMomentum) * height)) : null);
    }

    internal override string? TooShort(RunLength run) => CycleSteps is not { } length
        ? Cycles <= run.Steps / 2 ? null : $"cycles is {Cycles}, and the run's steps are {run.Steps}: a cycle takes two or more"
        : length <= run.Steps ? null : $"cycle_steps is {length}, and the run has {run.Steps}: it ends within its first cycle";

    /// <inheritdoc/>
    protected override void ValidateSettings()
    {
        CheckRate(PeakRate, "peak_rate");
        CheckFloor(BaseRate, "base_rate", PeakRate, "peak_rate");
        CheckMomentum(BaseMomentum, MaxMomentum);
    }
}
