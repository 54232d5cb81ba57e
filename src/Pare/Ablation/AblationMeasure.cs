using Pare.Evaluation;
using Pare.Runs;

namespace Pare.Ablation;

/// <summary>What one measure, such as the accuracy on the test set, came to in the runs of a row.</summary>
/// <param name="Value">Over the seeds, 0 to 1; null where a run failed or has no such measure.</param>
/// <param name="Difference">
/// The difference to the baseline, paired by seed; null for the baseline itself, and where a run of either has no such measure.
/// </param>
public sealed record AblationMeasure(SeedSummary? Value, SeedSummary? Difference)
{
    /// <summary>
    /// How often chance alone makes <see cref="Difference"/> so large in any row of the table, after Holm; null where there is no
    /// difference, one seed, or none of its seeds differs from another.
    /// </summary>
    public double? AdjustedP { get; internal init; }

    internal static AblationMeasure Of(IReadOnlyList<AblationRun> runs, IReadOnlyList<AblationRun> baseline,
        Func<AblationRun, double?> measure)
    {
        if (Values(runs, measure) is not { } values) return new AblationMeasure(null, null);
        double[]? others = ReferenceEquals(runs, baseline) ? null : Values(baseline, measure);
        return new AblationMeasure(SeedSummary.Of(values), others is null ? null : SeedSummary.OfDifferences(values, others));
    }

    private static double[]? Values(IReadOnlyList<AblationRun> runs, Func<AblationRun, double?> measure) =>
        runs.All(run => measure(run) is not null) ? [.. runs.Select(run => measure(run)!.Value)] : null;
}
