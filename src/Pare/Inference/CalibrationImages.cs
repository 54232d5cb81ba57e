using System.Globalization;
using Pare.Data;
using Pare.Runs;
using Pare.Training;

namespace Pare.Inference;

/// <summary>
/// The images that a network is quantized with, training images all: some whose maps are looked at, others on which ways are compared.
/// Never a test image.
/// </summary>
/// <param name="Images">Where they are from, their classes numbered as the network's outputs.</param>
/// <param name="Observed">The images whose maps are looked at.</param>
/// <param name="Validation">The images that ways are compared on.</param>
/// <param name="Notes">What a person should know about the choice.</param>
public sealed record CalibrationImages(ImageSet Images, IReadOnlyList<int> Observed, IReadOnlyList<int> Validation,
    IReadOnlyList<string> Notes)
{
    /// <summary>The images that are looked at unless somebody wants another number.</summary>
    public const int DefaultCount = 1_000;

    private const int MostValidation = 2_000;
    private const long Seed = 1;
    private const int ObservedStream = 71, ValidationStream = 72, HeldOutPart = 5;

    /// <summary>Chooses them.</summary>
    /// <param name="data">The images, as they are now.</param>
    /// <param name="split">What the run kept of its split; null for a network that comes without.</param>
    /// <param name="options">How the network was trained, which says what it held out; null where nobody knows.</param>
    /// <param name="classes">The network's classes in the order of its outputs; null where nobody knows.</param>
    /// <param name="count">Images to look at; null for <see cref="DefaultCount"/>, or fewer where there are fewer.</param>
    /// <exception cref="DataException">There are fewer than two training images, or the network does not know a class.</exception>
    public static CalibrationImages Of(Dataset data, RunSplit? split, TrainingOptions? options,
        IReadOnlyList<string>? classes, int? count = null)
    {
        if (count is int given) ArgumentOutOfRangeException.ThrowIfNegativeOrZero(given, nameof(count));
        var notes = new List<string>();
        var trained = TrainedImages.Of(data, split, options, classes);
        ImageSet images = trained.Images;
        int[] validation = [.. trained.Validation], training = [.. trained.Training.Concat(validation).Order()];
        if (training.Length < 2)
            throw new DataException(
                $"Integers need training images to find the ranges of the network's maps, and there " +
                $"{(training.Length == 1 ? "is 1" : "are none")}.",
                data.Source, "Name the data set that the network was trained on, training images included.");
        if (validation.Length == 0 || validation.Length == training.Length)
        {
            validation = Drawn(training, Math.Max(1, training.Length / HeldOutPart), ValidationStream);
            notes.Add((split is null && options is null ? "Which images the training held out is not known"
                : "The training held no images out for validation") + ": ways of quantizing are compared on " +
                $"{Count(Math.Min(validation.Length, MostValidation))} of its training images, which are not looked at for ranges.");
        }

        HashSet<int> held = [.. validation];
        int[] rest = [.. training.Where(index => !held.Contains(index))];
        if (rest.Length < count)
            notes.Add($"There are {Count(rest.Length)} training images to look at, and {Count(count.Value)} were asked for.");
        return new CalibrationImages(images, Drawn(rest, count ?? DefaultCount, ObservedStream),
            Drawn(validation, MostValidation, ValidationStream), notes);
    }

    // So many at most, seeded, in ascending order.
    private static int[] Drawn(int[] from, int count, int stream)
    {
        if (from.Length <= count) return from;
        int[] all = [.. from];
        new SeededRandom(Seed, stream).Shuffle<int>(all);
        Array.Sort(all, 0, count);
        return all[..count];
    }

    private static string Count(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
