using Pare.Evaluation;
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

    /// <summary>Mean wall time of a run.</summary>
    public double Seconds => Runs.Average(static run => run.Seconds);

    /// <summary>The accuracy on the test set, 0 to 1; null when a run failed.</summary>
    public SeedSummary? Test => Summary(static run => run.TestAccuracy);

    /// <summary>The accuracy on the validation split, 0 to 1; null without one or when a run failed.</summary>
    public SeedSummary? Validation => Summary(static run => run.ValidationAccuracy);

    /// <summary>
    /// The difference to the baseline on the test set, paired by seed; null for the baseline itself, or when a run of either failed.
    /// </summary>
    public SeedSummary? TestDifference => Difference(static run => run.TestAccuracy);

    /// <summary>The difference to the baseline on the validation split, paired by seed; null where there is none.</summary>
    public SeedSummary? ValidationDifference => Difference(static run => run.ValidationAccuracy);

    /// <summary>The balanced accuracy on the test set, 0 to 1; null where its classes are not uneven or a run failed.</summary>
    public SeedSummary? Balanced => Summary(static run => run.BalancedTestAccuracy);

    /// <summary>The difference of the balanced accuracy to the baseline's, paired by seed.</summary>
    public SeedSummary? BalancedDifference => Difference(static run => run.BalancedTestAccuracy);

    /// <summary>
    /// The accuracy on corrupted test images, a quick subset, 0 to 1; null where it was not measured or a run failed.
    /// </summary>
    public SeedSummary? Corrupted => Summary(static run => run.CorruptedAccuracy);

    /// <summary>The difference to the baseline on corrupted test images, paired by seed.</summary>
    public SeedSummary? CorruptedDifference => Difference(static run => run.CorruptedAccuracy);

    /// <summary>
    /// How often chance alone makes <see cref="TestDifference"/> so large in any row of the table, after Holm; null where there is no
    /// difference, one seed, or none of its seeds differs from another.
    /// </summary>
    public double? TestAdjustedP { get; internal init; }

    /// <summary>The same of <see cref="ValidationDifference"/>.</summary>
    public double? ValidationAdjustedP { get; internal init; }

    /// <summary>The same of <see cref="BalancedDifference"/>.</summary>
    public double? BalancedAdjustedP { get; internal init; }

    /// <summary>The same of <see cref="CorruptedDifference"/>.</summary>
    public double? CorruptedAdjustedP { get; internal init; }

    /// <summary>The first run that failed, if any.</summary>
    public AblationRun? Failed => Runs.FirstOrDefault(static run => run.Failure is not null);

    private SeedSummary? Summary(Func<AblationRun, double?> measure) => Values(Runs, measure) is { } values ? SeedSummary.Of(values) : null;

    private SeedSummary? Difference(Func<AblationRun, double?> measure) =>
        !ReferenceEquals(Runs, Baseline) && Values(Runs, measure) is { } values && Values(Baseline, measure) is { } baseline
            ? SeedSummary.OfDifferences(values, baseline) : null;

    private static double[]? Values(IReadOnlyList<AblationRun> runs, Func<AblationRun, double?> measure) =>
        runs.All(run => measure(run) is not null) ? [.. runs.Select(run => measure(run)!.Value)] : null;
}
