namespace Pare.Evaluation;

/// <summary>How far an accuracy that was measured on so many images can be trusted.</summary>
/// <remarks>
/// Source: Edwin Wilson, Probable inference, the law of succession, and statistical inference, Journal of the American Statistical
/// Association 22 (1927), 209.
/// </remarks>
public static class Wilson
{
    // Of the normal distribution: 95 % lie within so many deviations.
    private const double Deviations = 1.959963984540054;

    /// <summary>
    /// Wilson's score interval of 95 %: the accuracies with which so many right answers are no surprise. It holds for few images and near
    /// 100 %, too, where the accuracy plus and minus its standard error does not.
    /// </summary>
    /// <param name="right">How many images were classified rightly.</param>
    /// <param name="images">Of how many: 1 or more, drawn independently of each other.</param>
    /// <returns>Two fractions.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are no images, or more right ones than images.</exception>
    public static (double Low, double High) Interval(int right, int images)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(images);
        ArgumentOutOfRangeException.ThrowIfNegative(right);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(right, images);
        return Interval((double)right / images, images, Deviations);
    }

    /// <summary>The same of a share of so many images, where the record keeps no count.</summary>
    /// <param name="share">How many were classified rightly, 0 to 1, rounded to a whole number of them.</param>
    /// <param name="images">Of how many: 1 or more, drawn independently of each other.</param>
    /// <returns>Two fractions.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are no images, or it is no share.</exception>
    public static (double Low, double High) Interval(double share, int images) =>
        share is >= 0 and <= 1 ? Interval((int)Math.Round(share * images), images)
            : throw new ArgumentOutOfRangeException(nameof(share), share, "A share is from 0 to 1.");

    /// <summary>The same for another confidence.</summary>
    /// <param name="share">How many were classified rightly, 0 to 1; a mean is no whole number of them.</param>
    /// <param name="images">Of how many.</param>
    /// <param name="deviations">Of the normal distribution.</param>
    internal static (double Low, double High) Interval(double share, int images, double deviations)
    {
        double square = deviations * deviations / images;
        double middle = share + (square / 2), reach = deviations * Math.Sqrt(((share * (1 - share)) + (square / 4)) / images);
        return (Math.Max(0, (middle - reach) / (1 + square)), Math.Min(1, (middle + reach) / (1 + square)));
    }
}
