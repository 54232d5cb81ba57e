using System.Text.Json.Serialization;

namespace Pare.Runs;

/// <summary>A build: what its phases came to so far.</summary>
public sealed record BuildRecord : IRunRecord
{
    /// <summary>What names and numbers of the file mean; a version of Pare refuses a higher one than it knows.</summary>
    public int Format { get; init => field = Checks.Format(value); } = 1;

    /// <summary>The recipe's name.</summary>
    public required string Recipe { get; init; }

    /// <summary>What it is for.</summary>
    public string Description { get; init; } = string.Empty;

    /// <summary>The seeds of each phase's trainings.</summary>
    public required IReadOnlyList<int> Seeds { get; init; }

    /// <summary>What each phase's epochs were multiplied by.</summary>
    public double EpochsScale { get; init; } = 1;

    /// <summary>Whether phases that cost more than they save were undone.</summary>
    public bool Auto { get; init; }

    /// <summary>The phases that are done, in their order.</summary>
    public required IReadOnlyList<PhaseOutcome> Phases { get; init; }

    /// <summary>On what it was made.</summary>
    public required RunEnvironment Environment { get; init; }

    /// <summary>What the runs were computed with; null, and not written, in records of earlier versions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunOrigins? Origins { get; init; }

    /// <summary>Whether all phases of the recipe are done.</summary>
    public bool Finished { get; init; }

    /// <summary>
    /// What the network misses of the recipe's target, each a sentence; null, and not written, where it reaches it or is not held to it.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? MissedTargets { get; init; }

    /// <summary>The phase that the savings are counted from; null when none is done.</summary>
    [JsonIgnore]
    public PhaseOutcome? Baseline => Phases.Count == 0 ? null : Phases[0];

    /// <summary>The last phase that was kept: the network that the build ends in so far.</summary>
    [JsonIgnore]
    public PhaseOutcome? Final => Phases.LastOrDefault(static phase => phase.Kept);

    /// <summary>Whether a build lies in a folder.</summary>
    /// <param name="folder">A folder.</param>
    public static bool IsAt(string folder) => File.Exists(Path.Combine(folder, BuildFolder.BuildFile));

    /// <summary>Reads the record of a build.</summary>
    /// <param name="folder">A folder.</param>
    /// <returns>Null where there is none, or a damaged one.</returns>
    /// <exception cref="RunException">A later version of Pare wrote it in a form that this one does not know.</exception>
    public static BuildRecord? TryRead(string folder) => RunRecords.TryRead<BuildRecord>(Path.Combine(folder, BuildFolder.BuildFile));

    /// <summary>The record as one line of JSON.</summary>
    public string ToJson() => RunRecords.ToLine(this);

    void IRunRecord.Check()
    {
        Checks.Text(Recipe, "recipe");
        Checks.Text(Description, "description");
        Checks.That(Seeds is not null, "seeds", "is missing");
        Checks.That(double.IsFinite(EpochsScale) && EpochsScale > 0, "epochs_scale", "is not above 0");
        Checks.List(Phases, "phases");
        foreach (PhaseOutcome phase in Phases) phase.Check();
        if (MissedTargets is not null) Checks.List(MissedTargets, "missed_targets");
        Origins?.Check();
        Checks.That(Environment is not null, "environment", "is missing");
        ((IRunRecord)Environment!).Check();
    }
}
