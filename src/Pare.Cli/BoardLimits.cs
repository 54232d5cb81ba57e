using System.Globalization;

namespace Pare.Cli;

/// <summary>What a program may take of a board.</summary>
/// <param name="Flash">Bytes of code and constants; null for any number.</param>
/// <param name="Ram">Bytes of memory that is written to, the stack included; null for any number.</param>
internal sealed record BoardLimits(long? Flash, long? Ram)
{
    /// <summary>Reads limits such as <c>flash=32K,ram=8K</c>.</summary>
    /// <param name="text">The limits.</param>
    /// <param name="error">What is wrong with them; null if nothing is.</param>
    public static BoardLimits? Parse(string text, out string? error)
    {
        var limits = new BoardLimits(null, null);
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] sides = part.Split('=', StringSplitOptions.TrimEntries);
            string key = sides[0].ToLowerInvariant();
            error = sides.Length != 2 ? $"--fits takes limits such as flash=32K,ram=8K, not `{text}`."
                : key is not ("flash" or "ram") ? $"--fits knows flash and ram, not `{sides[0]}`."
                : (key == "flash" ? limits.Flash : limits.Ram) is not null ? $"--fits has {key} twice: flash=32K,ram=8K names each once."
                : Bytes(sides[1], 1) is null ? $"--fits: {NoAmount(sides[1])}" : null;
            if (error is not null) return null;
            limits = key == "flash" ? limits with { Flash = Bytes(sides[1], 1) } : limits with { Ram = Bytes(sides[1], 1) };
        }

        error = null;
        return limits;
    }

    /// <summary>Reads an amount such as <c>4K</c>, <c>4096B</c> or <c>1.5M</c>; null where it is none.</summary>
    /// <param name="text">The amount.</param>
    /// <param name="bare">Bytes that a number without a unit counts.</param>
    public static long? Bytes(string text, long bare)
    {
        string digits = text.TrimEnd('B', 'b');
        if (digits.Length < text.Length) bare = 1;
        long unit = digits.Length == 0 ? bare : char.ToUpperInvariant(digits[^1]) switch { 'K' => 1 << 10, 'M' => 1 << 20, _ => bare };
        if (digits.Length > 0 && !char.IsAsciiDigit(digits[^1]) && char.ToUpperInvariant(digits[^1]) is 'K' or 'M') digits = digits[..^1];
        return double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number > 0
            && number < 1e9 && number * unit >= 1 ? (long)(number * unit) : null;
    }

    /// <summary>What to say of an amount that is none.</summary>
    public static string NoAmount(string text) =>
        $"`{text}` is no amount of memory: write a number with K (1,024 bytes), M (1,024 K) or B (bytes), such as 32K.";
}
