namespace Pare.Runs;

/// <summary>Holds the values of a record that was read against what they can be.</summary>
internal static class Checks
{
    // Three thousand years.
    private const double MostSeconds = 1e11;

    /// <summary>The number of a file's form, of which the first files have none.</summary>
    public static int Format(int value) => value == 0 ? 1 : value;

    /// <summary>An accuracy or another share from 0 to 1; null where nothing was measured.</summary>
    public static void Share(double? value, string name) => That(value is null or (>= 0 and <= 1), name, "is not a share from 0 to 1");

    /// <summary>A time or a rate.</summary>
    public static void Time(double value, string name) => That(value is >= 0 and <= MostSeconds, name, "is not a time");

    /// <summary>A count.</summary>
    public static void Count(long value, string name) => That(value >= 0, name, "is negative");

    /// <summary>A text that must be there.</summary>
    public static void Text(string? value, string name) => That(value is not null, name, "is missing");

    /// <summary>A list that must be there, and nothing in it missing.</summary>
    public static void List<T>(IReadOnlyList<T>? values, string name)
        where T : class => That(values is not null && values.All(static value => value is not null), name, "has gaps");

    /// <summary>A condition on a value.</summary>
    /// <exception cref="FormatException">It does not hold.</exception>
    public static void That(bool holds, string name, string what)
    {
        if (!holds) throw new FormatException($"'{name}' {what}.");
    }
}
