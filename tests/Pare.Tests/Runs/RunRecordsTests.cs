using System.Text;
using System.Text.Json;
using Pare.Runs;
using Pare.Tests.Support;
using Pare.Training;

namespace Pare.Tests.Runs;

public sealed class RunRecordsTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void No_number_in_a_file_is_not_a_number()
    {
        RunSummary summary = Summary() with { TestLoss = float.NaN, Seconds = double.NaN, ImagesPerSecond = double.PositiveInfinity };
        RunRecords.Write(_folder.Root, "a.json", summary);
        RunRecords.Write(_folder.Root, "b.json", Record() with { EpochsScale = double.NaN });
        RunRecords.Write(_folder.Root, "c.json", Ablation() with { Run = Ablation().Run with { Seconds = double.NegativeInfinity } });
        foreach (string text in new[] { Text("a.json"), Text("b.json"), Text("c.json"), summary.ToJson() })
        {
            using JsonDocument json = JsonDocument.Parse(text);
            Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
            Assert.DoesNotContain("Infinity", text, StringComparison.Ordinal);
        }

        Assert.Null(RunSummary.Read(_folder["a.json"]));
        RunRecords.Write(_folder.Root, "a.json", Summary() with { TestLoss = float.NaN });
        Assert.Equal(float.NaN, RunSummary.Read(_folder["a.json"])!.TestLoss);
    }

    [Fact]
    public void A_record_is_read_back_as_it_was_written_and_on_one_line_it_is_the_same()
    {
        BuildRecord record = Record();
        RunRecords.Write(_folder.Root, "build.json", record);
        BuildRecord read = RunRecords.Read<BuildRecord>(_folder["build.json"]);
        Assert.Equal(record.ToJson(), read.ToJson());
        using JsonDocument file = JsonDocument.Parse(Text("build.json")), line = JsonDocument.Parse(record.ToJson());
        Assert.True(JsonElement.DeepEquals(file.RootElement, line.RootElement));
        Assert.DoesNotContain('\n', record.ToJson());
        JsonElement spread = file.RootElement.GetProperty("phases")[0].GetProperty("test");
        Assert.Equal(["mean", "sd"], spread.EnumerateObject().Select(static property => property.Name));
        Assert.Equal(0.333333, spread.GetProperty("mean").GetDouble());
        Assert.Equal(JsonValueKind.Null, spread.GetProperty("sd").ValueKind);
    }

    [Fact]
    public void A_result_tells_how_often_the_training_went_back_and_why_it_ended_early_and_nothing_where_it_did_not()
    {
        RunRecords.Write(_folder.Root, "plain.json", Summary());
        Assert.DoesNotContain("restarts", Text("plain.json"), StringComparison.Ordinal);
        Assert.DoesNotContain("stopped", Text("plain.json"), StringComparison.Ordinal);
        var restart = new Restart(2, 7, "'conv1.weight'", 5, 0.5);
        RunRecords.Write(_folder.Root, "result.json", Summary() with { Restarts = [restart], Stopped = "enough" });
        RunSummary read = RunSummary.Read(_folder["result.json"])!;
        Assert.Equal(restart, Assert.Single(read.Restarts!));
        Assert.Equal("enough", read.Stopped);
        Assert.Contains("\"rate_factor\": 0.5", Text("result.json"), StringComparison.Ordinal);
        string wrong = Text("result.json").Replace("rate_factor\": 0.5", "rate_factor\": -0.5", StringComparison.Ordinal);
        File.WriteAllText(_folder["result.json"], wrong);
        Assert.Null(RunSummary.Read(_folder["result.json"]));
    }

    [Fact]
    public void The_environment_says_what_a_result_can_be_cited_by()
    {
        RunRecords.Write(_folder.Root, RunFolder.EnvironmentFile, Environment());
        using JsonDocument json = JsonDocument.Parse(Text(RunFolder.EnvironmentFile));
        Assert.Equal(
            ["format", "pare", "started", "command_line", "seed", "threads", "data", "data_fingerprint", "instruction_set", "lanes",
            "processor", "processors", "architecture", "os", "runtime"],
            json.RootElement.EnumerateObject().Select(static property => property.Name));
        Assert.Matches(@"^\d+\.\d+\.\d+.*\+[0-9a-f]{7,}$", json.RootElement.GetProperty("pare").GetString());
        Assert.NotEmpty(json.RootElement.GetProperty("processor").GetString()!);
        Assert.Equal("f00d", RunEnvironment.Read(_folder[RunFolder.EnvironmentFile])!.DataFingerprint);
    }

    // As version 0.1 wrote them.
    [Fact]
    public void Records_of_earlier_versions_are_read()
    {
        Write("environment.json", """
            { "pare": "0.1.0", "started": "2026-01-02T02:04:05+00:00", "command_line": ["pare", "train"],
            "seed": 7, "threads": 2, "data": "built in", "instruction_set": "AVX-512", "lanes": 16, "processors": 2, "architecture": "X64", "os": "Linux", "runtime": ".NET 10" }
            """);
        RunEnvironment environment = RunRecords.Read<RunEnvironment>(_folder["environment.json"]);
        Assert.Equal(("0.1.0", "built in", null), (environment.PareVersion, environment.DataSource, environment.DataFingerprint));
        Write("build.json", $$"""
            { "recipe": "a", "description": "", "seeds": [1], "epochs_scale": 1, "auto": false, "phases": [
              { "name": "wide", "target": "", "change": "", "parameters": 5, "macs": 6, "runs": ["01-wide/seed-1"], "train": { "mean": 0.9, "sd": 0 }, "validation": null,
                "test": { "mean": 0.8, "sd": 0 }, "gap": 0.1, "seconds": 1.5, "kept": true, "why": "" } ], "environment": {{Text("environment.json")}}, "finished": true }
            """);
        BuildRecord build = RunRecords.Read<BuildRecord>(_folder["build.json"]);
        Assert.Equal((new Spread(0.8, 0), true, true), (build.Phases[0].Test, !build.Phases[0].Costly, build.Finished));
        Write("run.json", """
            { "row": "baseline", "data": "built in", "run": { "seed": 1, "parameters": 5, "test_accuracy": 0.5, "validation_accuracy": null, "seconds": 1, "failure": null },
            "recipe": "name: a\n" }
            """);
        Assert.Equal(0.5, RunRecords.Read<AblationFile>(_folder["run.json"]).Run.TestAccuracy);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{ "recipe": "a" }""")]
    [InlineData("""{ "recipe": "\ud800" }""")]
    [InlineData("seconds=1e30")]
    [InlineData("seconds=-1")]
    [InlineData("seconds=1e999")]
    [InlineData("seconds=null")]
    [InlineData("parameters=-1")]
    [InlineData("parameters=99999999999999999999")]
    [InlineData("parameters=1.5")]
    [InlineData("""test={ "mean": 1e39, "sd": 0 }""")]
    [InlineData("""test={ "mean": 0.5, "sd": -1 }""")]
    [InlineData("""test={ }""")]
    [InlineData("name=null")]
    [InlineData("""name="\ud800" """)]
    [InlineData("why=null")]
    [InlineData("""runs=["../../elsewhere"]""")]
    [InlineData("""runs=["/elsewhere"]""")]
    [InlineData("runs=[null]")]
    [InlineData("runs=null")]
    public void A_damaged_or_foreign_record_is_refused_as_such(string change)
    {
        RunRecords.Write(_folder.Root, "build.json", Record());
        string text = change;
        if (change.Length > 0 && char.IsAsciiLetter(change[0]) && change.Split('=', 2) is [var key, var value])
        {
            System.Text.Json.Nodes.JsonNode node = System.Text.Json.Nodes.JsonNode.Parse(Text("build.json"))!;
            node["phases"]![0]![key] = "here";
            text = node.ToJsonString().Replace("\"here\"", value, StringComparison.Ordinal);
        }

        Write("build.json", text);
        Assert.Throws<FormatException>(() => RunRecords.Read<BuildRecord>(_folder["build.json"]));
        Assert.Null(RunRecords.TryRead<BuildRecord>(_folder["build.json"]));
    }

    [Fact]
    public void With_any_byte_damaged_a_record_is_refused_or_read()
    {
        RunRecords.Write(_folder.Root, "build.json", Record());
        byte[] bytes = File.ReadAllBytes(_folder["build.json"]);
        int refused = 0;
        for (int i = 0; i < 2 * bytes.Length; i++)
        {
            byte[] damaged = [.. bytes];
            damaged[i / 2] ^= (byte)(i % 2 == 0 ? 0x80 : 0x01);
            File.WriteAllBytes(_folder["build.json"], damaged);
            try
            {
                using JsonDocument read = JsonDocument.Parse(RunRecords.Read<BuildRecord>(_folder["build.json"]).ToJson());
            }
            catch (FormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, bytes.Length / 2, 2 * bytes.Length);
    }

    [Fact]
    public void A_file_that_is_larger_than_a_record_can_be_is_not_read()
    {
        using (FileStream file = File.Create(_folder["result.json"])) file.SetLength((16 << 20) + 1);
        var error = Assert.Throws<FormatException>(() => RunRecords.Read<RunSummary>(_folder["result.json"]));
        Assert.Contains("17 MB", error.Message, StringComparison.Ordinal);
    }

    private static RunSummary Summary() => new()
    {
        Run = "a",
        Recipe = "a",
        Parameters = 1,
        Macs = 1,
        Epochs = 1,
        TestAccuracy = 0.5f,
        TestLoss = 1,
        ValidationAccuracy = null,
        TrainAccuracy = 0.5f,
        Seconds = 1,
        ImagesPerSecond = 1,
        Seed = 1,
    };

    private static RunEnvironment Environment() => new()
    {
        Started = DateTimeOffset.UnixEpoch,
        CommandLine = ["pare", "down"],
        Seed = 1,
        Threads = 2,
        DataSource = "built in",
        DataFingerprint = "f00d",
    };

    private static AblationFile Ablation() => new()
    {
        Row = "baseline",
        Data = "built in",
        Run = new AblationRun
        {
            Seed = 1,
            Parameters = 1,
            TestAccuracy = null,
            ValidationAccuracy = null,
            Seconds = 1,
            Failure = "it broke away"
        },
        Recipe = "name: a",
    };

    private static BuildRecord Record() => new()
    {
        Recipe = "a",
        Seeds = [1],
        Phases =
        [
            new PhaseOutcome
            {
                Name = "wide",
                Parameters = 10,
                Macs = 20,
                Runs = ["01-wide/seed-1"],
                Train = new Spread(0.5, null),
                Validation = null,
                Test = new Spread(1 / 3.0, null),
                Seconds = 1,
            },
        ],
        Environment = Environment(),
    };

    private string Text(string name) => File.ReadAllText(_folder[name]);

    private void Write(string name, string text) => _folder.Write(name, Encoding.UTF8.GetBytes(text));
}
