using Pare.Training.Schedules;

namespace Pare.Training;

/// <summary>Which rates a learning rate range test tries.</summary>
public sealed record RateFinderOptions
{
    /// <summary>Steps, each at a higher rate, 20 or more; below 100 the curve is mostly noise.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>The rate of the first step, above 0.</summary>
    public double MinRate { get; init; } = 1e-5;

    /// <summary>The rate of the last step, above <see cref="MinRate"/>.</summary>
    public double MaxRate { get; init; } = 10;

    /// <summary>The rates in their order.</summary>
    internal RangeTest Schedule => new() { LowRate = MinRate, HighRate = MaxRate };

    /// <summary>Checks the settings.</summary>
    /// <exception cref="RecipeException">A setting is out of range; the error names it.</exception>
    public void Validate()
    {
        if (Steps < 20)
            throw new RecipeException($"{Steps} steps are too few to see a curve.", nameof(Steps),
                "Use 20 or more, better 100.")
            { Setting = nameof(Steps) };
        if (!double.IsFinite(MinRate) || MinRate <= 0)
            throw new RecipeException(Invariant($"The lowest rate is {MinRate}."), nameof(MinRate),
                "Use a number above 0, such as 1e-5.")
            { Setting = nameof(MinRate) };
        if (!double.IsFinite(MaxRate) || MaxRate <= MinRate)
            throw new RecipeException(Invariant($"The highest rate is {MaxRate}, the lowest {MinRate}."), nameof(MaxRate),
                "Use a number above the lowest, such as 10.")
            { Setting = nameof(MaxRate) };
    }
}
