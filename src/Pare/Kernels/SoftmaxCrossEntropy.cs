namespace Pare.Kernels;

/// <summary>
/// L = -sum over classes k of w[k] q[k] log softmax(z)[k], with its gradient (sum of w q) softmax(z) - w q for targets q that sum to 1, one
/// image a lane. Without weights w they are 1. The largest logit is taken off before the exponential, so that none overflows.
/// </summary>
internal static class SoftmaxCrossEntropy
{
    /// <summary>Sums loss and hits over the images of a tile and writes the gradient.</summary>
    /// <param name="logits"><c>[class][lane]</c>.</param>
    /// <param name="targets"><c>[class][lane]</c>; each image's sum to 1.</param>
    /// <param name="lanes">Lanes of a vector.</param>
    /// <param name="images">Lanes that hold an image; the others get gradient 0.</param>
    /// <param name="scale">Factor on the gradient: 1 / images of the batch for the mean loss.</param>
    /// <param name="dLogits"><c>[class][lane]</c>.</param>
    /// <param name="weights">w, one per class; none for 1 each, which gives the same bits.</param>
    /// <returns>
    /// The sum of the losses, and of the targets of the classes with the largest logit; an image with a logit of NaN or +infinity
    /// makes the loss NaN and hits nothing.
    /// </returns>
    public static (double Loss, double Hits) Run(ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, int lanes, int images,
        float scale, Span<float> dLogits, ReadOnlySpan<double> weights = default)
    {
        int classes = logits.Length / lanes;
        double loss = 0, hits = 0;
        dLogits.Clear();
        for (int lane = 0; lane < images; lane++)
        {
            (int best, double logSum) = Normalizer(logits, lanes, lane);
            double max = logits[(best * lanes) + lane];

            // The sum of w q: as q sums to 1 but for rounding, weights of 1 leave the bits of the cross entropy without weights.
            double sum = 1;
            for (int k = 0; k < weights.Length; k++) sum += (weights[k] - 1) * targets[(k * lanes) + lane];
            for (int k = 0; k < classes; k++)
            {
                double logProbability = logits[(k * lanes) + lane] - max - logSum, q = targets[(k * lanes) + lane];
                if (!weights.IsEmpty) q *= weights[k];
                if (q != 0) loss -= q * logProbability;
                dLogits[(k * lanes) + lane] = (float)(scale * ((sum * Math.Exp(logProbability)) - q));
            }

            if (!double.IsNaN(logSum)) hits += targets[(best * lanes) + lane];
        }

        return (loss, hits);
    }

    /// <summary>
    /// The class with the largest logit of one image, the first on a tie, and the logarithm of the sum of exp((z - z[best]) / temperature).
    /// NaN counts as the largest, and as +infinity makes the sum NaN.
    /// </summary>
    /// <param name="logits"><c>[class][lane]</c>.</param>
    /// <param name="lanes">Lanes of a vector.</param>
    /// <param name="lane">The image's lane.</param>
    /// <param name="temperature">Divides the logits.</param>
    public static (int Best, double LogSum) Normalizer(ReadOnlySpan<float> logits, int lanes, int lane, double temperature = 1)
    {
        int classes = logits.Length / lanes, best = Largest.Of(logits[lane..], lanes);
        double max = logits[(best * lanes) + lane], sum = 0;
        for (int k = 0; k < classes; k++) sum += Math.Exp((logits[(k * lanes) + lane] - max) / temperature);
        return (best, Math.Log(sum));
    }
}
