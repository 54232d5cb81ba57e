using System.Text.Json.Serialization;

namespace Pare.Runs;

/// <summary>A finished run of an ablation as it stands in a file.</summary>
internal sealed record AblationFile : IRunRecord
{
    public int Format { get; init => field = Checks.Format(value); } = 1;

    /// <summary>The row's name.</summary>
    public required string Row { get; init; }

    /// <summary>Where the images came from.</summary>
    public required string Data { get; init; }

    /// <summary>What the images are; null, and not written, where it is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DataFingerprint { get; init; }

    /// <summary>
    /// The version of the library that made the run, with its commit; null, and not written, in runs of earlier versions.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PareVersion { get; init; }

    /// <summary>The widest vector instructions in use; null, and not written, in runs of earlier versions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? InstructionSet { get; init; }

    /// <summary>Threads that computed; null, and not written, in runs of earlier versions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Threads { get; init; }

    /// <summary>A digest of its teacher; null, and not written, where none teaches, and in runs of earlier versions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Teacher { get; init; }

    /// <summary>What it came to.</summary>
    public required AblationRun Run { get; init; }

    /// <summary>The resolved recipe that it trained.</summary>
    public required string Recipe { get; init; }

    public void Check()
    {
        Checks.Text(Row, "row");
        Checks.Text(Data, "data");
        Checks.Text(Recipe, "recipe");
        Checks.Count(Threads ?? 0, "threads");
        Checks.That(Run is not null, "run", "is missing");
        Run!.Check();
    }
}
