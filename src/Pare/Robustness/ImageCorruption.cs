using Pare.Graphs;
using Pare.Robustness.Corruptions;

namespace Pare.Robustness;

/// <summary>Corrupts images as the evaluation of robustness does, by name; docs/robustness.md has the formulas.</summary>
public static class ImageCorruption
{
    /// <summary>The highest severity; the lowest is 1.</summary>
    public const int MostSeverity = Corruption.Most;

    /// <summary>The names of the corruptions of images of a form, in their order.</summary>
    /// <param name="form">The images' shape: one channel or three.</param>
    /// <exception cref="ArgumentException">The images have another number of channels.</exception>
    public static IReadOnlyList<string> Names(Shape form) => [.. Catalog.For(form).Select(static corruption => corruption.Name)];

    /// <summary>How many severities a corruption has: 5, or 1 where its definition knows none.</summary>
    /// <param name="form">The images' shape.</param>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="ArgumentException">There is none of this name for such images.</exception>
    public static int Severities(Shape form, string name) => Find(form, name).Severities;

    /// <summary>Corrupts an image.</summary>
    /// <param name="form">The image's shape.</param>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="severity">From 1 up to <see cref="Severities"/>.</param>
    /// <param name="image">Bytes, <c>[channel][row][column]</c>.</param>
    /// <param name="to">As <paramref name="image"/>; not the same memory.</param>
    /// <param name="seed">The seed of the draws.</param>
    /// <param name="number">The image's number in its set: each has its own draws.</param>
    /// <exception cref="ArgumentException">
    /// There is no corruption of this name, or not of this severity, or the image is smaller than the kernel, or has other bytes than its
    /// shape has values.
    /// </exception>
    public static void Apply(Shape form, string name, int severity, ReadOnlySpan<byte> image, Span<byte> to, long seed = 1, int number = 0)
    {
        Corruption corruption = Find(form, name);
        if (severity < 1 || severity > corruption.Severities)
            throw new ArgumentOutOfRangeException(nameof(severity), severity,
                $"{name} has severities from 1 to {corruption.Severities}.");
        if (image.Length != form.Count || to.Length != form.Count)
            throw new ArgumentException($"An image of {form} has {form.Count} bytes, not {image.Length} and {to.Length}.", nameof(image));
        if (corruption.Obstacle(form, severity) is { } obstacle) throw new ArgumentException(obstacle, nameof(form));
        SeededRandom random = corruption.Random(seed, severity, number);
        corruption.Prepare(form, severity)(ref random, image, to);
    }

    private static Corruption Find(Shape form, string name) => Catalog.For(form).FirstOrDefault(one => one.Name == name)
        ?? throw new ArgumentException($"There is no corruption '{name}' of such images: there are {string.Join(", ", Names(form))}.",
            nameof(name));
}
