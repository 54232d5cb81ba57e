using System.Text.Json;

namespace Pare.Runs;

/// <summary>A build: what its phases came to so far.</summary>
public sealed record BuildRecord
{
    /// <summary>The recipe's name.</summary>
    public required string Recipe { get; init; }

    /// <summary>What it is for.</summary>
    public required string Description { get; init; }

    /// <summary>The seeds of each phase's trainings.</summary>
    public required IReadOnlyList<int> Seeds { get; init; }

    /// <summary>What each phase's epochs were multiplied by.</summary>
    public required double EpochsScale { get; init; }

    /// <summary>Whether phases that cost more than they save were undone.</summary>
    public required bool Auto { get; init; }

    /// <summary>The phases that are done, in their order.</summary>
    public required IReadOnlyList<PhaseOutcome> Phases { get; init; }

    /// <summary>On what it was made.</summary>
    public required RunEnvironment Environment { get; init; }

    /// <summary>Whether all phases of the recipe are done.</summary>
    public required bool Finished { get; init; }

    /// <summary>The phase that the savings are counted from; null when none is done.</summary>
    public PhaseOutcome? Baseline => Phases.Count == 0 ? null : Phases[0];

    /// <summary>The last phase that was kept: the network that the build ends in so far.</summary>
    public PhaseOutcome? Final => Phases.LastOrDefault(static phase => phase.Kept);

    /// <summary>Writes the properties into a JSON object that is open.</summary>
    /// <param name="json">The writer.</param>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("recipe", Recipe);
        json.WriteString("description", Description);
        json.WriteStartArray("seeds");
        foreach (int seed in Seeds) json.WriteNumberValue(seed);
        json.WriteEndArray();
        json.WriteNumber("epochs_scale", EpochsScale);
        json.WriteBoolean("auto", Auto);
        json.WriteStartArray("phases");
        foreach (PhaseOutcome phase in Phases)
        {
            json.WriteStartObject();
            phase.Write(json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("environment");
        Environment.Write(json);
        json.WriteEndObject();
        json.WriteBoolean("finished", Finished);
    }
}
