namespace Pare.Training.Schedules;

/// <summary>
/// Cosine waves one after another, each starting at the highest rate again (SGDR). Loshchilov, Hutter 2016, arXiv 1608.03983.
/// </summary>
/// <remarks>The paper sets the length of the first cycle; here their number is set, and they fill the run.</remarks>
public sealed record CosineRestarts : WarmedSchedule
{
    private const int MostCycles = 1_000;

    // How many times as long as the first cycle the last may be.
    private const double MostTimes = 1e15;

    /// <summary>The rate at the start of each cycle, above 0.</summary>
    [Range(0, AboveLeast = true)]
    public double Rate { get; init; } = 0.1;

    /// <summary>The rate towards which each cycle falls, 0 up to <see cref="Rate"/>.</summary>
    [Range(0)]
    public double MinRate { get; init; }

    /// <summary>Cycles in the run, 1 to 1,000.</summary>
    [Range(1, MostCycles)]
    public int Cycles { get; init; } = 3;

    /// <summary>The length of a cycle as a multiple of the one before it, 1 or more; T_mult of the paper.</summary>
    [Range(1)]
    public double Growth { get; init; } = 2;

    /// <inheritdoc/>
    protected override void ValidateSettings()
    {
        CheckRate(Rate, "rate");
        CheckFloor(MinRate, "min_rate", Rate, "rate");
        if (Math.Pow(Growth, Cycles) > MostTimes)
            throw new ArgumentException(
                Invariant($"growth is {Growth}; in {Cycles} cycles the last is then longer than any run beside the first."));
    }

    // Of the first cycle's length the run is so many times as long.
    private double Parts => Enumerable.Range(0, Cycles).Sum(cycle => Math.Pow(Growth, cycle));

    internal override string? TooShort(RunLength run) => base.TooShort(run) ?? (Parts <= run.Steps - WarmupSteps ? null
        : $"cycles is {Cycles}, and the run's steps are {run.Steps}: the first cycle is shorter than one");

    private protected override double RateAt(double step, double steps)
    {
        double start = 0, length = steps / Parts;
        for (int i = 1; i < Cycles && step >= start + length; i++)
        {
            start += length;
            length *= Growth;
        }

        return Anneal.Cosine.Between(Rate, MinRate, Math.Min(1, (step - start) / length));
    }
}
