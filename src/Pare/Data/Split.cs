using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Pare.Data;

/// <summary>Decides which images are held out, image by image, so that one more or one less moves no other.</summary>
/// <remarks>
/// An image, or the group that it belongs to, has a place between 0 and 1 that follows from the split's seed and its name alone; it is
/// held out when the place lies below the fraction. Small classes have a border: a class none of whose images lies below gives the lowest
/// one, and one with all below keeps the highest, so that each class of two or more stands on both sides. <c>docs/splits.md</c> says more.
/// </remarks>
public static class Split
{
    private const string ForTest = "test", ForValidation = "validation";

    /// <summary>Divides the training images of a data set into those to learn from and those to choose on.</summary>
    /// <param name="data">The data set; where it brings validation images of its own, these are held out and no others.</param>
    /// <param name="fraction">The part to hold out, from 0 up to, but not including, 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="fraction"/> is outside its range.</exception>
    /// <exception cref="DataException">
    /// An image belongs to no group of the split's options, or the data set names a validation image that is none of its training images.
    /// </exception>
    public static IndexSplit Validation(Dataset data, double fraction)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (fraction is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "The fraction must be at least 0 and less than 1.");
        ImageSet images = data.Train;
        var held = new bool[images.Count];
        if (data.Validation.Count > 0)
        {
            foreach (int index in data.Validation)
            {
                if ((uint)index >= (uint)held.Length)
                    throw new DataException($"Image {index} is named for validation, and there are {held.Length} training images.",
                        data.Source, "Name them by their index among the training images, from 0 on.");
                held[index] = true;
            }
        }
        else if (fraction > 0)
            held = Validation(data.Split.KeysOf(images.Names, data.Source), images.Labels, images.Classes.Count, fraction, data.Split.Seed);
        return new IndexSplit([.. Enumerable.Range(0, held.Length).Where(i => !held[i])],
            [.. Enumerable.Range(0, held.Length).Where(i => held[i])]);
    }

    /// <summary>Which images are held out for testing.</summary>
    /// <param name="keys">What each image is drawn by; those with the same stand on one side.</param>
    /// <param name="labels">One class index an image.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="options">The fraction and the seed.</param>
    internal static bool[] Test(IReadOnlyList<string> keys, ReadOnlySpan<int> labels, int classes, SplitOptions options) =>
        Draw(keys, labels, classes, options.Test, options.Seed, ForTest);

    /// <summary>Which of the images that are not for testing are held out to choose on.</summary>
    internal static bool[] Validation(IReadOnlyList<string> keys, ReadOnlySpan<int> labels, int classes, double fraction, long seed) =>
        Draw(keys, labels, classes, fraction, seed, ForValidation);

    private static bool[] Draw(IReadOnlyList<string> keys, ReadOnlySpan<int> labels, int classes, double fraction, long seed,
        string purpose)
    {
        var units = new Dictionary<string, Unit>(StringComparer.Ordinal);
        var unitOf = new Unit[keys.Count];
        for (int i = 0; i < unitOf.Length; i++)
        {
            if (!units.TryGetValue(keys[i], out Unit? unit))
                units.Add(keys[i], unit = new Unit(keys[i], Place(keys[i], seed, purpose), fraction));
            unitOf[i] = unit;
        }

        var members = new HashSet<Unit>[classes];
        for (int label = 0; label < classes; label++) members[label] = [];
        for (int i = 0; i < unitOf.Length; i++) members[labels[i]].Add(unitOf[i]);

        // Every class for itself, before any of them changes a side: what a class needs does not hang on the order of classes.
        foreach (Unit unit in members.Where(static units => units.Count > 1 && !units.Any(static unit => unit.IsBelow))
            .Select(static units => units.Min()!)) unit.IsHeld = true;
        foreach (Unit unit in members.Where(static units => units.Count > 0 && units.All(static unit => unit.IsHeld))
            .Select(static units => units.Max()!).ToArray()) unit.IsHeld = false;
        return Array.ConvertAll(unitOf, static unit => unit.IsHeld);
    }

    private static double Place(string key, long seed, string purpose)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(Invariant($"{purpose}/{seed}/{key}")), hash);
        return (BinaryPrimitives.ReadUInt64LittleEndian(hash) >> 11) * (1.0 / (1L << 53));
    }

    // What moves as one: an image, or the images of a group.
    private sealed class Unit(string key, double place, double fraction) : IComparable<Unit>
    {
        public bool IsBelow { get; } = place < fraction;

        public bool IsHeld { get; set; } = place < fraction;

        private double Place { get; } = place;

        private string Key { get; } = key;

        public int CompareTo(Unit? other) =>
            Place.CompareTo(other!.Place) is var order and not 0 ? order : string.CompareOrdinal(Key, other.Key);
    }
}
