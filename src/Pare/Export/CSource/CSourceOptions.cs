namespace Pare.Export.CSource;

/// <summary>What a C program is called and carries.</summary>
public sealed record CSourceOptions
{
    /// <summary>What the files and functions are called; anything that is no identifier becomes one.</summary>
    public required string Name { get; init; }

    /// <summary>Where the network comes from: each file says it.</summary>
    public ModelOrigin Origin { get; init; } = new();

    /// <summary>How sure the network is said to be; the header has its numbers, since scores are logits.</summary>
    public ConfidenceRule Confidence { get; init; } = ConfidenceRule.None;

    /// <summary>
    /// Bytes that all maps should take: where they would take more, the first stages are computed in strips of columns, as few as that
    /// needs, and the columns where strips meet twice. A program that takes more all the same is written, too: its
    /// <see cref="CProgram.ArenaBytes"/> tell.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int MaxArenaBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = int.MaxValue;

    /// <summary>Images for the self test; without any it checks the weights only.</summary>
    public IReadOnlyList<TestVector> Tests { get; init; } = [];
}
