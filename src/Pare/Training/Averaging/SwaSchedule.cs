using Pare.Training.Schedules;

namespace Pare.Training.Averaging;

/// <summary>Another schedule up to where averaging starts; from there to a constant rate, with the momentum of that moment.</summary>
internal sealed record SwaSchedule : Schedule
{
    /// <summary>The schedule of the whole run.</summary>
    public required Schedule Before { get; init; }

    /// <summary>The rate that is held.</summary>
    public required double Rate { get; init; }

    /// <summary>Where averaging starts, as a fraction of the run.</summary>
    public required double Start { get; init; }

    /// <summary>How long the change of rate takes, as a fraction of the run.</summary>
    public required double AnnealFraction { get; init; }

    /// <summary>The curve of the change.</summary>
    public required Anneal Anneal { get; init; }

    /// <inheritdoc/>
    public override Rates At(long step, long steps)
    {
        long start = (long)Math.Round(Start * steps);
        if (step < start) return Before.At(step, steps);
        Rates then = Before.At(start, steps);
        return then with
        {
            LearningRate =
            SwaAnneal.RateAt(step - start, then.LearningRate, Rate, (long)Math.Round(AnnealFraction * steps), Anneal)
        };
    }

    /// <inheritdoc/>
    public override void Validate() => Before.Validate();
}
