using Pare.Training.Schedules;

namespace OwnTechnique;

/// <summary>
/// Up in a straight line, a long stretch at the peak, and down to 0 in a straight line. Hägele et al. 2024, arXiv 2405.18392.
/// </summary>
public sealed record Trapezoid : Schedule
{
    /// <summary>The rate at the peak, above 0.</summary>
    public double PeakRate { get; init; } = 0.1;

    /// <summary>The part of the run in which the rate rises.</summary>
    public double Rise { get; init; } = 0.1;

    /// <summary>The part of the run in which it falls; with <see cref="Rise"/> at most 1.</summary>
    public double Fall { get; init; } = 0.3;

    /// <inheritdoc/>
    public override Rates At(long step, long steps)
    {
        double now = (Math.Min(step, steps - 1) + 0.5) / steps;
        double up = Rise > 0 ? now / Rise : 1, down = Fall > 0 ? (1 - now) / Fall : 1;
        return new Rates((float)(PeakRate * Math.Min(1, Math.Min(up, down))));
    }

    /// <inheritdoc/>
    protected override void ValidateSettings()
    {
        if (!(PeakRate > 0 && double.IsFinite(PeakRate))) throw new ArgumentException($"peak_rate is {PeakRate}; it must be above 0.");
        if (!(Rise >= 0 && Fall >= 0 && Rise + Fall <= 1))
            throw new ArgumentException($"rise is {Rise} and fall {Fall}; they must be 0 or more, and together at most 1.");
    }
}
