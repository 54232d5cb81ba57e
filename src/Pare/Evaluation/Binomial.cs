namespace Pare.Evaluation;

/// <summary>What so many failures among so many images say about the failures of all images of their kind, exactly.</summary>
internal static class Binomial
{
    /// <summary>P(X &lt;= failures) where each of the images fails with the given probability, independently.</summary>
    /// <param name="failures">0 up to <paramref name="images"/>.</param>
    /// <param name="images">0 or more.</param>
    /// <param name="probability">0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public static double AtMost(int failures, int images, double probability)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(images);
        ArgumentOutOfRangeException.ThrowIfNegative(failures);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(failures, images);
        if (probability is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability is from 0 to 1.");
        if (failures == images || probability == 0) return 1;
        if (probability == 1) return 0;

        // Each term from the one before, in logarithms; the sum about its largest so far.
        double odds = Math.Log(probability) - Log1p(-probability), term = images * Log1p(-probability), largest = term, sum = 1;
        for (int i = 1; i <= failures; i++)
        {
            term += Math.Log((double)(images - i + 1) / i) + odds;
            if (term > largest)
            {
                sum = (sum * Math.Exp(largest - term)) + 1;
                largest = term;
            }
            else
            {
                sum += Math.Exp(term - largest);
            }
        }

        return Math.Min(1, sum * Math.Exp(largest));
    }

    /// <summary>
    /// The largest probability of failure with which so few failures are still as likely as <paramref name="risk"/>: with confidence
    /// 1 - risk, failures are no more frequent. One-sided, Clopper and Pearson 1934.
    /// </summary>
    /// <param name="failures">0 up to <paramref name="images"/>.</param>
    /// <param name="images">0 or more; without images nothing is known, and it is 1.</param>
    /// <param name="risk">Above 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public static double UpperBound(int failures, int images, double risk)
    {
        if (risk is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(risk), risk, "A risk is above 0 and below 1.");
        ArgumentOutOfRangeException.ThrowIfNegative(images);
        ArgumentOutOfRangeException.ThrowIfNegative(failures);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(failures, images);
        if (failures == images) return 1;
        double low = (double)failures / images, high = 1;
        while (true)
        {
            double middle = (low + high) / 2;
            if (middle <= low || middle >= high) return high;
            if (AtMost(failures, images, middle) > risk) low = middle;
            else high = middle;
        }
    }

    /// <summary>
    /// The mean of |X / images - probability| where each image succeeds with the given probability, independently: De Moivre's formula, as
    /// in Diaconis and Zabell 1991.
    /// </summary>
    /// <param name="images">0 or more; 0 of none.</param>
    /// <param name="probability">0 to 1.</param>
    public static double MeanDeviation(int images, double probability)
    {
        if (images == 0 || probability is <= 0 or >= 1) return 0;

        // 2 m C(n, m) p^m (1 - p)^(n - m + 1) / n with m = floor(n p) + 1.
        int m = Math.Min(images, (int)(images * probability) + 1);
        double logarithm = (m * Math.Log(probability)) + ((images - m + 1) * Log1p(-probability));
        for (int i = 1; i <= m; i++) logarithm += Math.Log((double)(images - m + i) / i);
        return 2.0 * m / images * Math.Exp(logarithm);
    }

    // log(1 + x) for small x, too: the rounding of 1 + x is taken out.
    private static double Log1p(double x)
    {
        double sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) - ((sum - 1 - x) / sum);
    }
}
