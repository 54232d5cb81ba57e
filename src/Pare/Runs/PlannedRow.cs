using System.Text.Json.Serialization;

namespace Pare.Runs;

/// <summary>What several runs of a plan have in common but for their seeds: a phase of a build, or a row of an ablation.</summary>
public sealed record PlannedRow : IRunRecord
{
    /// <summary>The phase's or the row's name.</summary>
    public required string Name { get; init; }

    /// <summary>Of an ablation each <c>key=value</c> that turns the recipe into this row; empty of a build.</summary>
    public IReadOnlyList<string> Overrides { get; init; } = [];

    /// <summary>
    /// The row whose network of the same seed teaches this one, from 0; null, and not written, where none of the same plan does.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Teacher { get; init; }

    /// <summary>Passes over the training images.</summary>
    public required int Epochs { get; init; }

    /// <summary>The resolved recipe, with every default, as YAML; each run sets its seed, and where its teacher lies.</summary>
    public required string Recipe { get; init; }

    void IRunRecord.Check()
    {
        Checks.Text(Name, "name");
        Checks.List(Overrides, "overrides");
        Checks.Count(Epochs, "epochs");
        Checks.Text(Recipe, "recipe");
    }
}
