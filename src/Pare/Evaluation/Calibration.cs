namespace Pare.Evaluation;

/// <summary>
/// How far a network's confidence (the softmax probability of the class that it predicts) can be trusted: of the images with
/// confidence 0.8, a calibrated one gets 80 % right. Guo et al. 2017, arXiv 1706.04599.
/// </summary>
/// <param name="Bins">Intervals of equal width over 0 to 1, in order.</param>
public sealed record Calibration(IReadOnlyList<CalibrationBin> Bins)
{
    /// <summary>The number of bins that the literature uses.</summary>
    public const int DefaultBins = 15;

    /// <summary>Expected calibration error, 0 to 1: the mean over the images of |accuracy - confidence| of their bin.</summary>
    public double ExpectedError =>
        Bins.Sum(static bin => bin.Images * Math.Abs(bin.Accuracy - bin.Confidence)) / Math.Max(1, Bins.Sum(static bin => bin.Images));

    /// <summary>Sorts predictions into bins.</summary>
    /// <param name="confidences">One an image, 0 to 1.</param>
    /// <param name="correct">Whether the prediction was right, one an image.</param>
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
}
