namespace Pare.Training.Schedules;

/// <summary>Half a cosine wave from the highest rate to the lowest. Loshchilov, Hutter 2016, arXiv 1608.03983, without restarts.</summary>
/// <remarks>
/// rate = min + (max - min) (1 + cos(pi t / T)) / 2 in closed form; after T it stays at min, where PyTorch's rises again.
/// </remarks>
public sealed record Cosine : WarmedSchedule
{
    /// <summary>The rate at the start, above 0.</summary>
    [Range(0, AboveLeast = true)]
    public double Rate { get; init; } = 0.1;

    /// <summary>The rate towards which it falls, 0 up to <see cref="Rate"/>.</summary>
    [Range(0)]
    public double MinRate { get; init; }

    /// <inheritdoc/>
    protected override void ValidateSettings()
    {
        CheckRate(Rate, "rate");
        CheckFloor(MinRate, "min_rate", Rate, "rate");
    }

    private protected override double RateAt(double step, double steps) => Anneal.Cosine.Between(Rate, MinRate, step / steps);
}
