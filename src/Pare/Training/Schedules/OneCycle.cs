namespace Pare.Training.Schedules;

/// <summary>
/// One cycle: up to a high rate, then down far below the start, with the momentum going the other way. Smith, Topin 2017, arXiv 1708.07120.
/// </summary>
/// <remarks>
/// As PyTorch's OneCycleLR: with init = peak / div and T steps, the rate rises from init to peak at step p = warm-up T - 1, which may be
/// fractional, and falls to init / final div at step T - 1. With three phases, the paper's form, it is back at init at step 2 p first.
/// Where p is 0 or less there is no warm-up.
/// </remarks>
public sealed record OneCycle : Schedule
{
    /// <summary>The highest rate, above 0.</summary>
    [Range(0, AboveLeast = true)]
    public double PeakRate { get; init; } = 0.1;

    /// <summary>The share of the run in which the rate rises, 0 up to 1, or 0.5 with three phases.</summary>
    [Range(0, 1)]
    public double WarmupFraction { get; init; } = 0.3;

    /// <summary>The peak is this many times the rate at the start, 1 or more.</summary>
    [Range(1)]
    public double Div { get; init; } = 25;

    /// <summary>The rate at the start is this many times the one at the end, 1 or more.</summary>
    [Range(1)]
    public double FinalDiv { get; init; } = 1e4;

    /// <summary>The curve between the corners.</summary>
    public Anneal Anneal { get; init; } = Anneal.Cosine;

    /// <summary>Whether the fall takes as long as the rise, with a third phase down to the end.</summary>
    public bool ThreePhase { get; init; }

    /// <summary>Whether the momentum cycles too; otherwise the optimizer's own stays.</summary>
    public bool CycleMomentum { get; init; } = true;

    /// <summary>The momentum where the rate is lowest, below 1.</summary>
    [Range(0, 1, BelowMost = true)]
    public double MaxMomentum { get; init; } = 0.95;

    /// <summary>The momentum where the rate is highest, 0 up to <see cref="MaxMomentum"/>.</summary>
    [Range(0, 1, BelowMost = true)]
    public double BaseMomentum { get; init; } = 0.85;

    /// <inheritdoc/>
    public override Rates At(long step, long steps)
    {
        double initial = PeakRate / Div, final = initial / FinalDiv;
        double peak = (WarmupFraction * steps) - 1, last = Math.Max(steps - 1, 0), now = Math.Min(step, last);
        if (now <= peak && peak > 0) return Between(initial, PeakRate, MaxMomentum, BaseMomentum, now / peak);
        if (!ThreePhase) return Between(PeakRate, final, BaseMomentum, MaxMomentum, Progress(now, peak, last));
        double back = 2 * peak;
        if (now <= back && back > 0) return Between(PeakRate, initial, BaseMomentum, MaxMomentum, Progress(now, peak, back));
        return Between(initial, final, MaxMomentum, MaxMomentum, Progress(now, back, last));
    }

    /// <inheritdoc/>
    protected override void ValidateSettings()
    {
        CheckRate(PeakRate, "peak_rate");
        if (ThreePhase && WarmupFraction > 0.5)
            throw new ArgumentException(Invariant($"warmup_fraction is {WarmupFraction}; with three_phase it must be from 0 to 0.5."));
        CheckMomentum(BaseMomentum, MaxMomentum);
    }

    internal override string? TooShort(RunLength run) => run.Steps > 1 ? null
        : "the run has a single step, which is taken at the rate of the cycle's end: nothing is learned";

    // A phase of no length lies at the end of a run that is all warm-up.
    private static double Progress(double now, double start, double end) => end > start ? (now - start) / (end - start) : 1;

    private Rates Between(double rate, double nextRate, double momentum, double nextMomentum, double progress) => new(
        (float)Anneal.Between(rate, nextRate, progress),
        CycleMomentum ? (float)Anneal.Between(momentum, nextMomentum, progress) : null);
}
