namespace Pare.Evaluation;

/// <summary>
/// Two networks on the same labelled images, answer by answer. What both get right, or both wrong, says nothing about their difference:
/// only the images count that one of them alone gets right.
/// </summary>
/// <param name="Images">The images, 1 or more.</param>
/// <param name="Worse">Images that only the first network gets right.</param>
/// <param name="Better">Images that only the second one gets right.</param>
/// <remarks>
/// Source: Quinn McNemar, Psychometrika 12 (1947), 153; the continuity correction: Allen Edwards, Psychometrika 13 (1948), 185.
/// </remarks>
public sealed record McNemar(int Images, int Worse, int Better)
{
    // Of the normal distribution: so many deviations are passed to one side, and to either side, one time in twenty.
    private const double OneSidedDeviations = 1.6448536269514722, TwoSidedDeviations = 1.959963984540054;

    /// <summary>How much more accurate the second network is on these images, -1 to 1.</summary>
    public double Difference => (double)(Better - Worse) / Images;

    /// <summary>
    /// The standard error of <see cref="Difference"/>: what it owes to which images happened to be taken. It says nothing about other
    /// trainings of the two networks.
    /// </summary>
    public double StandardError => Math.Sqrt(Worse + Better - (Difference * (Better - Worse))) / Images;

    /// <summary>
    /// How far below its true value <see cref="Difference"/> lies at most one time in twenty, with other images of the same kind: 1.645
    /// standard errors and one image, since answers change by whole images. Two equally good networks are so told apart at most as often
    /// as said, however few the images.
    /// </summary>
    public double Reach => (OneSidedDeviations * StandardError) + (1.0 / Images);

    /// <summary>
    /// How far an interval of 95 % reaches to each side of <see cref="Difference"/>: 1.960 standard errors and one image.
    /// </summary>
    public double HalfWidth => (TwoSidedDeviations * StandardError) + (1.0 / Images);

    /// <summary>The interval of 95 %: <see cref="HalfWidth"/> to each side of <see cref="Difference"/>.</summary>
    public (double Low, double High) Interval => (Difference - HalfWidth, Difference + HalfWidth);

    /// <summary>
    /// How often two equally good networks differ so much or more on so many images, to either side: the exact test, by the binomial
    /// distribution of <see cref="Worse"/> and <see cref="Better"/>.
    /// </summary>
    public double PValue
    {
        get
        {
            // P(X <= k) of m tosses: the last term by logarithms, those before it by their ratios.
            int tosses = Worse + Better, few = Math.Min(Worse, Better);
            double logarithm = -tosses * Math.Log(2);
            for (int i = 1; i <= few; i++) logarithm += Math.Log((double)(tosses - few + i) / i);
            double sum = 0, term = 1;
            for (int i = few; i >= 0 && term > 1e-20 * sum; i--)
            {
                sum += term;
                term *= (double)i / (tosses - i + 1);
            }

            return Math.Min(1, 2 * Math.Exp(logarithm) * sum);
        }
    }

    /// <summary>Counts the answers of two networks.</summary>
    /// <param name="labels">The true class of each image.</param>
    /// <param name="first">The class that the first network names for each.</param>
    /// <param name="second">The class that the second one names for each.</param>
    /// <exception cref="ArgumentException">The lengths differ, or there is no image.</exception>
    public static McNemar Of(ReadOnlySpan<int> labels, ReadOnlySpan<int> first, ReadOnlySpan<int> second)
    {
        if (labels.Length == 0 || labels.Length != first.Length || labels.Length != second.Length)
            throw new ArgumentException($"There are {labels.Length} labels, and {first.Length} and {second.Length} answers.",
                nameof(labels));
        int worse = 0, better = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            if (first[i] == labels[i] && second[i] != labels[i]) worse++;
            if (first[i] != labels[i] && second[i] == labels[i]) better++;
        }

        return new McNemar(labels.Length, worse, better);
    }
}
