using System.Globalization;

namespace Pare.Reporting;

/// <summary>Round values along an axis, and their labels.</summary>
public static class AxisTicks
{
    private static readonly double[] Steps = [1, 2, 5];

    /// <summary>Equally spaced values of 1, 2 or 5 times a power of ten, all within the range.</summary>
    /// <param name="low">The axis's lowest value.</param>
    /// <param name="high">Its highest, above <paramref name="low"/>.</param>
    /// <param name="most">The most ticks wanted, 2 or more.</param>
    public static IReadOnlyList<double> Linear(double low, double high, int most)
    {
        double step = Step((high / most) - (low / most)), first = Math.Ceiling((low / step) - 1e-9),
            last = Math.Floor((high / step) + 1e-9);

        // Where numbers lie too far apart for a step between them, the ends are all that can be named.
        if (!(last - first <= most + 1)) return [low, high];
        return [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)];
    }

    /// <summary>
    /// Powers of ten within the range, with twice and five times each where fewer than three powers fit; equally spaced values where that
    /// leaves one or none.
    /// </summary>
    /// <param name="low">The axis's lowest value, above 0.</param>
    /// <param name="high">Its highest.</param>
    /// <param name="most">The most powers wanted, 2 or more.</param>
    public static IReadOnlyList<double> Logarithmic(double low, double high, int most)
    {
        int first = (int)Math.Floor(Math.Log10(low) + 1e-9), last = (int)Math.Floor(Math.Log10(high) + 1e-9);
        int within = last - (int)Math.Ceiling(Math.Log10(low) - 1e-9) + 1;
        int every = Math.Max(1, (int)Math.Ceiling(within / (double)most));
        double[] factors = within < 3 ? Steps : [1];
        double[] ticks =
        [
            .. Enumerable.Range(first, last - first + 1).Where(power => power % every == 0)
                .SelectMany(power => factors.Select(factor => factor * Math.Pow(10, power)))
                .Where(value => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)),
        ];

        // Between two powers of ten an axis may have one round value or none; equal steps are then as good.
        return ticks.Length > 1 ? ticks : Linear(low, high, most);
    }

    /// <summary>A value in the fewest digits: <c>0.25</c>, <c>20</c>, <c>1e-5</c>.</summary>
    public static string Label(double value)
    {
        double size = Math.Abs(value);
        if (size is not 0 and (< 1e-3 or >= 1e6))
        {
            int power = (int)Math.Floor(Math.Log10(size) + 1e-9);
            return Invariant($"{value / Math.Pow(10, power):0.##}e{power}");
        }

        return value.ToString("0.######", CultureInfo.InvariantCulture);
    }

    // The smallest round step that is not below the given one.
    private static double Step(double least)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        foreach (double factor in Steps)
        {
            if (factor * power >= least * (1 - 1e-9)) return factor * power;
        }

        return 10 * power;
    }
}
