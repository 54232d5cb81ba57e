namespace Pare.Evaluation;

/// <summary>
/// How far a network's confidence (the softmax probability of the class that it predicts) can be trusted: of the images with
/// confidence 0.8, a calibrated one gets 80 % right. Guo et al. 2017, arXiv 1706.04599.
/// </summary>
/// <param name="Bins">Intervals of confidence over 0 to 1, in order.</param>
public sealed record Calibration(IReadOnlyList<CalibrationBin> Bins)
{
    /// <summary>The number of bins that the literature uses.</summary>
    public const int DefaultBins = 15;

    /// <summary>Expected calibration error, 0 to 1: the mean over the images of |accuracy - confidence| of their bin.</summary>
    public double ExpectedError =>
        Bins.Sum(static bin => bin.Images * Math.Abs(bin.Accuracy - bin.Confidence)) / Math.Max(1, Images);

    /// <summary>
    /// The mean of <see cref="ExpectedError"/> that a perfectly calibrated network of these confidences shows on so few images, by chance
    /// alone; about, since all images of a bin are taken to have its mean confidence.
    /// </summary>
    public double ChanceError =>
        Bins.Sum(static bin => bin.Images * Binomial.MeanDeviation(bin.Images, bin.Confidence)) / Math.Max(1, Images);

    /// <summary>The mean confidence less the accuracy, -1 to 1.</summary>
    public double Excess => Bins.Sum(static bin => bin.Images * (bin.Confidence - bin.Accuracy)) / Math.Max(1, Images);

    /// <summary>
    /// How far <see cref="Excess"/> lies from 0 at most one time in twenty, to either side, where a network is calibrated perfectly: 1.96
    /// standard deviations.
    /// </summary>
    public double ExcessByChance =>
        1.96 * Math.Sqrt(Bins.Sum(static bin => bin.Images * bin.Confidence * (1 - bin.Confidence))) / Math.Max(1, Images);

    private int Images => Bins.Sum(static bin => bin.Images);

    /// <summary>Sorts predictions into bins.</summary>
    /// <param name="confidences">One per image, 0 to 1.</param>
    /// <param name="correct">Whether the prediction was right, one per image.</param>
    /// <param name="bins">How many bins.</param>
    public static Calibration Of(ReadOnlySpan<double> confidences, ReadOnlySpan<bool> correct, int bins = DefaultBins)
    {
        var images = new int[bins];
        var hits = new int[bins];
        var sums = new double[bins];
        for (int i = 0; i < confidences.Length; i++)
        {
            int bin = Math.Clamp((int)Math.Ceiling(confidences[i] * bins) - 1, 0, bins - 1);
            images[bin]++;
            sums[bin] += confidences[i];
            if (correct[i]) hits[bin]++;
        }

        return new Calibration([.. Enumerable.Range(0, bins).Select(bin => new CalibrationBin(
            (double)bin / bins, (bin + 1.0) / bins, images[bin], sums[bin] / Math.Max(1, images[bin]),
            (double)hits[bin] / Math.Max(1, images[bin])))]);
    }

    /// <summary>
    /// Sorts predictions into bins of as many images each as far as they can be: where most confidences lie near 1, bins of equal width say
    /// little. Nixon et al. 2019, arXiv 1904.01685.
    /// </summary>
    /// <param name="confidences">One per image, 0 to 1.</param>
    /// <param name="correct">Whether the prediction was right, one per image.</param>
    /// <param name="bins">How many bins; fewer where there are fewer images.</param>
    /// <remarks>
    /// By rising confidence; of n images in b bins, the first n mod b bins hold one more. Among images of one confidence the right ones are
    /// spread evenly over the bins that these fall into, so that no order of the images matters.
    /// </remarks>
    public static Calibration OfEqualMass(ReadOnlySpan<double> confidences, ReadOnlySpan<bool> correct, int bins = DefaultBins)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bins);
        double[] all = confidences.ToArray();
        bool[] right = correct.ToArray();
        Array.Sort(all, right);
        double[] hits = Running(all, right);
        var filled = new List<CalibrationBin>();
        (int size, int larger) = Math.DivRem(all.Length, bins);
        double from = 0;
        for (int bin = 0, begin = 0; bin < bins && begin < all.Length; bin++)
        {
            int end = begin + size + (bin < larger ? 1 : 0);
            double sum = 0, to = end == all.Length ? 1 : all[end - 1];
            foreach (double confidence in all.AsSpan(begin..end)) sum += confidence;
            filled.Add(new CalibrationBin(from, to, end - begin, sum / (end - begin), (hits[end] - hits[begin]) / (end - begin)));
            (from, begin) = (to, end);
        }

        return new Calibration(filled);
    }

    /// <summary>How many of the first i images are marked, i from 0; within images of one confidence in proportion.</summary>
    internal static double[] Running(double[] sorted, bool[] marked)
    {
        var sums = new double[sorted.Length + 1];
        for (int begin = 0, end; begin < sorted.Length; begin = end)
        {
            int same = 0;
            for (end = begin; end < sorted.Length && sorted[end].Equals(sorted[begin]); end++) same += marked[end] ? 1 : 0;
            for (int i = begin; i < end; i++) sums[i + 1] = sums[begin] + ((double)same * (i + 1 - begin) / (end - begin));
        }

        return sums;
    }
}
