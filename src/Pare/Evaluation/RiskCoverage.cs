namespace Pare.Evaluation;

/// <summary>
/// How often a network errs where it answers only for the images that it is surest of: the share of images that it answers for is the
/// coverage, the share of these that are wrong the risk. Geifman and El-Yaniv 2017, arXiv 1705.08500.
/// </summary>
/// <remarks>
/// Of images with the same confidence none is surer: within them errors are spread evenly, so that no order of the images matters.
/// </remarks>
internal sealed class RiskCoverage
{
    // Errors among the surest i images, i from 0.
    private readonly double[] _errors;

    private RiskCoverage(double[] errors) => _errors = errors;

    /// <summary>Images.</summary>
    public int Count => _errors.Length - 1;

    /// <summary>
    /// The area under the curve: the mean over i = 1 to all images of the share that is wrong of the i surest; 0 to 1, less is better.
    /// </summary>
    public double Area
    {
        get
        {
            double sum = 0;
            for (int i = 1; i <= Count; i++) sum += _errors[i] / i;
            return sum / Count;
        }
    }

    /// <summary>Sorts images by confidence.</summary>
    /// <param name="confidences">One per image.</param>
    /// <param name="correct">Whether the image is right.</param>
    /// <exception cref="ArgumentException">The lengths differ, there is no image, or a confidence is NaN.</exception>
    public static RiskCoverage Of(ReadOnlySpan<double> confidences, ReadOnlySpan<bool> correct)
    {
        if (confidences.Length != correct.Length)
            throw new ArgumentException($"There are {confidences.Length} confidences for {correct.Length} images.", nameof(correct));
        if (confidences.IsEmpty) throw new ArgumentException("There is no image to measure.", nameof(confidences));
        double[] sorted = confidences.ToArray();
        bool[] wrong = [.. correct.ToArray().Select(static right => !right)];
        if (sorted.Any(double.IsNaN)) throw new ArgumentException("A confidence is NaN.", nameof(confidences));
        Array.Sort(sorted, wrong);
        Array.Reverse(sorted);
        Array.Reverse(wrong);
        return new RiskCoverage(Calibration.Running(sorted, wrong));
    }

    /// <summary>The accuracy of the surest images, 0 to 1.</summary>
    /// <param name="coverage">
    /// Their share of all, above 0, 1 at most; at least one image counts, and parts of an image count as a whole.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The coverage is out of range.</exception>
    public double AccuracyAt(double coverage)
    {
        if (coverage is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(coverage), coverage, "A coverage is above 0, and 1 at most.");

        // 90 % of 10 images are 9, whatever 0.9 is in binary.
        int images = Math.Clamp((int)Math.Ceiling((coverage * Count) - 1e-9), 1, Count);
        return 1 - (_errors[images] / images);
    }

    /// <summary>The curve in so many points at most, evenly spread: coverage and risk, 0 to 1 each.</summary>
    /// <param name="most">1 or more.</param>
    public IReadOnlyList<RiskPoint> Curve(int most = 100)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most);
        int points = Math.Min(most, Count);
        return [.. Enumerable.Range(1, points).Select(i => (int)((long)i * Count / points))
            .Select(images => new RiskPoint((double)images / Count, _errors[images] / images))];
    }
}
