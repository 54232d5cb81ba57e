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
        if (low == high) (low, high) = logarithmic ? (low / 2, high * 2) : (low - 0.5, high + 0.5);
        if (logarithmic) return new ChartAxis(low * Math.Pow(low / high, margin), high * Math.Pow(high / low, margin), true);
        double more = margin * (high - low);
        return new ChartAxis(low >= 0 ? Math.Max(0, low - more) : low - more, high + more, false);
    }

    /// <summary>Where a value lies: 0 at the lowest, 1 at the highest.</summary>
    public double Place(double value) => Logarithmic ? Math.Log(value / Low) / Math.Log(High / Low) : (value - Low) / (High - Low);

    /// <summary>Whether the value can be placed within the axis.</summary>
    public bool Shows(double value) => double.IsFinite(value) && value >= Low && value <= High;

    /// <summary>Round values to label.</summary>
    public IReadOnlyList<double> Ticks(int most) => Logarithmic ? AxisTicks.Logarithmic(Low, High, most) : AxisTicks.Linear(Low, High, most);
}
