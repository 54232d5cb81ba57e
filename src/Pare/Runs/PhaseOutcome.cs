using System.Text.Json;

namespace Pare.Runs;

/// <summary>What a phase came to, over its seeds.</summary>
public sealed record PhaseOutcome
{
    /// <summary>The phase's name.</summary>
    public required string Name { get; init; }

    /// <summary>What one should see.</summary>
    public required string Target { get; init; }

    /// <summary>What it changes, in short.</summary>
    public required string Change { get; init; }

    /// <summary>Trained parameters of its network.</summary>
    public required long Parameters { get; init; }

    /// <summary>Multiply-accumulates of one image's forward pass.</summary>
    public required long Macs { get; init; }

    /// <summary>Its run folders below the build's folder, one a seed.</summary>
    public required IReadOnlyList<string> Runs { get; init; }

    /// <summary>Accuracy on the training images without augmentation, 0 to 1.</summary>
    public required Spread Train { get; init; }

    /// <summary>Accuracy on the validation split, 0 to 1; null without one.</summary>
    public required Spread? Validation { get; init; }

    /// <summary>Accuracy on the test set, 0 to 1.</summary>
    public required Spread Test { get; init; }

    /// <summary>Mean seconds of a run.</summary>
    public required double Seconds { get; init; }

    /// <summary>Whether the phases after it build on it.</summary>
    public bool Kept { get; init; } = true;

    /// <summary>The verdict, in one line.</summary>
    public string Why { get; init; } = string.Empty;

    /// <summary>How much better the network is on the images that it was trained on than on the test set.</summary>
    public double Gap => Train.Mean - Test.Mean;

    /// <summary>Writes the properties into a JSON object that is open.</summary>
    /// <param name="json">The writer.</param>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("name", Name);
        json.WriteString("target", Target);
        json.WriteString("change", Change);
        json.WriteNumber("parameters", Parameters);
        json.WriteNumber("macs", Macs);
        json.WriteStartArray("runs");
        foreach (string run in Runs) json.WriteStringValue(run);
        json.WriteEndArray();
        Train.Write(json, "train");
        if (Validation is { } validation) validation.Write(json, "validation");
        else json.WriteNull("validation");
        Test.Write(json, "test");
        json.WriteNumber("gap", Math.Round(Gap, 6));
        json.WriteNumber("seconds", Math.Round(Seconds, 3));
        json.WriteBoolean("kept", Kept);
        json.WriteString("why", Why);
    }
}
