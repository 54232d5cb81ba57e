using System.Globalization;

namespace Pare.Evaluation;

/// <summary>How a share of several seeds, or a difference of two, is written in the cells of a table; empty where there is none.</summary>
public static class SeedCells
{
    /// <summary>The mean in percent.</summary>
    public static string Percent(SeedSummary? summary) =>
        summary is null ? "" : Rounding.InPercent(summary.Mean) + " %";

    /// <summary>The standard deviation in percentage points.</summary>
    public static string Deviation(SeedSummary? summary) =>
        summary?.StandardDeviation is double deviation ? (100 * deviation).ToString("F2", CultureInfo.InvariantCulture) : "";

    /// <summary>A mean difference in percentage points.</summary>
    public static string Points(SeedSummary? summary) => summary is null ? "" : Signed(summary.Mean);

    /// <summary>A mean difference and its interval, in percentage points.</summary>
    public static IReadOnlyList<string> Difference(SeedSummary? summary) =>
        [Points(summary), summary?.HalfWidth is double half ? $"{Signed(summary.Mean - half)} to {Signed(summary.Mean + half)}" : ""];

    private static string Signed(double share) => (100 * share).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);
}
