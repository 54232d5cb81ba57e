namespace Pare.Training;

/// <summary>The loss over the learning rate, as a range test saw it, and what follows from it.</summary>
/// <param name="Points">One a step, rates rising.</param>
/// <param name="Diverged">Whether the test stopped early because the loss had grown too far.</param>
public sealed record RateCurve(IReadOnlyList<RatePoint> Points, bool Diverged)
{
    private const int SkippedFirst = 10, SkippedLast = 5;

    /// <summary>The point of the lowest smoothed loss.</summary>
    public RatePoint Lowest => Points.MinBy(static point => point.Smoothed)!;

    /// <summary>A tenth of the rate of the lowest smoothed loss: the highest rate to plan with; null when the loss falls nowhere.</summary>
    public double? HighestRate => SteepestRate is null ? null : Lowest.Rate / 10;

    /// <summary>
    /// The rate at which the smoothed loss falls most steeply over the logarithm of the rate on its way to the lowest, by central
    /// differences, the first 10 and the last 5 points left out; null when it falls nowhere between them.
    /// </summary>
    public double? SteepestRate
    {
        get
        {
            double steepest = 0;
            double? rate = null;
            int lowest = Points.Index().MinBy(static point => point.Item.Smoothed).Index;
            for (int i = SkippedFirst; i < Math.Min(lowest, Points.Count - SkippedLast); i++)
            {
                double fall = Points[i - 1].Smoothed - Points[i + 1].Smoothed;
                if (fall > steepest) (steepest, rate) = (fall, Points[i].Rate);
            }

            return rate;
        }
    }
}
