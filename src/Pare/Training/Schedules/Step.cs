namespace Pare.Training.Schedules;

/// <summary>
/// A rate that drops by a factor at fixed points of the run, as He et al. 2015, arXiv 1512.03385, train residual networks.
/// </summary>
public sealed record Step : WarmedSchedule
{
    // Of a step: 0.55 of 100 is 55.00000000000001.
    private const double Hair = 1e-6;

    /// <summary>The rate at the start, above 0.</summary>
    [Range(0, AboveLeast = true)]
    public double Rate { get; init; } = 0.1;

    /// <summary>What each drop multiplies the rate by, above 0 and below 1.</summary>
    [Range(0, 1, AboveLeast = true, BelowMost = true)]
    public double Factor { get; init; } = 0.1;

    /// <summary>Where the drops are, as fractions of the run, rising, each above 0 and below 1.</summary>
    public IReadOnlyList<double> Drops { get; init; } = [0.5, 0.75];

    /// <inheritdoc/>
    protected override void ValidateSettings()
    {
        CheckRate(Rate, "rate");
        double last = 0;
        foreach (double drop in Drops)
        {
            if (!(drop > last && drop < 1))
                throw new ArgumentException(Invariant($"drops holds {drop} after {last}; it must rise, above 0 and below 1."));
            last = drop;
        }
    }

    /// <summary>Whether all settings are equal, the drops one by one.</summary>
    public bool Equals(Step? other) => other is not null && WarmupSteps == other.WarmupSteps && Rate.Equals(other.Rate)
        && Factor.Equals(other.Factor) && Drops.SequenceEqual(other.Drops);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(WarmupSteps, Rate, Factor, Drops.Count);

    private protected override double RateAt(double step, double steps) =>
        Rate * Math.Pow(Factor, Drops.Count(drop => step >= (drop * steps) - Hair));
}
