using Pare.Graphs;

namespace Pare.Robustness.Corruptions;

/// <summary>A way in which pictures are corrupted, in steps.</summary>
/// <param name="Name">Such as <c>gaussian_noise</c>.</param>
/// <param name="Family">What it belongs to, such as <c>noise</c>.</param>
/// <param name="Number">Keys its random draws; never changed, so that a seed stays what it was.</param>
/// <param name="Prepare">Makes what corrupts images of a form at a severity.</param>
internal sealed record Corruption(string Name, string Family, int Number, Func<Shape, int, Corrupter> Prepare)
{
    /// <summary>The highest severity.</summary>
    public const int Most = 5;

    private const long Stream = 7_000;

    /// <summary>How many severities it has: 5, or 1 where its definition knows none.</summary>
    public int Severities { get; init; } = Most;

    /// <summary>The least rows and columns of an image at a severity: the width of its kernel, where it has one.</summary>
    public Func<int, int> LeastSide { get; init; } = static _ => 1;

    /// <summary>
    /// By how many pixels down and right a severity's draws move an image whose border pixels go on outside, where that is all that it
    /// does; null of every other corruption.
    /// </summary>
    public Func<int, SeededRandom, (int Down, int Right)>? Moves { get; init; }

    /// <summary>The draws for an image.</summary>
    /// <param name="seed">The seed of the evaluation.</param>
    /// <param name="severity">From 1 on.</param>
    /// <param name="image">The image's number in its set.</param>
    public SeededRandom Random(long seed, int severity, int image) => new(seed, Stream + (10 * Number) + severity, image);

    /// <summary>Why images of a form cannot be corrupted so, a sentence; null where they can.</summary>
    public string? Obstacle(Shape form, int severity)
    {
        int least = LeastSide(severity);
        return Math.Min(form.Height, form.Width) >= least ? null
            : $"Images of {form.Height}x{form.Width} are too small for {Name} of severity {severity}, which looks at {least} pixels at " +
                "once.";
    }
}
