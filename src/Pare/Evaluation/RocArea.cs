namespace Pare.Evaluation;

/// <summary>How well one number tells the images of two kinds apart.</summary>
internal static class RocArea
{
    /// <summary>
    /// The area under the receiver operating characteristic: the probability that a known image has a higher score than a stranger, a tie
    /// counting one half. 1 is perfect, 0.5 is chance. Mann and Whitney 1947.
    /// </summary>
    /// <param name="known">Scores of known images.</param>
    /// <param name="strangers">Scores of the others.</param>
    /// <exception cref="ArgumentException">One of them is empty, or a score is NaN.</exception>
    public static double Of(ReadOnlySpan<double> known, ReadOnlySpan<double> strangers)
    {
        (double[] high, double[] low) = (Sorted(known, nameof(known)), Sorted(strangers, nameof(strangers)));
        long twice = 0;
        int below = 0, upTo = 0;
        foreach (double score in high)
        {
            while (below < low.Length && low[below] < score) below++;
            while (upTo < low.Length && low[upTo] <= score) upTo++;
            twice += below + upTo;
        }

        return twice / (2.0 * high.Length * low.Length);
    }

    /// <summary>The share of strangers that pass where the given share of known images does: those with at least its score.</summary>
    /// <param name="known">Scores of known images.</param>
    /// <param name="strangers">Scores of the others.</param>
    /// <param name="passing">The share of known images that pass at least, above 0, 1 at most.</param>
    /// <exception cref="ArgumentException">One of them is empty, or a score is NaN.</exception>
    public static double StrangersPassing(ReadOnlySpan<double> known, ReadOnlySpan<double> strangers, double passing = 0.95)
    {
        if (passing is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(passing), passing, "A share is above 0, and 1 at most.");
        (double[] high, double[] low) = (Sorted(known, nameof(known)), Sorted(strangers, nameof(strangers)));
        double threshold = high[high.Length - Math.Clamp((int)Math.Ceiling((passing * high.Length) - 1e-9), 1, high.Length)];
        return (double)low.Count(score => score >= threshold) / low.Length;
    }

    private static double[] Sorted(ReadOnlySpan<double> scores, string name)
    {
        double[] sorted = scores.ToArray();
        if (sorted.Length == 0) throw new ArgumentException("There are no scores.", name);
        if (sorted.Any(double.IsNaN)) throw new ArgumentException("A score is NaN.", name);
        Array.Sort(sorted);
        return sorted;
    }
}
