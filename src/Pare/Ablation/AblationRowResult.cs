using Pare.Runs;

namespace Pare.Ablation;

/// <summary>What the runs of one row came to, beside the baseline's of the same seeds.</summary>
/// <param name="Row">The row.</param>
/// <param name="Runs">One run a seed.</param>
/// <param name="Baseline">The baseline's runs, in the same order.</param>
public sealed record AblationRowResult(AblationRow Row, IReadOnlyList<AblationRun> Runs, IReadOnlyList<AblationRun> Baseline)
{
    /// <summary>Trained parameters.</summary>
    public long Parameters => Runs[0].Parameters;

    /// <summary>Mean wall time of a run, in seconds.</summary>
    public double Seconds => Runs.Average(static run => run.Seconds);

    /// <summary>The accuracy on the test set.</summary>
    public AblationMeasure Test { get; internal init; } = AblationMeasure.Of(Runs, Baseline, static run => run.TestAccuracy);

    /// <summary>The accuracy on the validation split, where there is one.</summary>
    public AblationMeasure Validation { get; internal init; } = AblationMeasure.Of(Runs, Baseline, static run => run.ValidationAccuracy);

    /// <summary>The balanced accuracy on the test set, where its classes are uneven.</summary>
    public AblationMeasure Balanced { get; internal init; } = AblationMeasure.Of(Runs, Baseline, static run => run.BalancedTestAccuracy);

    /// <summary>The accuracy on corrupted test images, a quick subset, where it was measured.</summary>
    public AblationMeasure Corrupted { get; internal init; } = AblationMeasure.Of(Runs, Baseline, static run => run.CorruptedAccuracy);

    /// <summary>What choices are made by: the validation split, or without a difference there the test set.</summary>
    internal AblationMeasure Decisive => Validation.Difference is null ? Test : Validation;

    /// <summary>The first run that failed, if any.</summary>
    public AblationRun? Failed => Runs.FirstOrDefault(static run => run.Failure is not null);

    /// <summary>That runs failed, such as <c>seed 1 failed</c> or <c>2 of 3 seeds failed</c>; null where none did.</summary>
    internal string? Failures => Runs.Count(static run => run.Failure is not null) switch
    {
        0 => null,
        1 => Invariant($"seed {Failed!.Seed} failed"),
        int failed => Invariant($"{failed} of {Runs.Count} seeds failed"),
    };
}
