namespace Pare.Training.Schedules;

/// <summary>
/// The rising rates of a learning rate range test, which finds the highest rate that still trains. Smith 2015, arXiv 1506.01186, section
/// 3.3.
/// </summary>
/// <remarks>rate i of n = low (high / low)^(i / (n - 1)), or low + (high - low) i / (n - 1) when linear.</remarks>
internal sealed record RangeTest : Schedule
{
    /// <summary>The rate of the first step, above 0.</summary>
    [Range(0, AboveLeast = true)]
    public double LowRate { get; init; } = 1e-5;

    /// <summary>The rate of the last step, at least <see cref="LowRate"/>.</summary>
    [Range(0, AboveLeast = true)]
    public double HighRate { get; init; } = 10;

    /// <summary>Whether the rate rises by equal differences instead of equal ratios.</summary>
    public bool Linear { get; init; }

    /// <inheritdoc/>
    public override Rates At(long step, long steps)
    {
        double progress = steps > 1 ? Math.Min(1, step / (steps - 1.0)) : 0;
        double rate = Linear ? LowRate + ((HighRate - LowRate) * progress) : LowRate * Math.Pow(HighRate / LowRate, progress);
        return new Rates((float)rate);
    }

    /// <inheritdoc/>
    protected override void ValidateSettings()
    {
        CheckRate(LowRate, "low_rate");
        CheckRate(HighRate, "high_rate");
        if (HighRate < LowRate)
            throw new ArgumentException(Invariant($"high_rate is {HighRate}; it must be at least low_rate, {LowRate}."));
    }
}
