namespace Pare.Training.Schedules;

/// <summary>One rate from start to end.</summary>
public sealed record Constant : WarmedSchedule
{
    /// <summary>The rate, above 0.</summary>
    public double Rate { get; init; } = 0.1;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        CheckRate(Rate, "rate");
    }

    private protected override double RateAt(double step, double steps) => Rate;
}
