namespace Pare.Training.Schedules;

/// <summary>One rate from start to end.</summary>
public sealed record Constant : WarmedSchedule
{
    /// <summary>The rate, above 0.</summary>
    [Range(0, AboveLeast = true)]
    public double Rate { get; init; } = 0.1;

    /// <inheritdoc/>
    protected override void ValidateSettings() => CheckRate(Rate, "rate");

    private protected override double RateAt(double step, double steps) => Rate;
}
