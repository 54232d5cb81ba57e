using System.Buffers.Binary;
using System.Text;
using Pare.Inference;
using Pare.Recipes;
using Pare.Runs;
using Pare.Tests.Cli;
using Pare.Tests.Support;

namespace Pare.Tests.Runs;

/// <summary>
/// Files as version 0.1 wrote them, letter by letter: whatever is written later, these are read. docs/reliability.md has the policy.
/// </summary>
public sealed class EarlierVersionsTests : IDisposable
{
    private const string RecipeText = """
        name: small
        dataset: { name: pictures }
        model:
          input: 1x2x2
          layers:
            - conv: { channels: 2, kernel: 1 }
            - batch_norm
            - relu
            - global_average_pool
            - linear: 2
        training:
          epochs: 1
          optimizer: { sgd: { momentum: 0.9 } }
          schedule: { one_cycle: { peak_rate: 0.1 } }
        techniques: { label_smoothing: 0.1 }
        """;

    // Each value of a tensor is its place in the file, in tenths.
    private static readonly (string Name, int[] Shape)[] s_tensors =
    [
        ("batch_norm1.bias", [2]), ("batch_norm1.running_mean", [2]), ("batch_norm1.running_var", [2]), ("batch_norm1.weight", [2]),
        ("conv1.weight", [2, 1, 1, 1]), ("input.mean", [1]), ("input.standard_deviation", [1]), ("linear1.bias", [2]),
        ("linear1.weight", [2, 2]),
    ];

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_of_form_1_is_read()
    {
        const string record = """
            {"format":1,"version":"0.1.0","recipe":"small","seed":1,"data":"pictures","parameters":12,"preprocessing":{"colour":"bt601",
            "orientation":"exif","resize":"cover_and_crop","mean":[1.1],"standard_deviation":[1.2]},"layers":[{"name":"input",
            "kind":"input","shape":[1,2,2]},{"name":"conv1","kind":"conv","inputs":["input"],"channels":2,"kernel":1,"stride":1,"groups":1,
            "bias":false},{"name":"batch_norm1","kind":"batch_norm","inputs":["conv1"],"scale":true,"shift":true,"momentum":0.1,
            "epsilon":1E-05},{"name":"relu1","kind":"relu","inputs":["batch_norm1"]},{"name":"global_average_pool1",
            "kind":"global_average_pool","inputs":["relu1"]},{"name":"linear1","kind":"linear","inputs":["global_average_pool1"],"units":2,
            "bias":true}]}
            """;
        string path = _folder.Write(
            "small.safetensors", Weights(("classes", """["cat","dog"]"""), ("pare", record), ("recipe", RecipeText)));
        var model = Model.Load(path);
        Assert.Equal(["cat", "dog"], model.Classes);
        Assert.Equal("0.1.0", model.Origin.PareVersion);
        Assert.Contains(model.Predict([0, 100, 200, 255], 2, 2, 1).Label, model.Classes);

        string next = record.Replace("\"format\":1", "\"format\":2", StringComparison.Ordinal);
        string later = _folder.Write("later.safetensors", Weights(("pare", next)));
        string refused = Assert.Throws<DataException>(() => Model.Load(later)).Message;
        Assert.Contains("form 2", refused, StringComparison.Ordinal);
        Assert.Contains("reads form 1", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_without_a_record_are_read_with_the_recipe_beside_them()
    {
        string path = _folder.Write("small.safetensors", Weights());
        _folder.Write("small.yaml", Encoding.UTF8.GetBytes(RecipeText));
        Assert.Equal(1.1f, TrainedModel.Open(path).Normalization.Mean[0], 1e-6);
        Assert.Equal(2, Model.Load(path).Classes.Count);
    }

    [Fact]
    public void A_run_is_read_and_reported()
    {
        (string Name, string Text)[] files =
        [
            (RunFolder.RecipeFile, RecipeText),
            (RunFolder.EnvironmentFile, """
                { "pare": "0.1.0", "started": "2026-01-02T02:04:05+00:00", "command_line": ["pare", "train"], "seed": 1, "threads": 2,
                  "data": "built in", "instruction_set": "AVX-512", "lanes": 16, "processors": 2, "architecture": "X64", "os": "Linux",
                  "runtime": ".NET 10" }
                """),
            (MetricsLog.CsvFile, "epoch,train/loss,train/accuracy,validation/loss,validation/accuracy,lr,seconds,images_per_second\n"
                + "1,0.5,0.75,,,0.1,1.5,100\n"),
            (RunFolder.EvaluationFile, """
                { "data": "pictures", "images": 4, "accuracy": 0.75, "loss": 0.5,
                  "classes": [ { "name": "cat", "accuracy": 1 }, { "name": "dog", "accuracy": 0.5 } ], "confusion": [ [2, 0], [1, 1] ],
                  "calibration": { "expected_error": 0.1,
                    "bins": [ { "from": 0.5, "to": 1, "images": 4, "confidence": 0.8, "accuracy": 0.75 } ] }, "worst": [] }
                """),
            (RunFolder.ResultFile, """
                { "run": "runs/small", "recipe": "small", "parameters": 12, "macs": 20, "epochs": 1, "test_accuracy": 0.75,
                  "test_loss": 0.5, "validation_accuracy": null, "train_accuracy": 0.9, "seconds": 1.5, "images_per_second": 100, "seed": 1 }
                """),
        ];
        foreach ((string name, string text) in files) _folder.Write(Path.Combine("run", name), Encoding.UTF8.GetBytes(text));
        _folder.Write(Path.Combine("run", RunFolder.ModelFile), Weights());
        var cli = new TestCli();
        Assert.Equal(Pare.Cli.ExitCode.Done, cli.Run("report", _folder["run"]));
        string page = File.ReadAllText(Path.Combine(_folder["run"], "report.html"));
        Assert.Contains("75.00", page, StringComparison.Ordinal);
        Assert.DoesNotContain("it is damaged", page, StringComparison.Ordinal);
        Assert.DoesNotContain("it is not there", page, StringComparison.Ordinal);
        Assert.Equal(Pare.Cli.ExitCode.Done, new TestCli().Run("inspect", _folder["run"]));
    }

    [Fact]
    public void What_a_later_version_writes_is_refused_by_name_and_not_taken_for_damaged()
    {
        Refused<RunSummary>("format");
        Refused<RunEnvironment>("format");
        Refused<RunSplit>("format");
        Refused<EvaluationFile>("format");
        Refused<RunPredictions>("format");
        Refused<BuildRecord>("format");
        Refused<AblationFile>("format");
        Refused<AblationRecord>("format");
        Refused<RunPlan>("version");
    }

    [Fact]
    public void A_run_that_a_later_version_finished_is_not_trained_anew()
    {
        using var files = new CliData();
        string run = files.Folder["run"], result = Path.Combine(run, RunFolder.ResultFile);
        Assert.Equal(Pare.Cli.ExitCode.Done, new TestCli().Run("train", files.Recipe, "--data", files.Data, "--out", run));
        Assert.Contains("\"format\": 1", File.ReadAllText(result), StringComparison.Ordinal);
        File.WriteAllText(result, """{ "format": 2, "accuracies": [] }""");
        foreach (
            string[] line in new string[][] { ["train", run], ["train", files.Recipe, "--data", files.Data, "--out", run],
            ["report", run] })
        {
            var cli = new TestCli();
            Assert.Equal(Pare.Cli.ExitCode.Failed, cli.Run(line));
            Assert.Contains("This file is of form 2", cli.Error, StringComparison.Ordinal);
            Assert.Contains("\"format\": 2", File.ReadAllText(result), StringComparison.Ordinal);
        }
    }

    // Whatever else has become of it.
    private void Refused<T>(string name)
        where T : class, IRunRecord
    {
        string path = _folder.Write("record.json", Encoding.UTF8.GetBytes($$"""{ "other": [1, 2], "{{name}}": 2 }"""));
        foreach (Func<object?> read in new Func<object?>[] { () => RunRecords.Read<T>(path), () => RunRecords.TryRead<T>(path) })
        {
            string refused = Assert.Throws<RunException>(read).Message;
            Assert.Contains("form 2", refused, StringComparison.Ordinal);
            Assert.Contains("reads form 1", refused, StringComparison.Ordinal);
        }

        _folder.Write("record.json", Encoding.UTF8.GetBytes($$"""{ "{{name}}": -1 }"""));
        Assert.Throws<FormatException>(() => RunRecords.Read<T>(path));
    }

    private static byte[] Weights(params (string Key, string Text)[] metadata)
    {
        var header = new List<string>();
        if (metadata.Length > 0)
            header.Add($"\"__metadata__\":{{{string.Join(',', metadata.Select(static pair => $"\"{pair.Key}\":{Quoted(pair.Text)}"))}}}");
        var data = new List<byte>();
        int place = 0;
        foreach ((string name, int[] shape) in s_tensors)
        {
            int begin = data.Count, count = shape.Aggregate(1, static (product, side) => product * side);
            for (int i = 0; i < count; i++) data.AddRange(BitConverter.GetBytes(++place / 10f));
            header.Add($"\"{name}\":{{\"dtype\":\"F32\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{begin},{data.Count}]}}");
        }

        byte[] json = Encoding.UTF8.GetBytes($"{{{string.Join(',', header)}}}"), length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        return [.. length, .. json, .. data];
    }

    private static string Quoted(string text) => $"\"{System.Text.Json.JsonEncodedText.Encode(text.ReplaceLineEndings("\n"))}\"";
}
