using Pare.Training.Schedules;

namespace Pare.Training.Averaging;

/// <summary>
/// Another schedule up to where averaging starts; from there to a constant rate, as PyTorch's SWALR goes, with the momentum of that moment.
/// Izmailov et al. 2018, arXiv 1803.05407.
/// </summary>
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
        long start = (long)Math.Round(Start * steps), anneal = (long)Math.Round(AnnealFraction * steps);
        if (step < start) return Before.At(step, steps);
        Rates then = Before.At(start, steps);
        double progress = step - start < anneal ? (double)(step - start) / anneal : 1;
        return then with { LearningRate = (float)Anneal.Between(then.LearningRate, Rate, progress) };
    }

    /// <inheritdoc/>
    protected override void ValidateSettings() => Before.Validate();
}
