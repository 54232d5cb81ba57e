using System.Globalization;

namespace Pare.Cli;

/// <summary>What a program may take of a board.</summary>
/// <param name="Flash">Bytes of code and constants; null for any number.</param>
/// <param name="Ram">Bytes of memory that is written to, the stack included; null for any number.</param>
internal sealed record BoardLimits(long? Flash, long? Ram)
{
    /// <summary>Reads limits such as <c>flash=32K,ram=8K</c>; null where they are none.</summary>
    public static BoardLimits? Parse(string text)
    {
        var limits = new BoardLimits(null, null);
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] sides = part.Split('=', StringSplitOptions.TrimEntries);
            if (sides.Length != 2 || Bytes(sides[1]) is not long bytes) return null;
            switch (sides[0].ToLowerInvariant())
            {
                case "flash" when limits.Flash is null:
                    limits = limits with { Flash = bytes };
                    break;
                case "ram" when limits.Ram is null:
                    limits = limits with { Ram = bytes };
                    break;
                default:
                    return null;
            }
        }

        return limits;
    }

    private static long? Bytes(string text)
    {
        string digits = text.TrimEnd('B', 'b');
        long unit = digits.Length == 0 ? 1 : char.ToUpperInvariant(digits[^1]) switch { 'K' => 1 << 10, 'M' => 1 << 20, _ => 1 };
        if (unit > 1) digits = digits[..^1];
        return double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number > 0
            && number < 1e9 ? (long)(number * unit) : null;
    }
}
