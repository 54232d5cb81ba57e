using System.Text.Json;
using Pare.Augmentation;
using Pare.Data;
using Pare.Execution;
using Pare.Graphs;

namespace Pare.Evaluation;

/// <summary>What a trained network does on the test set in full: where it errs, how far its confidence goes, how long one image takes.</summary>
public sealed record EvaluationRecord
{
    private const int WorstCount = 24, PairCount = 12, LatencyRuns = 51;

    /// <summary>The name of the data set.</summary>
    public required string Data { get; init; }

    /// <summary>The names of the classes, in the order of their index.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Loss and confusion.</summary>
    public required EvaluationResult Result { get; init; }

    /// <summary>Confidence against accuracy.</summary>
    public required Calibration Calibration { get; init; }

    /// <summary>The images with the highest loss, the worst first; at most 24.</summary>
    public required IReadOnlyList<WorstImage> Worst { get; init; }

    /// <summary>Median milliseconds of one image alone, on one thread; null when not measured.</summary>
    public double? LatencyMilliseconds { get; init; }

    /// <summary>Mean accuracy on corrupted copies of the test images, 0 to 1; null when not measured.</summary>
    public float? CorruptedAccuracy { get; init; }

    /// <summary>The most frequent mistakes, the most frequent first.</summary>
    public IReadOnlyList<ConfusedPair> ConfusedPairs =>
    [
        .. from label in Enumerable.Range(0, Classes.Count)
           from predicted in Enumerable.Range(0, Classes.Count)
           where label != predicted && Result.Confusion[label, predicted] > 0
           orderby Result.Confusion[label, predicted] descending, label, predicted
           select new ConfusedPair(label, predicted, Result.Confusion[label, predicted]),
    ];

