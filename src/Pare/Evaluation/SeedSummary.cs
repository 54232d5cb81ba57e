namespace Pare.Evaluation;

/// <summary>What several seeds gave: their mean, how far they scatter, and how sure the mean is.</summary>
/// <param name="Count">Seeds, 1 or more.</param>
/// <param name="Mean">The mean.</param>
/// <param name="StandardDeviation">
/// The sample's, with Count - 1 below the fraction; null for a single seed, and 0 for values that differ by their rounding alone.
/// </param>
public sealed record SeedSummary(int Count, double Mean, double? StandardDeviation)
{
    /// <summary>How sure an interval is, 0 to 1.</summary>
    public const double Confidence = 0.95;

    // Accuracies are kept in six digits or as singles, so that equal differences are up to so far apart; one image of 400,000 is no less.
    private const double Alike = 2.5e-6;

    /// <summary>
    /// How far the 95 % interval of the mean reaches to each side: t s / sqrt(n), t of Student with n - 1 degrees of freedom; null for a
    /// single seed, and for values that are all alike: nothing shows how they scatter.
    /// </summary>
    public double? HalfWidth =>
        StandardDeviation is double deviation and > 0 ? StudentT.TwoSidedQuantile(Confidence, Count - 1) * deviation / Math.Sqrt(Count)
            : null;

    /// <summary>
    /// How often the mean of so many values that truly scatter around 0 lies so far from it, to either side, by Student's t; null for a
    /// single seed, and for values that are all alike and not 0, which show no scatter to hold the mean against.
    /// </summary>
    public double? PValue => StandardDeviation switch
    {
        null => null,
        0 => Math.Abs(Mean) <= Alike ? 1 : null,
        double deviation => StudentT.TwoSidedPValue(Mean / (deviation / Math.Sqrt(Count)), Count - 1),
    };

    /// <summary>Summarizes one value per seed.</summary>
    /// <exception cref="ArgumentException">There is no value.</exception>
    public static SeedSummary Of(IReadOnlyList<double> values)
    {
        if (values.Count == 0) throw new ArgumentException("There is no value to summarize.", nameof(values));
        double mean = values.Average();
        double? deviation = values.Count == 1 ? null : values.Max() - values.Min() <= Alike ? 0
            : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
        return new SeedSummary(values.Count, mean, deviation);
    }

    /// <summary>Summarizes the differences between two ways of training, seed by seed; what both owe to the seed cancels.</summary>
    /// <param name="values">One value per seed.</param>
    /// <param name="baseline">Of the same seeds in the same order.</param>
    /// <exception cref="ArgumentException">The counts differ, or there is no value.</exception>
    public static SeedSummary OfDifferences(IReadOnlyList<double> values, IReadOnlyList<double> baseline)
    {
        if (values.Count != baseline.Count)
            throw new ArgumentException($"There are {values.Count} values for {baseline.Count} of the baseline.", nameof(values));
        return Of([.. values.Zip(baseline, static (value, reference) => value - reference)]);
    }
}
