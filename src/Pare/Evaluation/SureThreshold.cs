namespace Pare.Evaluation;

/// <summary>
/// How sure a network must be so that its answers are as accurate as wished: with confidence 1 - <paramref name="Risk"/> over the
/// draw of the images that it was chosen on, the answers with at least this confidence are, for images of their kind.
/// </summary>
/// <param name="Wished">The accuracy that is wished, 0 to 1.</param>
/// <param name="Risk">How often the choice may fail, 0 to 1.</param>
/// <param name="Threshold">The least confidence, 0 to 1, of the softmax at temperature 1; 0 where every answer counts.</param>
/// <param name="Images">The images that it was chosen on.</param>
/// <param name="Sure">How many of them are above it.</param>
/// <param name="Wrong">How many of these are wrong.</param>
/// <param name="Bound">What the accuracy of sure answers is at least, with that confidence.</param>
/// <remarks>
/// The candidates are the confidences above which 5 %, 10 %, ... 100 % of the images lie: fixed before anything is looked at. Each one's
/// hypothesis, that its answers are less accurate than wished, is rejected where so few errors have, by the binomial distribution, a
/// probability of Risk / 20 at most; so by Bonferroni all rejections are right with probability 1 - Risk, and the one with the most answers
/// may be chosen. Given the confidence at a place in the order, the images above it are independent draws from all that are so sure.
/// Angelopoulos et al. 2021, "Learn then Test", arXiv 2110.01052; Geifman and El-Yaniv 2017, arXiv 1705.08500.
/// </remarks>
public sealed record SureThreshold(double Wished, double Risk, double Threshold, int Images, int Sure, int Wrong, double Bound)
{
    /// <summary>How often a choice may fail unless said otherwise.</summary>
    public const double DefaultRisk = 0.05;

    /// <summary>How many thresholds are looked at.</summary>
    public const int Candidates = 20;

    /// <summary>The share of images that get an answer, 0 to 1.</summary>
    public double Coverage => (double)Sure / Images;

    /// <summary>Chooses the threshold with the most answers.</summary>
    /// <param name="confidences">
    /// Of images that the network was not trained on and nothing else was fitted to: one each, 0 to 1, of the softmax at temperature 1.
    /// </param>
    /// <param name="correct">Whether each is right.</param>
    /// <param name="wished">The accuracy that is wished, above 0 and below 1.</param>
    /// <param name="risk">How often the choice may fail, above 0 and below 1.</param>
    /// <returns>Null where no threshold is sure to be enough.</returns>
    /// <exception cref="ArgumentException">The lengths differ, or a confidence is not a number.</exception>
    public static SureThreshold? Choose(ReadOnlySpan<double> confidences, ReadOnlySpan<bool> correct, double wished,
        double risk = DefaultRisk)
    {
        if (confidences.Length != correct.Length)
            throw new ArgumentException($"There are {confidences.Length} confidences for {correct.Length} images.", nameof(correct));
        if (wished is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(wished), wished, "A wished accuracy is above 0 and below 1.");
        if (risk is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(risk), risk, "A risk is above 0 and below 1.");
        double[] sorted = confidences.ToArray();
        bool[] right = correct.ToArray();
        if (sorted.Any(double.IsNaN)) throw new ArgumentException("A confidence is NaN.", nameof(confidences));
        Array.Sort(sorted, right);
        int count = sorted.Length;
        var wrong = new int[count + 1];
        for (int i = count - 1; i >= 0; i--) wrong[i] = wrong[i + 1] + (right[i] ? 0 : 1);
        for (int candidate = Candidates; candidate >= 1; candidate--)
        {
            // Those are sure that are strictly surer than the surest of the others; for the last candidate all are.
            int below = count - (int)((long)count * candidate / Candidates), first = below;
            if (below == count) continue;
            while (candidate < Candidates && first < count && sorted[first] <= sorted[below - 1]) first++;

            int sure = count - first;
            if (sure == 0 || Binomial.AtMost(wrong[first], sure, 1 - wished) > risk / Candidates) continue;
            double threshold = candidate == Candidates ? 0 : Math.BitIncrement(sorted[below - 1]);
            return new SureThreshold(wished, risk, threshold, count, sure, wrong[first],
                1 - Binomial.UpperBound(wrong[first], sure, risk / Candidates));
        }

        return null;
    }
}
