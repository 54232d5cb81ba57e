namespace Pare.Evaluation;

/// <summary>
/// The temperature that makes a network as sure as it should be: the one with the least negative log likelihood on images that it was not
/// trained on. Guo et al. 2017, arXiv 1706.04599.
/// </summary>
/// <remarks>
/// With b = 1 / T the mean of log sum exp(b z) - b z[y] is convex in b, with slope mean(E[z] - z[y]) and curvature mean(Var[z]) under
/// softmax(b z). Newton's step from b = 1, replaced by a bisection where it leaves the bracket of the slope's root.
/// </remarks>
public static class Temperature
{
    private const int MostSteps = 200;

    // Further away single precision comes to an end, which logits and programs in C are in.
    private const double Least = 1e-30, Most = 1e30;

    /// <summary>Whether logits can be divided by it: a positive finite number.</summary>
    public static bool IsValid(double temperature) => temperature > 0 && double.IsFinite(temperature);

    /// <summary>Fits it.</summary>
    /// <param name="validation">Images that the network was not trained on, one or more.</param>
    /// <exception cref="ArgumentException">There is no image.</exception>
    public static TemperatureFit Fit(LabelledLogits validation)
    {
        if (validation.Count == 0) throw new ArgumentException("There is no image to fit a temperature to.", nameof(validation));
        double before = validation.NegativeLogLikelihood();
        if (Slope(validation, 0).Slope >= 0)
            return Kept("the true classes' outputs are no larger than the others', so that no temperature makes it better");
        if (Enumerable.Range(0, validation.Count).All(IsLargest))
            return Kept("every image is right, so that more certainty would always look better");

        // The slope rises from below 0 at b = 0 to above 0.
        double low = 0, high = double.PositiveInfinity, inverse = 1;
        int steps = 0;
        for (; steps < MostSteps; steps++)
        {
            (double slope, double curvature) = Slope(validation, inverse);
            if (slope == 0) break;
            if (slope < 0) low = inverse;
            else high = inverse;
            double next = inverse - (slope / curvature);
            if (!(next > low && next < high)) next = double.IsFinite(high) ? (low + high) / 2 : 2 * inverse;
            if (Math.Abs(next - inverse) <= 1e-14 * inverse) break;
            if (next is < 1 / Most or > 1 / Least) return Kept("the best is further from 1 than numbers in single precision reach");
            inverse = next;
        }

        double temperature = 1 / inverse;
        double after = validation.NegativeLogLikelihood(temperature);
        return after <= before ? new TemperatureFit(temperature, before, after, validation.Count, steps, null)
            : Kept("nothing lowers the loss further than rounding does");

        // Where a wrong class is as large as the true one, certainty makes nothing worse either.
        bool IsLargest(int image) => validation.Of(image)[validation.Labels[image]] >= validation.Of(image)[validation.Predicted[image]];

        TemperatureFit Kept(string reason) => new(1, before, before, validation.Count, 0, reason);
    }

    private static (double Slope, double Curvature) Slope(LabelledLogits images, double inverse)
    {
        double slope = 0, curvature = 0;
        for (int i = 0; i < images.Count; i++)
        {
            ReadOnlySpan<float> logits = images.Of(i);
            double largest = logits[images.Predicted[i]], sum = 0, mean = 0, square = 0;

            // About the largest logit, so that nothing overflows or cancels.
            foreach (float logit in logits)
            {
                double z = logit - largest, weight = Math.Exp(inverse * z);
                sum += weight;
                mean += weight * z;
                square += weight * z * z;
            }

            mean /= sum;
            slope += mean - (logits[images.Labels[i]] - largest);
            curvature += Math.Max(0, (square / sum) - (mean * mean));
        }

        return (slope / images.Count, curvature / images.Count);
    }
}
