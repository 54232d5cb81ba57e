namespace Pare.Ablation;

/// <summary>What an ablation compares.</summary>
public sealed record AblationOptions
{
    /// <summary>Runs of each row, with the recipe's seed and those that follow it; 1 or more. One run shows no spread.</summary>
    public int Seeds { get; init; } = 3;

    /// <summary>
    /// Whether the baseline has none of the recipe's techniques and each row one of them, instead of all and all but one.
    /// </summary>
    public bool Add { get; init; }

    /// <summary>More rows, each <c>key=value1,value2</c>: the baseline with that key of the recipe set to each value in turn.</summary>
    public IReadOnlyList<string> Vary { get; init; } = [];

    /// <summary>
    /// Factors that are crossed, each <c>key=value1,value2</c>: a row for every combination of one value of each, and none for the
    /// techniques.
    /// </summary>
    public IReadOnlyList<string> Grid { get; init; } = [];
}
