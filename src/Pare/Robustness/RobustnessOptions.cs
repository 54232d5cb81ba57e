namespace Pare.Robustness;

/// <summary>What of robustness is measured, and on how much.</summary>
public sealed record RobustnessOptions
{
    /// <summary>
    /// The sections by their names, such as <c>corruptions</c>; null for all of <see cref="RobustnessEvaluation.Sections"/>.
    /// </summary>
    public IReadOnlyList<string>? Sections { get; init; }

    /// <summary>The seed of every random draw.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The severities of the corruptions, each from 1 to 5.</summary>
    public IReadOnlyList<int> Severities { get; init; } = [1, 2, 3, 4, 5];

    /// <summary>The kinds of corruption by their names; null for all that there are for such images.</summary>
    public IReadOnlyList<string>? Kinds { get; init; }

    /// <summary>Whether a test image is kept spoiled in every way, for a report.</summary>
    public bool Pictures { get; init; }

    /// <summary>The most test images, taken evenly from the whole set; null for all.</summary>
    public int? MostImages { get; init; }

    /// <summary>Threads to use; null for one a processor. The result is the same with any number.</summary>
    public int? Threads { get; init; }
}
