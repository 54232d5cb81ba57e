using System.Globalization;

namespace Pare.Runs;

/// <summary>A line of a CSV file.</summary>
public static class CsvLine
{
    /// <summary>
    /// The values, numbers as every country's programs read them, with quotes around what holds a comma, a quote or the end of a line; null
    /// is empty. The line ends in <c>\n</c> on every system.
    /// </summary>
    /// <param name="values">The values, in the order of the columns.</param>
    public static string Of(IEnumerable<object?> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return string.Join(',', values.Select(Cell)) + "\n";
    }

    private static string Cell(object? value)
    {
        string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        return text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
