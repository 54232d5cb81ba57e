using System.Globalization;
using System.Text.Json;
using Pare.Export;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Runs;

namespace Pare.Cli;

/// <summary>A model's card, for people and for programs.</summary>
internal static class ModelCardView
{
    /// <summary>What a person must know before trusting a model's answers.</summary>
    public static IEnumerable<string> Notes(Model model)
    {
        if (model.AssumesPreprocessing)
            yield return
                "the file does not say what is done to a picture before the network gets it: bytes / 255 are assumed, which may be wrong";
        if (RunFolder.Doubt(model.Location!) is { } lack) yield return $"this run {lack}";
    }

    public static void Write(Messages messages, ModelCard card)
    {
        (Model model, ModelOrigin origin) = (card.Model, card.Model.Origin);
        messages.Exact("model", card.File);
        messages.Fact("file", Amounts.Bytes(card.Bytes) + (origin.PareVersion is { } version ? $", written by Pare {version}" : ""));
        messages.Fact("classes", Amounts.Count(model.Classes.Count)
            + (model.Graph.NamesClasses ? $": {string.Join(", ", model.Classes)}" : ", which nobody named"));
        messages.Fact("input", model.Input.ToString());
        messages.Fact("pictures", Pictures(model));
        messages.Fact("network", $"{Amounts.Parameters(model)}, {Amounts.Count(card.Macs)} MACs per image");
        messages.Fact("latency",
            Invariant($"{card.LatencyMilliseconds:F3} ms per image on one thread of this machine (median)"));
        messages.Fact("accuracy", Accuracy(card));
        foreach (string note in Notes(model)) messages.Fact("note", note);
        if (Confidence(model.Confidence) is { } confidence) messages.Fact("sure", confidence);
        if (origin.Recipe is { } recipe)
            messages.Fact("recipe", recipe
                + (origin.Seed is int seed ? Invariant($", seed {seed}") : ""));
        if (origin.Data is { } data) messages.Fact("data", data + (origin.DataFingerprint is { } print ? $", fingerprint {print}" : ""));
    }

    public static void Write(Utf8JsonWriter json, ModelCard card)
    {
        (Model model, ModelOrigin origin) = (card.Model, card.Model.Origin);
        json.WriteString("model", card.File);
        json.WriteNumber("file_bytes", card.Bytes);
        json.WriteString("pare", origin.PareVersion);
        JsonOutput.WriteTexts(json, "classes", model.Classes);
        json.WriteStartArray("input");
        foreach (int side in new[] { model.Input.Channels, model.Input.Height, model.Input.Width }) json.WriteNumberValue(side);
        json.WriteEndArray();
        json.WriteStartObject("preprocessing");
        json.WriteBoolean("assumed", model.AssumesPreprocessing);
        Numbers("mean", model.Graph.Preprocessing.Mean);
        Numbers("standard_deviation", model.Graph.Preprocessing.StandardDeviation);
        json.WriteEndObject();
        json.WriteNumber("parameters", card.Parameters);
        json.WriteNumber("macs", card.Macs);
        json.WriteNumber("latency_ms", Math.Round(card.LatencyMilliseconds, 4));
        JsonOutput.WriteNumber(json, "accuracy", card.Accuracy);
        JsonOutput.WriteNumber(json, "balanced_accuracy", card.BalancedAccuracy);
        json.WriteString("measured_on", card.MeasuredOn);
        JsonOutput.WriteNumber(json, "images", card.Images);
        json.WriteNumber("temperature", model.Confidence.Temperature);
        JsonOutput.WriteNumber(json, "sure_threshold", model.Confidence.Threshold);
        JsonOutput.WriteNumber(json, "sure_accuracy", model.Confidence.WishedAccuracy);
        json.WriteString("recipe", origin.Recipe);
        JsonOutput.WriteNumber(json, "seed", origin.Seed);
        json.WriteString("data", origin.Data);
        json.WriteString("data_fingerprint", origin.DataFingerprint);

        void Numbers(string name, IReadOnlyList<float> numbers)
        {
            json.WriteStartArray(name);
            foreach (float number in numbers) json.WriteNumberValue(number);
            json.WriteEndArray();
        }
    }

    /// <summary>How sure a model is said to be; null where nobody chose a rule.</summary>
    public static string? Confidence(ConfidenceRule rule)
    {
        string[] parts =
        [
            .. rule.Temperature == 1 ? Array.Empty<string>()
                : [Invariant($"temperature {rule.Temperature:G4}")],
            .. rule.Threshold is not double threshold ? Array.Empty<string>()
                : [Invariant($"unsure below {threshold:G4} at temperature 1")
                    + (rule.WishedAccuracy is double wished
                        ? $", chosen so that at least {Amounts.InPercent(wished)} % of sure answers are right, with 95 % confidence" : "")],
        ];
        return parts.Length == 0 ? null : string.Join("; ", parts);
    }

    private static string Accuracy(ModelCard card)
    {
        if (card.Accuracy is not double share) return "not known: measure it with `pare eval`";
        return Amounts.Percent((float)share)
            + (card.MeasuredOn is { } data ? $" on the test images of {data}" : " on test images that are not named")
            + (card.Images is long images ? $", {Amounts.Count(images)}" : "")
            + ", as measured after the training"
            + (card.BalancedAccuracy is double balanced ? $"; balanced {Amounts.Percent((float)balanced)}" : "");
    }

    private static string Pictures(Model model)
    {
        Shape input = model.Input;
        if (input.Channels is not (1 or 3)) return $"none: a picture is made into 1 or 3 channels, and the network takes {input.Channels}";
        Preprocessing preprocessing = model.Graph.Preprocessing;
        string colour = input.Channels == 1 ? "made grey" : "in red, green and blue";
        string fitted = $"turned as EXIF says, {colour}, scaled to cover {input.Height}x{input.Width}, cropped to the centre; ";
        return fitted + (model.AssumesPreprocessing
            ? "byte / 255, which is assumed: the file does not say"
            : $"(byte / 255 - {Numbers(preprocessing.Mean)}) / {Numbers(preprocessing.StandardDeviation)}");
    }

    private static string Numbers(IReadOnlyList<float> values)
    {
        string[] texts = [.. values.Select(static value => value.ToString("0.####", CultureInfo.InvariantCulture))];
        return texts.Length == 1 ? texts[0] : $"({string.Join(", ", texts)})";
    }
}
