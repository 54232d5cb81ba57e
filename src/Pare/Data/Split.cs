namespace Pare.Data;

/// <summary>Divides the images of a set into two parts, each class in the same proportion.</summary>
public static class Split
{
    private const long Stream = 0x53504C4954; // "SPLIT": keeps its draws apart from those of other uses of the same seed.

    /// <summary>Holds a fraction of each class out for validation.</summary>
    /// <param name="images">The training images.</param>
    /// <param name="fraction">The part to hold out, from 0 up to, but not including, 1.</param>
    /// <param name="seed">The seed; the same seed gives the same split on every platform.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="fraction"/> is outside its range.</exception>
    public static IndexSplit Validation(ImageSet images, double fraction, long seed) =>
        Stratified(images.Labels, images.Classes.Count, fraction, seed);

    /// <summary>Holds a fraction of each class out.</summary>
    /// <param name="labels">One class index an image.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="fraction">
    /// The part to hold out, from 0 up to, but not including, 1. It is rounded a class; above 0, a class of two images or more keeps one on
    /// either side.
    /// </param>
    /// <param name="seed">The seed; the same seed gives the same split on every platform.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="fraction"/> is outside its range.</exception>
    public static IndexSplit Stratified(ReadOnlySpan<int> labels, int classes, double fraction, long seed)
    {
        if (fraction is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "The fraction must be at least 0 and less than 1.");

        var members = new List<int>[classes];
        for (int c = 0; c < classes; c++) members[c] = [];
        for (int i = 0; i < labels.Length; i++) members[labels[i]].Add(i);

        List<int> kept = [], held = [];
        for (int c = 0; c < classes; c++)
        {
            int[] order = [.. members[c]];
            new SeededRandom(seed, Stream, c).Shuffle<int>(order);
            int count = (int)Math.Round(order.Length * fraction, MidpointRounding.AwayFromZero);
            if (fraction > 0 && order.Length >= 2) count = Math.Clamp(count, 1, order.Length - 1);
            else if (order.Length == 1) count = 0;
            held.AddRange(order.AsSpan(0, count));
            kept.AddRange(order.AsSpan(count));
        }

        kept.Sort();
        held.Sort();
        return new IndexSplit([.. kept], [.. held]);
    }
}
