namespace Pare.Reporting;

/// <summary>From values to places along an axis.</summary>
/// <param name="Low">The lowest value shown.</param>
/// <param name="High">The highest, above the lowest.</param>
/// <param name="Logarithmic">Whether equal ratios, not equal differences, are equally far apart; both values are then above 0.</param>
public readonly record struct ChartAxis(double Low, double High, bool Logarithmic)
{
    /// <summary>The axis that shows all values.</summary>
    /// <param name="values">Values; those that cannot be shown are left out.</param>
    /// <param name="logarithmic">Whether equal ratios are equally far apart.</param>
    /// <param name="margin">The share of the length that is added on each side.</param>
    public static ChartAxis Around(IEnumerable<double> values, bool logarithmic, double margin = 0)
    {
        double[] shown = [.. values.Where(value => double.IsFinite(value) && (!logarithmic || value > 0))];
        if (shown.Length == 0) return new ChartAxis(logarithmic ? 0.1 : 0, 1, logarithmic);
        double low = shown.Min(), high = shown.Max();

        // As one value, too, count those whose difference is in their last digits.
        bool one = (high / 2) - (low / 2) <= 1e-12 * Math.Max(Math.Abs(low), Math.Abs(high));
        if (logarithmic)
        {
            double room = one ? Math.Log(2) : margin * (Math.Log(high) - Math.Log(low));
            return new ChartAxis(Math.Max(low * Math.Exp(-room), double.Epsilon), Math.Min(high * Math.Exp(room), double.MaxValue), true);
        }

        // Half of what there is around a single value, so that a huge one has an axis of more than one number, too.
        double more = one ? Math.Max(0.5, Math.Abs(low) / 2) : margin * ((high / 2) - (low / 2)) * 2;
        return new ChartAxis(Math.Max(low >= 0 && !one ? 0 : double.MinValue, low - more), Math.Min(double.MaxValue, high + more), false);
    }

    /// <summary>
    /// Where a value lies: 0 at the lowest, 1 at the highest, below or above that outside; not a number where it has no place.
    /// </summary>
    public double Place(double value)
    {
        if (Logarithmic) return value > 0 ? (Math.Log(value) - Math.Log(Low)) / (Math.Log(High) - Math.Log(Low)) : double.NaN;
        return ((value / 2) - (Low / 2)) / ((High / 2) - (Low / 2));
    }

    /// <summary>Whether the value can be placed within the axis.</summary>
    public bool Shows(double value) => double.IsFinite(value) && value >= Low && value <= High;

    /// <summary>Round values to label.</summary>
    public IReadOnlyList<double> Ticks(int most) =>
        Logarithmic ? AxisTicks.Logarithmic(Low, High, most) : AxisTicks.Linear(Low, High, most);
}
