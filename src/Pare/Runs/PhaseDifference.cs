using System.Text.Json.Serialization;
using Pare.Evaluation;

namespace Pare.Runs;

/// <summary>How much more accurate a phase is than the last one that was kept, and how far chance reaches.</summary>
public sealed record PhaseDifference
{
    // Of the normal distribution, and of Student's t as the two-sided confidence that leaves as much to one side.
    private const double OneSidedDeviations = 1.6448536269514722, BothSides = 0.9;

    /// <summary>The phase that it is compared with.</summary>
    public required string Against { get; init; }

    /// <summary>The images that they are judged by: <c>validation</c>, or <c>test</c> without a validation split.</summary>
    public required string On { get; init; }

    /// <summary>The difference of the accuracies, -1 to 1; of several seeds its mean.</summary>
    [JsonConverter(typeof(SixDigits))]
    public required double Change { get; init; }

    /// <summary>How far the change lies below its true value at most one time in twenty: a one-sided bound of 95 %.</summary>
    [JsonConverter(typeof(SixDigits))]
    public required double Reach { get; init; }

    /// <summary>What the phase may lose: the share of the tolerance that it saves of the parameters.</summary>
    [JsonConverter(typeof(SixDigits))]
    public double Allowed { get; init; }

    /// <summary>What the bound was found from, and so what it covers.</summary>
    public required DifferenceBasis Basis { get; init; }

    /// <summary>Why the images are not compared pair by pair where they could be; null, and not written, where they are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Unpaired { get; init; }

    /// <summary>Whether more is lost than allowed, by more than chance explains.</summary>
    [JsonIgnore]
    public bool IsTooMuch => Rounding.IsBelow(Change + Reach, -Allowed);

    /// <summary>Of two runs of one seed, image by image.</summary>
    /// <param name="against">The phase that the first network is of.</param>
    /// <param name="on">The images.</param>
    /// <param name="pairs">The answers.</param>
    internal static PhaseDifference Of(string against, string on, McNemar pairs) => new()
    {
        Against = against,
        On = on,
        Change = pairs.Difference,
        Reach = pairs.Reach,
        Basis = DifferenceBasis.Images,
    };

    /// <summary>
    /// Of runs of several seeds, by Student's t of the differences seed by seed. Accuracies change by whole images, so that differences
    /// which happen to be equal scatter by one image.
    /// </summary>
    /// <param name="against">The phase that the first runs are of.</param>
    /// <param name="on">The images.</param>
    /// <param name="first">The accuracies of its runs, two or more.</param>
    /// <param name="second">Those of the phase, of the same seeds in the same order.</param>
    /// <param name="images">How many images there are.</param>
    /// <exception cref="ArgumentException">The counts differ, or there is one seed only.</exception>
    internal static PhaseDifference OfSeeds(string against, string on, IReadOnlyList<double> first, IReadOnlyList<double> second,
        int images)
    {
        var differences = SeedSummary.OfDifferences(second, first);
        return new PhaseDifference
        {
            Against = against,
            On = on,
            Change = differences.Mean,
            Reach = ReachOfSeeds(differences, images) ?? throw new ArgumentException("There is one seed.", nameof(first)),
            Basis = DifferenceBasis.Seeds,
        };
    }

    /// <summary>
    /// Of accuracies that were measured on images of their own, or as if they had been: Newcombe's bound of the difference of two shares,
    /// from Wilson's of each, with several seeds what they scatter beside it, and one image, since answers change by whole ones.
    /// </summary>
    /// <param name="against">The phase that the first accuracies are of.</param>
    /// <param name="on">The images.</param>
    /// <param name="first">Its accuracies, one per seed.</param>
    /// <param name="firstImages">How many images they were measured on.</param>
    /// <param name="second">The phase's, of the same seeds in the same order.</param>
    /// <param name="secondImages">How many images these were measured on.</param>
    /// <param name="why">Why they are not compared image by image.</param>
    /// <exception cref="ArgumentException">The counts differ, or there is no seed.</exception>
    /// <remarks>
    /// Source: Robert Newcombe, Statistics in Medicine 17 (1998), 873, method 10. Of several seeds the images count as the same for each,
    /// as they are; where a scatter of the seeds has them in it already, the bound is too wide.
    /// </remarks>
    internal static PhaseDifference OfAccuracies(string against, string on, IReadOnlyList<double> first, int firstImages,
        IReadOnlyList<double> second, int secondImages, string why)
    {
        var differences = SeedSummary.OfDifferences(second, first);
        double before = first.Average(), now = second.Average();
        double down = before - Wilson.Interval(before, firstImages, OneSidedDeviations).Low;
        double up = Wilson.Interval(now, secondImages, OneSidedDeviations).High - now;
        int fewest = Math.Min(firstImages, secondImages);
        double? seeds = ReachOfSeeds(differences, fewest);
        return new PhaseDifference
        {
            Against = against,
            On = on,
            Change = differences.Mean,
            Reach = Math.Sqrt((down * down) + (up * up) + ((seeds * seeds) ?? 0)) + (1.0 / fewest),
            Basis = seeds is null ? DifferenceBasis.UnpairedImages : DifferenceBasis.UnpairedSeeds,
            Unpaired = why,
        };
    }

    internal void Check()
    {
        Checks.Text(Against, "against");
        Checks.Text(On, "on");
        Checks.That(double.IsFinite(Change) && Change is >= -1 and <= 1, "change", "is not a difference of accuracies");
        Checks.That(double.IsFinite(Reach) && Reach >= 0, "reach", "is not 0 or more");
        Checks.That(double.IsFinite(Allowed) && Allowed >= 0, "allowed", "is not 0 or more");
        Checks.That(Enum.IsDefined(Basis), "basis", "is none that is known");
    }

    // Null for one seed.
    private static double? ReachOfSeeds(SeedSummary differences, int images) => differences.StandardDeviation is not double deviation ? null
        : StudentT.TwoSidedQuantile(BothSides, differences.Count - 1) * Math.Max(deviation, 1.0 / images) / Math.Sqrt(differences.Count);
}
