namespace Pare.Evaluation;

/// <summary>The correction for asking several questions at once.</summary>
/// <remarks>
/// Source: Sture Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979), 65. With m
/// questions the smallest p value is taken m times, the next m - 1 times, and so on, none below the one before it. However the questions
/// hang together, one of those without an effect gets a value below 0.05 at most one time in twenty.
/// </remarks>
public static class Holm
{
    /// <summary>Adjusts p values over all that there are.</summary>
    /// <param name="values">A p value each, 0 to 1; null where a question has none, which then does not count.</param>
    /// <returns>The adjusted values in the same order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A value is not from 0 to 1.</exception>
    public static double?[] Adjust(IReadOnlyList<double?> values)
    {
        if (values.Any(static value => value is not (null or (>= 0 and <= 1))))
            throw new ArgumentOutOfRangeException(nameof(values), "A p value is not from 0 to 1.");
        var adjusted = new double?[values.Count];
        int left = values.Count(static value => value is not null);
        double highest = 0;
        foreach ((int index, double? value) in values.Index().Where(static pair => pair.Item is not null).OrderBy(static pair => pair.Item))
            adjusted[index] = highest = Math.Max(highest, Math.Min(1, left-- * value!.Value));
        return adjusted;
    }
}
