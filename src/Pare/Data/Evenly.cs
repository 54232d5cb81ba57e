namespace Pare.Data;

/// <summary>
/// Some of many, evenly: the images of a folder come class by class, so that the first ones would be of the first classes.
/// </summary>
internal static class Evenly
{
    /// <summary>Which of <paramref name="of"/> are taken, in ascending order.</summary>
    /// <param name="count">How many; at most as many as there are.</param>
    /// <param name="of">How many there are.</param>
    public static IEnumerable<int> Spread(int count, int of) => Enumerable.Range(0, count).Select(i => (int)((long)i * of / count));
}
