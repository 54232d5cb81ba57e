using System.Text.Json;
using Pare.Data;
using Pare.Evaluation;
using Pare.Graphs;
using Pare.Runs;
using Pare.Tests.Support;

namespace Pare.Tests.Runs;

public sealed class EvaluationFileTests : IDisposable
{
    private static readonly Dataset s_data = Glyphs.Create(train: 10, test: 70);
    private static readonly Network s_network = GraphBuilder.Input(1, 28, 28).Conv(4, stride: 4).Relu().GlobalAveragePool().Linear(10)
        .Build(seed: 3);
    private readonly DataFolder _folder = new();

    private string File => _folder[RunFolder.EvaluationFile];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_is_read_back()
    {
        EvaluationRecord record = Measured() with { CorruptedAccuracy = 0.5f };
        using JsonDocument json = Write(record);
        EvaluationRecord read = Read();
        Assert.Equal(record.Data, read.Data);
        Assert.Equal(record.Classes, read.Classes);
        Assert.Equal(record.Result.Confusion, read.Result.Confusion);
        Assert.Equal(record.Result.Loss, read.Result.Loss);
        Assert.Equal(record.Calibration.Bins, read.Calibration.Bins);
        Assert.Equal(Pictures(record), Pictures(read));
        Assert.Equal(record.LatencyMilliseconds!.Value, read.LatencyMilliseconds!.Value, 1e-4);
        Assert.Equal(0.5f, read.CorruptedAccuracy);
        Assert.Equal(record.Calibration.ExpectedError, json.RootElement.GetProperty("calibration").GetProperty("expected_error")
            .GetDouble());
        Assert.Equal(70, json.RootElement.GetProperty("images").GetInt32());
        Assert.Equal(record.Result.Accuracy, json.RootElement.GetProperty("accuracy").GetSingle());
    }

    [Fact]
    public void What_is_not_finite_is_null_in_the_file_and_not_a_number_again()
    {
        EvaluationRecord record = Measured();
        using JsonDocument json = Write(record with
        {
            Result = record.Result with { Loss = float.NaN },
            Worst = [record.Worst[0] with { Loss = double.PositiveInfinity, Confidence = double.NaN }],
        });
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("loss").ValueKind);
        Assert.Equal(float.NaN, Read().Result.Loss);
        Assert.Equal((double.NaN, double.NaN), (Read().Worst[0].Loss, Read().Worst[0].Confidence));
    }

    [Fact]
    public void A_class_without_images_has_no_accuracy()
    {
        using JsonDocument json =
            Write(Measured() with { Classes = ["a", "b"], Result = new EvaluationResult(1, new[,] { { 3, 1 }, { 0, 0 } }), Worst = [] });
        Assert.Equal(0.75, json.RootElement.GetProperty("classes")[0].GetProperty("accuracy").GetDouble());
        Assert.False(json.RootElement.GetProperty("classes")[1].TryGetProperty("accuracy", out _));
    }

    [Theory]
    [InlineData("""{ "data": "a" }""")]
    [InlineData(
        """{ "data": "a", "loss": 1, "classes": [{ "name": "a" }], "confusion": [[1, 2]], "calibration": { "bins": [] }, "worst": [] }""")]
    [InlineData(
        """{ "data": "a", "loss": 1, "classes": [{ "name": null }], "confusion": [[1]], "calibration": { "bins": [] }, "worst": [] }""")]
    [InlineData(
        """{ "data": "a", "loss": 1, "classes": [{ "name": "a" }], "confusion": [null], "calibration": { "bins": [] }, "worst": [] }""")]
    [InlineData("""
        { "data": "a", "loss": 1, "classes": [{ "name": "a" }],
        "confusion": [[1]], "calibration": { "bins": [{ "from": 0, "to": 1e30, "images": 1, "confidence": 1, "accuracy": 1 }] }, "worst": [] }
        """)]
    [InlineData("""
        { "data": "a", "loss": 1, "classes": [{ "name": "a" }, { "name": "b" }],
        "confusion": [[2147483647, 1], [0, 0]], "calibration": { "bins": [] }, "worst": [] }
        """)]
    [InlineData("""
        { "data": "a", "loss": 1, "classes": [{ "name": "a" }],
        "confusion": [[1]], "calibration": { "bins": [] }, "worst": [{ "index": 0, "true": 1, "predicted": 0, "confidence": 1, "loss": 1, "png": "" }] }
        """)]
    public void A_record_that_contradicts_itself_is_refused(string text)
    {
        System.IO.File.WriteAllText(File, text);
        Assert.Throws<FormatException>(() => RunRecords.Read<EvaluationFile>(File));
    }

    private static EvaluationRecord Measured() => EvaluationRecord.Measure(s_network, Normalization.Of(s_data.Test), s_data);

    private static IEnumerable<(int, double, string)> Pictures(EvaluationRecord record) =>
        record.Worst.Select(static image => (image.Index, image.Loss, Convert.ToBase64String(image.Png)));

    private EvaluationRecord Read() => RunRecords.Read<EvaluationFile>(File).ToRecord();

    private JsonDocument Write(EvaluationRecord record)
    {
        RunRecords.Write(_folder.Root, RunFolder.EvaluationFile, EvaluationFile.Of(record));
        return JsonDocument.Parse(System.IO.File.ReadAllBytes(File));
    }
}
