using System.Globalization;
using System.Text.Json;
using Pare.Evaluation;

namespace Pare.Runs;

/// <summary>The mean of a figure over the seeds, and how far they lie apart.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Deviation">The standard deviation of the sample, with n - 1; null for one seed.</param>
public readonly record struct Spread(double Mean, double? Deviation)
{
    /// <summary>Of one value a seed.</summary>
    public static Spread Of(IReadOnlyList<double> values)
    {
        var summary = SeedSummary.Of(values);
        return new Spread(summary.Mean, summary.StandardDeviation);
    }

    /// <summary>A share as per cent with two digits, such as <c>98.40 ± 0.12</c>.</summary>
    /// <param name="deviation">Whether to show the deviation, where there is one.</param>
    public string Percent(bool deviation) =>
        Percent(Mean) + (deviation && Deviation is double value ? $" ± {Percent(value)}" : string.Empty);

    /// <summary>Writes it as an object: <c>{ "mean": 0.98, "sd": 0.001 }</c>, with null for no deviation.</summary>
    internal void Write(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject(name);
        json.WriteNumber("mean", Math.Round(Mean, 6));
        if (Deviation is double deviation) json.WriteNumber("sd", Math.Round(deviation, 6));
        else json.WriteNull("sd");
        json.WriteEndObject();
    }

    // An accuracy is known to seven digits; as a decimal its halves are rounded alike on the screen and, read back from a file, in a report.
    private static string Percent(double share) => (100 * (decimal)(float)share).ToString("F2", CultureInfo.InvariantCulture);
}
