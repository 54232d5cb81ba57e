using System.Diagnostics.CodeAnalysis;

namespace Pare.Training.Schedules;

/// <summary>
/// A learning rate over a run, as a pure function of the step: it remembers nothing, so a resumed run agrees with one that
/// was never interrupted.
/// </summary>
[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)]
public abstract record Schedule
{
    /// <summary>The rates of one step, found before the step is taken.</summary>
    /// <param name="step">The step, counted from 0.</param>
    /// <param name="steps">All steps of the run, 1 or more. Later steps keep the rates at which the schedule ends.</param>
    public abstract Rates At(long step, long steps);

    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentException">A setting is out of range, or two contradict each other.</exception>
    public void Validate()
    {
        SettingRanges.Check(GetType(), this);
        ValidateSettings();
    }

    /// <summary>Checks what no range of a single setting says.</summary>
    /// <exception cref="ArgumentException">Two settings contradict each other.</exception>
    protected virtual void ValidateSettings()
    {
    }

    /// <summary>What a run is too short for, as the schedule is set; null for nothing.</summary>
    internal virtual string? TooShort(RunLength run) => null;

    // Steps are taken in single precision.
    private protected static void CheckRate(double value, string name)
    {
        if ((float)value is 0 or float.PositiveInfinity)
            throw new ArgumentException(Invariant($"{name} is {value}, which a number of 32 bits cannot be."));
    }

    private protected static void CheckFloor(double low, string lowName, double high, string highName)
    {
        if (low > high)
            throw new ArgumentException(Invariant($"{lowName} is {low}; it must be at most {highName}, {high}."));
    }

    private protected static void CheckMomentum(double low, double high)
    {
        if (low > high)
            throw new ArgumentException(Invariant($"base_momentum is {low} and max_momentum {high}; it must be at most that."));
    }
}