    /// <summary>Measures a network on the test images.</summary>
    /// <param name="network">The network; its input must be of the images' shape.</param>
    /// <param name="normalization">As in training.</param>
    /// <param name="data">Whose test images are used.</param>
    /// <param name="threads">Threads to use; null for one a processor.</param>
    public static EvaluationRecord Measure(Network network, Normalization normalization, Dataset data, int? threads = null)
    {
        ImageSet images = data.Test;
        int[] indices = [.. Enumerable.Range(0, images.Count)];
        using var team = new ThreadTeam(threads ?? Environment.ProcessorCount);
        using var single = new ThreadTeam(1);
        Predictions predictions = Evaluator.Predict(new InferencePlan(network, team), normalization, images, indices);
        bool[] correct = [.. indices.Select(i => predictions.Classes[i] == images.Labels[i])];
        return new EvaluationRecord
        {
            Data = data.Name,
            Classes = images.Classes,
            Result = predictions.Result(),
            Calibration = Calibration.Of(predictions.Confidences, correct),
            Worst =
            [
                .. indices.OrderByDescending(i => predictions.Losses[i]).Take(WorstCount).Select(i => new WorstImage(
                    i, images.Labels[i], predictions.Classes[i], predictions.Confidences[i], predictions.Losses[i],
                    Png.Encode(images.Image(i), images.Channels, images.Width))),
            ],
            LatencyMilliseconds = images.Count == 0 ? null : Latency(new InferencePlan(network, single), normalization, images),
        };
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="json">The object.</param>
    /// <exception cref="FormatException">A property is missing or does not fit the others.</exception>
    public static EvaluationRecord Read(JsonElement json)
    {
        try
        {
            string[] classes = [.. json.GetProperty("classes").EnumerateArray().Select(static name => name.GetProperty("name").GetString()!)];
            return new EvaluationRecord
            {
                Data = json.GetProperty("data").GetString()!,
                Classes = classes,
                Result = new EvaluationResult((float)Number(json, "loss"), ReadConfusion(json.GetProperty("confusion"), classes.Length)),
                Calibration = new Calibration([.. json.GetProperty("calibration").GetProperty("bins").EnumerateArray().Select(static bin => new CalibrationBin(
                    Number(bin, "from"), Number(bin, "to"), bin.GetProperty("images").GetInt32(), Number(bin, "confidence"), Number(bin, "accuracy")))]),
                Worst = [.. json.GetProperty("worst").EnumerateArray().Select(image => new WorstImage(
                    image.GetProperty("index").GetInt32(), Label(image, "true", classes.Length), Label(image, "predicted", classes.Length),
                    Number(image, "confidence"), Number(image, "loss"), image.GetProperty("png").GetBytesFromBase64()))],
                LatencyMilliseconds = Optional(json, "latency_milliseconds"),
                CorruptedAccuracy = (float?)Optional(json, "corrupted_accuracy"),
            };
        }
        catch (Exception error) when (error is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new FormatException($"it is not a record of an evaluation: {error.Message}", error);
        }
    }

    /// <summary>Writes the properties into a JSON object that is open.</summary>
    /// <param name="json">The writer.</param>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("data", Data);
        json.WriteNumber("images", Result.Count);
        json.WriteNumber("accuracy", Result.Accuracy);
        WriteNumber(json, "loss", Result.Loss);
        if (LatencyMilliseconds is double latency) json.WriteNumber("latency_milliseconds", Math.Round(latency, 4));
        if (CorruptedAccuracy is float corrupted) json.WriteNumber("corrupted_accuracy", corrupted);
        WriteArray(json, "classes", Enumerable.Range(0, Classes.Count), label =>
        {
            json.WriteString("name", Classes[label]);
            if (Result.AccuracyOf(label) is float accuracy) json.WriteNumber("accuracy", accuracy);
        });
        json.WriteStartArray("confusion");
        for (int label = 0; label < Classes.Count; label++)
        {
            json.WriteStartArray();
            for (int predicted = 0; predicted < Classes.Count; predicted++) json.WriteNumberValue(Result.Confusion[label, predicted]);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        WriteArray(json, "confused_pairs", ConfusedPairs.Take(PairCount), pair =>
        {
            json.WriteString("true", Classes[pair.True]);
            json.WriteString("predicted", Classes[pair.Predicted]);
            json.WriteNumber("images", pair.Images);
        });
        json.WriteStartObject("calibration");
        WriteNumber(json, "expected_error", Calibration.ExpectedError);
        WriteArray(json, "bins", Calibration.Bins, bin =>
        {
            json.WriteNumber("from", bin.From);
            json.WriteNumber("to", bin.To);
            json.WriteNumber("images", bin.Images);
            WriteNumber(json, "confidence", bin.Confidence);
            json.WriteNumber("accuracy", bin.Accuracy);
        });
        json.WriteEndObject();
        WriteArray(json, "worst", Worst, image =>
        {
            json.WriteNumber("index", image.Index);
            json.WriteNumber("true", image.True);
            json.WriteNumber("predicted", image.Predicted);
            WriteNumber(json, "confidence", image.Confidence);
            WriteNumber(json, "loss", image.Loss);
            json.WriteBase64String("png", image.Png);
        });
    }

    // The network has just run over the whole test set: nothing is left to be compiled.
    private static double Latency(InferencePlan plan, Normalization normalization, ImageSet images)
    {
        var batch = new ImageBatch(images, normalization);
        int[] one = [0];
        batch.Select(one, 0);
        var sink = new Predictions(images, one);
        plan.Run(batch, 1, sink);
        return 1e3 * Timing.Median(LatencyRuns, () => plan.Run(batch, 1, sink));
    }

    private static int[,] ReadConfusion(JsonElement json, int classes)
    {
        var confusion = new int[classes, classes];
        if (json.GetArrayLength() != classes || json.EnumerateArray().Any(row => row.GetArrayLength() != classes))
            throw new FormatException($"the confusion matrix is not one of {classes} classes.");
        for (int label = 0; label < classes; label++)
        {
            for (int predicted = 0; predicted < classes; predicted++) confusion[label, predicted] = json[label][predicted].GetInt32();
        }

        return confusion;
    }

    private static int Label(JsonElement json, string name, int classes) =>
        json.GetProperty(name).GetInt32() is int label && label >= 0 && label < classes ? label : throw new FormatException($"'{name}' is not the index of a class.");

    private static double Number(JsonElement json, string name) =>
        json.GetProperty(name) is { ValueKind: not JsonValueKind.Null } value ? value.GetDouble() : double.NaN;

    private static double? Optional(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : null;

    // A network whose weights left the finite numbers still gets its record: JSON has no word for them.
    private static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }

    private static void WriteArray<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> properties)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            json.WriteStartObject();
            properties(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
