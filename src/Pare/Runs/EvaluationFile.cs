using System.Text.Json.Serialization;
using Pare.Evaluation;

namespace Pare.Runs;

/// <summary>An <see cref="EvaluationRecord"/> as it stands in <c>evaluation.json</c>.</summary>
internal sealed record EvaluationFile : IRunRecord
{
    private const int PairCount = 12, MostWorst = 1000;

    // It holds pictures.
    public static long MostBytes => 256 << 20;

    public int Format { get; init => field = Checks.Format(value); } = 1;

    public required string Data { get; init; }

    public long Images { get; init; }

    public double Accuracy { get; init; }

    public required double Loss { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LatencyMilliseconds { get; init => field = value is double time ? Math.Round(time, 4) : null; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public float? CorruptedAccuracy { get; init; }

    public required IReadOnlyList<Class> Classes { get; init; }

    // One row a true class, one column a predicted one.
    public required IReadOnlyList<IReadOnlyList<int>> Confusion { get; init; }

    public IReadOnlyList<Pair>? ConfusedPairs { get; init; }

    public required Confidence Calibration { get; init; }

    public required IReadOnlyList<Picture> Worst { get; init; }

    /// <summary>What is written of an evaluation.</summary>
    public static EvaluationFile Of(EvaluationRecord record)
    {
        int[] labels = [.. Enumerable.Range(0, record.Classes.Count)];
        int[,] confusion = record.Result.Confusion;
        return new EvaluationFile
        {
            Data = record.Data,
            Images = record.Result.Count,
            Accuracy = record.Result.Accuracy,
            Loss = record.Result.Loss,
            LatencyMilliseconds = record.LatencyMilliseconds,
            CorruptedAccuracy = record.CorruptedAccuracy,
            Classes = [.. labels.Select(label => new Class(record.Classes[label], record.Result.AccuracyOf(label)))],
            Confusion = [.. labels.Select(label => (IReadOnlyList<int>)[.. labels.Select(predicted => confusion[label, predicted])])],
            ConfusedPairs =
            [.. record.ConfusedPairs.Take(PairCount)
            .Select(pair => new Pair(record.Classes[pair.True], record.Classes[pair.Predicted], pair.Images))],
            Calibration = new Confidence(record.Calibration.ExpectedError, record.Calibration.Bins),
            Worst = [.. record.Worst.Select(static image =>
            new Picture(image.Index, image.True, image.Predicted, image.Confidence, image.Loss, image.Png, image.Path))],
        };
    }

    /// <summary>The evaluation that was written.</summary>
    public EvaluationRecord ToRecord()
    {
        var confusion = new int[Classes.Count, Classes.Count];
        for (int label = 0; label < Classes.Count; label++)
        {
            for (int predicted = 0; predicted < Classes.Count; predicted++) confusion[label, predicted] = Confusion[label][predicted];
        }

        return new EvaluationRecord
        {
            Data = Data,
            Classes = [.. Classes.Select(static label => label.Name)],
            Result = new EvaluationResult((float)Loss, confusion),
            Calibration = new Calibration(Calibration.Bins),
            Worst = [.. Worst.Select(static image =>
            new WorstImage(image.Index, image.True, image.Predicted, image.Confidence, image.Loss, image.Png) { Path = image.Path })],
            LatencyMilliseconds = LatencyMilliseconds,
            CorruptedAccuracy = CorruptedAccuracy,
        };
    }

    public void Check()
    {
        Checks.Text(Data, "data");
        Checks.List(Classes, "classes");
        foreach (Class label in Classes) Checks.Text(label.Name, "name");
        Checks.List(Confusion, "confusion");
        Checks.That(Confusion.Count == Classes.Count
            && Confusion.All(row => row.Count == Classes.Count), "confusion", $"is not a matrix of {Classes.Count} classes");
        Checks.That(Confusion.All(static row => row.All(static images => images >= 0)), "confusion", "counts fewer than no images");
        Checks.That(Confusion.Sum(static row => row.Sum(static images => (long)images)) <= int.MaxValue, "confusion",
            "counts more images than there can be");
        Checks.Share(CorruptedAccuracy, "corrupted_accuracy");
        if (LatencyMilliseconds is double latency) Checks.Time(latency, "latency_milliseconds");
        Checks.That(Calibration?.Bins is not null, "calibration", "is missing");
        foreach (CalibrationBin bin in Calibration!.Bins)
        {
            Checks.Share(bin.From, "from");
            Checks.Share(bin.To, "to");
            Checks.Count(bin.Images, "images");
            Checks.Share(bin.Accuracy, "accuracy");
            Checks.That(double.IsNaN(bin.Confidence) || bin.Confidence is >= 0 and <= 1 + 1e-6, "confidence", "is not a share from 0 to 1");
        }

        Checks.List(Worst, "worst");
        Checks.That(Worst.Count <= MostWorst, "worst", "has more images than are kept");
        foreach (Picture image in Worst)
        {
            Checks.That(image.True >= 0 && image.True < Classes.Count, "true", "is not the index of a class");
            Checks.That(image.Predicted >= 0 && image.Predicted < Classes.Count, "predicted", "is not the index of a class");
            Checks.That(image.Png is not null, "png", "is missing");
        }
    }

    internal sealed record Class(string Name,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] float? Accuracy = null);

    internal sealed record Pair(string True, string Predicted, int Images);

    internal sealed record Confidence(double ExpectedError, IReadOnlyList<CalibrationBin> Bins);

    internal sealed record Picture(int Index, int True, int Predicted, double Confidence, double Loss, byte[] Png,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Path = null);
}
