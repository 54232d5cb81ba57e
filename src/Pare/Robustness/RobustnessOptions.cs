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

    /// <summary>Whether a test image is kept corrupted in every way, for a report.</summary>
    public bool Pictures { get; init; }

    /// <summary>The most test images, of each class its share; null for all.</summary>
    public int? MostImages { get; init; }

    /// <summary>Threads to use; null for one per processor. The result is the same with any number.</summary>
    public int? Threads { get; init; }

    /// <summary>The most test images that are attacked, of each class its share of those that are measured.</summary>
    public int AttackedImages { get; init; } = 500;

    /// <summary>
    /// How far attacks may move a pixel, in steps of a byte: eps = n / 255; null for 8, 16, 32 and 77 of grey images (the last is 0.3, the
    /// literature's for MNIST), 1, 2, 4 and 8 of coloured ones.
    /// </summary>
    public IReadOnlyList<int>? Epsilons { get; init; }

    /// <summary>How often an attack of many steps begins: first at the picture itself, then at random places around it.</summary>
    public int Restarts { get; init; } = 2;

    /// <summary>The most training images that flatness is measured on, drawn at random.</summary>
    public int FlatnessImages { get; init; } = 512;
}
