using System.Globalization;
using System.Text.Json.Serialization;
using Pare.Evaluation;

namespace Pare.Runs;

/// <summary>The mean of a figure over the seeds, and how far they lie apart.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Deviation">
/// The standard deviation of the sample, with n - 1 below the fraction; null for one seed, which shows none.
/// </param>
[method: JsonConstructor]
public readonly record struct Spread(
    [property: JsonConverter(typeof(SixDigits))] double Mean,
    [property: JsonPropertyName("sd"), JsonConverter(typeof(SixDigits))] double? Deviation)
{
    /// <summary>Of one value per seed.</summary>
    public static Spread Of(IReadOnlyList<double> values)
    {
        var summary = SeedSummary.Of(values);
        return new Spread(summary.Mean, summary.StandardDeviation);
    }

    /// <summary>A share as per cent with two digits, such as <c>98.40 ± 0.12</c>.</summary>
    /// <param name="deviation">Whether to show the deviation, where there is one.</param>
    public string Percent(bool deviation) =>
        Rounding.InPercent(Mean) + (deviation && Deviation is double shown ? $" ± {Rounding.InPercent(shown)}" : string.Empty);

    internal void Check(string name)
    {
        Checks.That(double.IsFinite(Mean) && Mean is >= 0 and <= 1, name, "is not a share from 0 to 1");
        Checks.That(Deviation is null or (>= 0 and <= 1), name, "has a deviation that cannot be");
    }
}
