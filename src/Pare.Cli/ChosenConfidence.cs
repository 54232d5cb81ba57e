using System.Text.Json;
using Pare.Evaluation;

namespace Pare.Cli;

/// <summary>What was chosen on validation images and is kept in a model's file.</summary>
internal sealed record ChosenConfidence
{
    /// <summary>The temperature and what it does; null where none was asked for.</summary>
    public TemperatureFit? Fit { get; init; }

    /// <summary>The threshold and what it proves; null where none was asked for.</summary>
    public SureThreshold? Threshold { get; init; }

    /// <summary>Writes it as properties with the names that robustness.json has for the same.</summary>
    public void Write(Utf8JsonWriter json)
    {
        if (Fit is { } fit)
        {
            json.WriteStartObject("fit");
            json.WriteNumber("temperature", fit.Temperature);
            json.WriteNumber("before", fit.Before);
            json.WriteNumber("after", fit.After);
            json.WriteNumber("images", fit.Images);
            json.WriteNumber("steps", fit.Steps);
            json.WriteString("kept", fit.Kept);
            json.WriteEndObject();
        }

        if (Threshold is not { } chosen) return;
        json.WriteStartObject("chosen");
        json.WriteNumber("wished", chosen.Wished);
        json.WriteNumber("risk", chosen.Risk);
        json.WriteNumber("threshold", chosen.Threshold);
        json.WriteNumber("images", chosen.Images);
        json.WriteNumber("sure", chosen.Sure);
        json.WriteNumber("wrong", chosen.Wrong);
        json.WriteNumber("bound", chosen.Bound);
        json.WriteEndObject();
    }
}
