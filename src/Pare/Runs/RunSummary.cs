using System.Text.Json;

namespace Pare.Runs;

/// <summary>What came out of a run, as one object for programs to read.</summary>
public sealed record RunSummary
{
    /// <summary>The run's folder, as the user would type it.</summary>
    public required string Run { get; init; }

    /// <summary>The recipe's name.</summary>
    public required string Recipe { get; init; }

    /// <summary>Trained parameters of the network.</summary>
    public required long Parameters { get; init; }

    /// <summary>Multiply-accumulates of one image's forward pass.</summary>
    public required long Macs { get; init; }

    /// <summary>Epochs that were trained.</summary>
    public required int Epochs { get; init; }

    /// <summary>The accuracy of the saved network on the test set, 0 to 1.</summary>
    public required float TestAccuracy { get; init; }

    /// <summary>The mean cross entropy on the test set.</summary>
    public required float TestLoss { get; init; }

    /// <summary>The accuracy of the saved network on the validation split, 0 to 1; null without one.</summary>
    public required float? ValidationAccuracy { get; init; }

    /// <summary>The last step's weights on the test set, where the saved network is an average of weights; otherwise null, and not written.</summary>
    public float? UnaveragedTestAccuracy { get; init; }

    /// <summary>The same on the validation split.</summary>
    public float? UnaveragedValidationAccuracy { get; init; }

    /// <summary>
    /// The trained network's accuracy on the images that it was trained on, 0 to 1, without augmentation: what it is above the test
    /// accuracy is the gap of generalization. Of more than 10,000 images every n-th is measured.
    /// </summary>
    public required float TrainAccuracy { get; init; }

    /// <summary>Wall time of the training in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Training images a second.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>The seed.</summary>
    public required int Seed { get; init; }

    /// <summary>Reads a summary that was written.</summary>
    /// <param name="file">The path of <c>result.json</c>.</param>
    /// <returns>The summary; null when there is none, or one that lacks a property, as of a run that did not come to its end.</returns>
    public static RunSummary? Read(string file)
    {
        try
        {
            using FileStream stream = File.OpenRead(file);
            using JsonDocument document = JsonDocument.Parse(stream);
            JsonElement json = document.RootElement;
            return new RunSummary
            {
                Run = json.GetProperty("run").GetString()!,
                Recipe = json.GetProperty("recipe").GetString()!,
                Parameters = json.GetProperty("parameters").GetInt64(),
                Macs = json.GetProperty("macs").GetInt64(),
                Epochs = json.GetProperty("epochs").GetInt32(),
                TestAccuracy = json.GetProperty("test_accuracy").GetSingle(),
                TestLoss = json.GetProperty("test_loss").GetSingle(),
                ValidationAccuracy = Optional(json, "validation_accuracy"),
                UnaveragedTestAccuracy = Optional(json, "unaveraged_test_accuracy"),
                UnaveragedValidationAccuracy = Optional(json, "unaveraged_validation_accuracy"),
                TrainAccuracy = json.GetProperty("train_accuracy").GetSingle(),
                Seconds = json.GetProperty("seconds").GetDouble(),
                ImagesPerSecond = json.GetProperty("images_per_second").GetDouble(),
                Seed = json.GetProperty("seed").GetInt32(),
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Writes the properties into a JSON object that is open.</summary>
    /// <param name="json">The writer.</param>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("run", Run);
        json.WriteString("recipe", Recipe);
        json.WriteNumber("parameters", Parameters);
        json.WriteNumber("macs", Macs);
        json.WriteNumber("epochs", Epochs);
        json.WriteNumber("test_accuracy", TestAccuracy);
        json.WriteNumber("test_loss", TestLoss);
        if (ValidationAccuracy is float accuracy) json.WriteNumber("validation_accuracy", accuracy);
        else json.WriteNull("validation_accuracy");
        if (UnaveragedTestAccuracy is float unaveragedTest) json.WriteNumber("unaveraged_test_accuracy", unaveragedTest);
        if (UnaveragedValidationAccuracy is float unaveragedValidation) json.WriteNumber("unaveraged_validation_accuracy", unaveragedValidation);
        json.WriteNumber("train_accuracy", TrainAccuracy);
        json.WriteNumber("seconds", Math.Round(Seconds, 3));
        json.WriteNumber("images_per_second", Math.Round(ImagesPerSecond, 1));
        json.WriteNumber("seed", Seed);
    }

    private static float? Optional(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value.GetSingle() : null;
}
