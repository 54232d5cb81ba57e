using System.Globalization;

namespace Pare;

/// <summary>Figures that are held against others: whether they are worse, and texts of which that is as true.</summary>
public static class Rounding
{
    // What is nearer than that is a sum's own rounding; no figure of so many images is.
    private const int Meant = 6;

    // What p values are commonly held against, and the least that is told in digits.
    private const double Significance = 0.05, LeastShownP = 0.001;

    // No two figures that differ are nearer.
    private const int MostDigits = 20;

    /// <summary>Whether a figure is below a limit, by more than its own computation rounds; what is no number is.</summary>
    /// <param name="figure">The figure: an accuracy, 0 to 1, or per cent.</param>
    /// <param name="limit">What it must reach.</param>
    public static bool IsBelow(double figure, double limit) => !(Math.Round(limit - figure, Meant) <= 0);

    /// <summary>A figure in so many digits behind the point, and in as many more as it takes to stay on its side of a limit.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="limit">What it is held against, to be shown in all of its digits.</param>
    /// <param name="digits">How many digits suffice where it is not near.</param>
    public static string Beside(double figure, double limit, int digits) =>
        double.IsFinite(figure) && double.IsFinite(limit) ? OnSide(Exact(figure), Exact(limit), digits) : Text(figure);

    /// <summary>An accuracy in per cent, in two digits or as many as it takes, such as <c>99.197</c> beside 99.2.</summary>
    /// <param name="share">The accuracy, 0 to 1.</param>
    /// <param name="limit">What it is held against, 0 to 1, to be shown by <see cref="Percent"/>.</param>
    public static string PercentBeside(float share, float limit) =>
        float.IsFinite(share) && float.IsFinite(limit) ? OnSide(100 * Exact(share), 100 * Exact(limit), 2) : Text(share);

    /// <summary>A limit of accuracy in per cent: in two digits behind the point, or in as many as were written.</summary>
    /// <param name="limit">The limit, 0 to 1.</param>
    public static string Percent(float limit) =>
        float.IsFinite(limit) ? (100 * Exact(limit)).ToString("0.00################", CultureInfo.InvariantCulture) : Text(limit);

    /// <summary>
    /// A share in per cent with two digits behind the point. It is known to seven digits; computed as a decimal of them, its halves are
    /// rounded alike on the screen and, read back from a file, in a report: 43.43 of 0.43425, which as a binary fraction is below it.
    /// </summary>
    /// <param name="share">The share, 0 to 1.</param>
    public static string InPercent(double share) =>
        double.IsFinite(share) ? (100 * (decimal)(float)share).ToString("F2", CultureInfo.InvariantCulture) : Text(share);

    /// <summary>
    /// The digits behind the point with which a part in per cent is not shown as nothing or as all unless it is: so many, or as many more
    /// as that takes.
    /// </summary>
    /// <param name="percent">The part, of either sign.</param>
    /// <param name="least">No fewer than these.</param>
    public static int PercentDigits(double percent, int least)
    {
        decimal exact = Exact(Math.Abs(percent));
        return Digits(least, digits => Round(exact, digits) is var shown && (shown == 0, shown == 100) == (exact == 0, exact == 100));
    }

    /// <summary>A p value in three digits, or in as many as it takes to stay on its side of 0.05.</summary>
    /// <param name="p">The probability, 0 to 1.</param>
    public static string PValue(double p) => p < LeastShownP ? "<0.001" : Beside(p, Significance, 3);

    /// <summary>An amount and the limit that it is above, in full where they are short for the same.</summary>
    /// <param name="amount">The amount.</param>
    /// <param name="limit">The limit.</param>
    /// <param name="text">What is short for one, such as <c>6.4 GB</c>.</param>
    /// <param name="unit">What it counts, such as <c>bytes</c>.</param>
    internal static (string Amount, string Limit) Apart(long amount, long limit, Func<long, string> text, string unit = "bytes") =>
        text(amount) != text(limit) ? (text(amount), text(limit))
        : (Invariant($"{amount:N0} {unit}"), Invariant($"{limit:N0} {unit}"));

    /// <summary>The fewest digits with which something holds of rounded figures.</summary>
    /// <param name="least">No fewer than these.</param>
    /// <param name="holds">Whether it holds with so many.</param>
    internal static int Digits(int least, Func<int, bool> holds)
    {
        int digits = least;
        while (digits < MostDigits && !holds(digits)) digits++;
        return digits;
    }

    private static string OnSide(decimal figure, decimal limit, int digits)
    {
        int side = figure.CompareTo(limit);
        digits = Digits(digits, enough => Round(figure, enough).CompareTo(limit) == side);
        return Round(figure, digits).ToString(Invariant($"F{digits}"), CultureInfo.InvariantCulture);
    }

    private static decimal Round(decimal figure, int digits) => Math.Round(figure, digits, MidpointRounding.AwayFromZero);

    // By the shortest text that means this very number: two that differ stay two, and 0.992 is not 0.99199998.
    private static decimal Exact<T>(T figure)
        where T : IFormattable =>
        decimal.Parse(figure.ToString(null, CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture);

    private static string Text(double figure) => figure.ToString(CultureInfo.InvariantCulture);
}
