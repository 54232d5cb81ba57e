using System.Text.Json;

namespace Pare.Ablation;

/// <summary>What one run of an ablation came to.</summary>
public sealed record AblationRun
{
    /// <summary>The seed.</summary>
    public required int Seed { get; init; }

    /// <summary>Trained parameters of the network.</summary>
    public required long Parameters { get; init; }

    /// <summary>The last epoch's accuracy on the test set, 0 to 1; null for a run that failed.</summary>
    public required double? TestAccuracy { get; init; }

    /// <summary>The last epoch's accuracy on the validation split, 0 to 1; null without one.</summary>
    public required double? ValidationAccuracy { get; init; }

    /// <summary>Wall time of training and testing in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Why the run failed, such as a loss that is no longer finite; null for one that did not.</summary>
    public string? Failure { get; init; }

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("seed", Seed);
        json.WriteNumber("parameters", Parameters);
        WriteNumber("test_accuracy", TestAccuracy);
        WriteNumber("validation_accuracy", ValidationAccuracy);
        json.WriteNumber("seconds", Math.Round(Seconds, 3));
        json.WriteString("failure", Failure);

        void WriteNumber(string name, double? value)
        {
            if (value is double number) json.WriteNumber(name, number);
            else json.WriteNull(name);
        }
    }

    internal static AblationRun Read(JsonElement json)
    {
        return new AblationRun
        {
            Seed = json.GetProperty("seed").GetInt32(),
            Parameters = json.GetProperty("parameters").GetInt64(),
            TestAccuracy = Number("test_accuracy"),
            ValidationAccuracy = Number("validation_accuracy"),
            Seconds = json.GetProperty("seconds").GetDouble(),
            Failure = json.GetProperty("failure").GetString(),
        };

        double? Number(string name) => json.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;
    }
}
