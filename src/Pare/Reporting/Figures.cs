using System.Globalization;
using System.Text.RegularExpressions;
using Pare.Runs;

namespace Pare.Reporting;

/// <summary>Numbers as a report shows them, the same in every culture.</summary>
internal static partial class Figures
{
    // A share or a number of seconds above this is no measurement; it comes from a damaged record and is shown as it is.
    private const double Odd = 1e9;

    /// <summary>1,374.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>1 image, 1,000 images.</summary>
    public static string Count(long value, string one) => $"{Count(value)} {one}{(value == 1 ? "" : "s")}";

    /// <summary>98.93 %.</summary>
    public static string Percent(double share) => Percent(new Spread(share, null));

    /// <summary>98.93 %, with the spread when there is one: 98.93 ± 0.07 %.</summary>
    public static string Percent(Spread spread)
    {
        if (!double.IsFinite(spread.Mean)) return "not a number";
        return Math.Abs(spread.Mean) < Odd && spread.Deviation is null or < Odd ? spread.Percent(spread.Deviation > 0) + " %"
            : AxisTicks.Label(100 * spread.Mean) + " %";
    }

    /// <summary>98.5 %, 25 %.</summary>
    public static string ShortPercent(double share) => (100 * share).ToString("0.##", CultureInfo.InvariantCulture) + " %";

    /// <summary>A difference of two accuracies in points of a percentage: +0.12.</summary>
    public static string Points(double difference) => (100 * difference).ToString("+0.00;−0.00;0.00", CultureInfo.InvariantCulture);

    /// <summary>How much less, or more, of something there is: −33 %.</summary>
    public static string Change(double before, double after)
    {
        double percent = 100 * ((after / before) - 1);
        string amount = $"0.{new string('#', Rounding.PercentDigits(percent, 1))}";
        return percent.ToString($"+{amount};−{amount};±0", CultureInfo.InvariantCulture) + " %";
    }

    /// <summary>In three or four digits: 950, 1.37 K, 12.5 M.</summary>
    public static string Short(double value) => Math.Abs(value) switch
    {
        >= 1e15 => AxisTicks.Label(value),
        >= 1e12 => Digits(value / 1e12) + " T",
        >= 1e9 => Digits(value / 1e9) + " G",
        >= 1e6 => Digits(value / 1e6) + " M",
        >= 1e4 => Digits(value / 1e3) + " K",
        _ => value.ToString("#,0.##", CultureInfo.InvariantCulture),
    };

    /// <summary>1.5 KB; 1 KB is 1,024 bytes.</summary>
    public static string Bytes(long value) => value switch
    {
        >= 1 << 30 => Invariant($"{value / (double)(1 << 30):F1} GB"),
        >= 1 << 20 => Invariant($"{value / (double)(1 << 20):F1} MB"),
        >= 1 << 10 => Invariant($"{value / (double)(1 << 10):F1} KB"),
        _ => $"{Count(value)} bytes",
    };

    /// <summary>42.1 s, 3:07 min, 1:02:30 h.</summary>
    public static string Seconds(double seconds)
    {
        if (!double.IsFinite(seconds)) return "not a number";
        if (Math.Abs(seconds) > Odd) return AxisTicks.Label(seconds) + " s";
        var time = TimeSpan.FromSeconds(Math.Round(seconds));
        return seconds switch
        {
            < 120 => Invariant($"{seconds:F1} s"),
            < 3600 => Invariant($"{time:m\\:ss} min"),
            _ => Invariant($"{(long)time.TotalHours}:{time:mm\\:ss} h"),
        };
    }

    /// <summary>A text of the terminal as a page shows it: with minus signs, and no line ends between a number and its unit.</summary>
    public static string Text(string text) => Minus().Replace(BeforeUnit().Replace(text, "\u00A0"), "−");

    /// <summary>A word of a command line, in double quotes where a shell would take it apart.</summary>
    public static string Argument(string word) =>
        word.Length > 0
            && word.All(static letter => char.IsAsciiLetterOrDigit(letter) || "-_./=:,+@\\".Contains(letter, StringComparison.Ordinal))
            ? word : $"\"{word}\"";

    /// <summary>A coordinate or another number for a program to read.</summary>
    public static string Coordinate(double value) => Math.Round(value, 2).ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<=[0-9]) (?=%|(?:[KMGT]B?|s|min|h)\b)")]
    private static partial Regex BeforeUnit();

    [GeneratedRegex(@"(?<=^|[\s(])-(?=[0-9])")]
    private static partial Regex Minus();

    private static string Digits(double value) =>
        value.ToString(Math.Abs(value) >= 99.95 ? "F0" : Math.Abs(value) >= 9.995 ? "F1" : "F2", CultureInfo.InvariantCulture);
}
