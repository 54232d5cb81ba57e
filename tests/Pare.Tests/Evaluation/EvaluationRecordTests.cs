using System.Text.Json;
using Pare.Data;
using Pare.Evaluation;
using Pare.Graphs;
using StbImageSharp;

namespace Pare.Tests.Evaluation;

public class EvaluationRecordTests
{
    private static readonly Dataset s_data = Glyphs.Create(train: 10, test: 70);
    private static readonly Network s_network = GraphBuilder.Input(1, 28, 28).Conv(4, stride: 4).Relu().GlobalAveragePool().Linear(10).Build(seed: 3);
    private static readonly Normalization s_normalization = Normalization.Of(s_data.Test);

    [Fact]
    public void It_agrees_with_the_evaluator_and_with_itself()
    {
        var record = EvaluationRecord.Measure(s_network, s_normalization, s_data, threads: 2);
        EvaluationResult result = Evaluator.Run(s_network, s_normalization, s_data.Test, threads: 1);
        Assert.Equal(result.Loss, record.Result.Loss);
        Assert.Equal(result.Confusion, record.Result.Confusion);
        Assert.Equal(70, record.Calibration.Bins.Sum(static bin => bin.Images));
        Assert.Equal(result.Accuracy, record.Calibration.Bins.Sum(static bin => bin.Images * bin.Accuracy) / 70, 1e-6);
        Assert.Equal(70 - Enumerable.Range(0, 10).Sum(label => result.Confusion[label, label]), record.ConfusedPairs.Sum(static pair => pair.Images));
        Assert.Equal(record.ConfusedPairs.OrderByDescending(static pair => pair.Images), record.ConfusedPairs);
        Assert.True(record.LatencyMilliseconds > 0);
    }

    [Fact]
    public void The_worst_images_are_those_with_the_highest_loss_and_come_as_pictures()
    {
        var record = EvaluationRecord.Measure(s_network, s_normalization, s_data);
        Assert.Equal(24, record.Worst.Count);
        Assert.Equal(record.Worst.OrderByDescending(static image => image.Loss), record.Worst);
        Assert.True(record.Worst[^1].Loss > record.Result.Loss);
        foreach (WorstImage image in record.Worst)
        {
            Assert.Equal(s_data.Test.Labels[image.Index], image.True);
            Assert.Equal(s_data.Test.Image(image.Index).ToArray(), ImageResult.FromMemory(image.Png, ColorComponents.Grey).Data);

            // The predicted class is the most probable one, and the loss tells the true one's probability.
            Assert.True(Math.Exp(-image.Loss) <= image.Confidence + 1e-9);
            Assert.Equal(image.True == image.Predicted, Math.Abs(Math.Exp(-image.Loss) - image.Confidence) < 1e-9);
        }
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        EvaluationRecord record = EvaluationRecord.Measure(s_network, s_normalization, s_data) with { CorruptedAccuracy = 0.5f };
        using JsonDocument json = Write(record);
        var read = EvaluationRecord.Read(json.RootElement);
        Assert.Equal(record.Data, read.Data);
        Assert.Equal(record.Classes, read.Classes);
        Assert.Equal(record.Result.Confusion, read.Result.Confusion);
        Assert.Equal(record.Result.Loss, read.Result.Loss);
        Assert.Equal(record.Calibration.Bins, read.Calibration.Bins);
        Assert.Equal(record.Worst.Select(static image => (image.Index, image.Loss, Convert.ToBase64String(image.Png))), read.Worst.Select(static image => (image.Index, image.Loss, Convert.ToBase64String(image.Png))));
        Assert.Equal(record.LatencyMilliseconds!.Value, read.LatencyMilliseconds!.Value, 1e-4);
        Assert.Equal(0.5f, read.CorruptedAccuracy);
        Assert.Equal(record.Calibration.ExpectedError, json.RootElement.GetProperty("calibration").GetProperty("expected_error").GetDouble());
    }

    [Fact]
    public void A_loss_that_is_not_finite_is_null_in_the_file()
    {
        EvaluationRecord record = EvaluationRecord.Measure(s_network, s_normalization, s_data);
        using JsonDocument json = Write(record with { Result = record.Result with { Loss = float.NaN } });
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("loss").ValueKind);
        Assert.Equal(float.NaN, EvaluationRecord.Read(json.RootElement).Result.Loss);
    }

    [Theory]
    [InlineData("""{ "data": "a" }""")]
    [InlineData("""{ "data": "a", "loss": 1, "classes": [{ "name": "a" }], "confusion": [[1, 2]], "calibration": { "bins": [] }, "worst": [] }""")]
    [InlineData("""{ "data": "a", "loss": 1, "classes": [{ "name": "a" }], "confusion": [[1]], "calibration": { "bins": [] }, "worst": [{ "index": 0, "true": 1, "predicted": 0, "confidence": 1, "loss": 1, "png": "" }] }""")]
    public void A_record_that_contradicts_itself_is_refused(string text)
    {
        using JsonDocument json = JsonDocument.Parse(text);
        Assert.Throws<FormatException>(() => EvaluationRecord.Read(json.RootElement));
    }

    private static JsonDocument Write(EvaluationRecord record)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            record.Write(json);
            json.WriteEndObject();
        }

        return JsonDocument.Parse(memory.ToArray());
    }
}
