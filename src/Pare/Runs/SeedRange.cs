namespace Pare.Runs;

/// <summary>The seeds of a comparison: one after the other.</summary>
internal static class SeedRange
{
    /// <summary>So many seeds from the first on.</summary>
    /// <exception cref="RecipeException">The last one would be larger than a seed can be.</exception>
    public static int[] From(int first, int count)
    {
        if (first > int.MaxValue - count + 1)
            throw new RecipeException($"{count} seeds from {first} on go beyond the largest seed, {int.MaxValue}.", "training.seed",
                "Begin with a smaller seed.")
            { Setting = "training.seed" };
        return [.. Enumerable.Range(first, count)];
    }
}
