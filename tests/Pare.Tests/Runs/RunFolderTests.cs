using System.Text.Json;
using Pare.Runs;
using Pare.Tests.Cli;
using Pare.Tests.Support;
using Pare.Training;

namespace Pare.Tests.Runs;

public sealed class RunFolderTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Metrics_have_one_header_and_a_row_an_epoch_that_is_readable_while_the_run_goes_on()
    {
        using RunFolder run = Create("a");
        run.Append(new EpochMetrics(1, 2.5f, 0.125f, 2.25f, 0.25f, 0.1f, 1.5, 1000.5) { Idle = 0.125 });
        run.Append(new EpochMetrics(2, float.NaN, 0.1f, null, null, 1e-5f, 3, 1000));

        Assert.Equal(
            """
            epoch,train/loss,train/accuracy,validation/loss,validation/accuracy,lr,seconds,images_per_second,idle
            1,2.5,0.125,2.25,0.25,0.1,1.5,1000.5,0.125
            2,NaN,0.1,,,1E-05,3,1000,0

            """,
            Read("a", "metrics.csv"));
        string[] lines = Read("a", "metrics.jsonl").TrimEnd().Split('\n');
        Assert.Equal(
            """{"epoch":1,"train/loss":2.5,"train/accuracy":0.125,"validation/loss":""" +
            """2.25,"validation/accuracy":0.25,"lr":0.1,"seconds":1.5,"images_per_second":1000.5,"idle":0.125}""",
            lines[0]);
        using JsonDocument second = JsonDocument.Parse(lines[1]);
        Assert.Equal(JsonValueKind.Null, second.RootElement.GetProperty("train/loss").ValueKind);
        Assert.Equal(JsonValueKind.Null, second.RootElement.GetProperty("validation/accuracy").ValueKind);
        Assert.Equal(1e-5f, second.RootElement.GetProperty("lr").GetSingle());
    }

    [Fact]
    public void A_folder_that_holds_something_is_refused_and_left_as_it_is()
    {
        Directory.CreateDirectory(_folder["a"]);
        File.WriteAllText(Path.Combine(_folder["a"], "notes.txt"), "mine");
        var error = Assert.Throws<RecipeException>(() => Create("a"));
        Assert.Contains("never overwritten", error.Message, StringComparison.Ordinal);
        Assert.Equal("folder", error.Setting);
        Assert.Equal(["notes.txt"], Directory.GetFileSystemEntries(_folder["a"]).Select(Path.GetFileName));
    }

    [Fact]
    public void A_recipe_of_any_name_has_a_folder()
    {
        foreach ((string recipe, string folder) in new[]
        {
            ("net-0.5", "net-0.5"), ("a/b: c", "a-b--c"), (".hidden", "hidden"), ("größer", "größer"), ("gro\u0308ßer", "gro\u0308ßer"),
            ("数字 3", "数字-3"), ("हिन्दी", "हिन्दी"), ("a\u200Bb\u202Ec\td\uD800", "a-b-c-d-"), ("𝒜", "𝒜"), ("😀", "-"),
            ("con", "con-"), ("Nul.x", "Nul-.x"), ("com1", "com1-"), ("console", "console"),
            (new string('n', 300), new string('n', 100)),
            (new string('ä', 300), new string('ä', 50)), ("n" + new string('数', 300), "n" + new string('数', 33)),
        })
        {
            Assert.Equal(folder, RunFolder.NameAfter(recipe));
            using var run = RunFolder.CreateIn(_folder.Root, recipe, new FakeClock());
            Assert.StartsWith(folder + "-2026", Path.GetFileName(run.Location), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_empty_folder_is_used()
    {
        Directory.CreateDirectory(_folder["a"]);
        using RunFolder run = Create("a");
        Assert.True(File.Exists(Path.Combine(_folder["a"], "metrics.csv")));
    }

    [Fact]
    public void Of_many_runs_that_want_one_folder_at_once_one_gets_it()
    {
        int refused = 0;
        var made = new System.Collections.Concurrent.ConcurrentBag<RunFolder>();
        Parallel.For(0, 8, _ =>
        {
            try
            {
                made.Add(Create("a"));
            }
            catch (RecipeException)
            {
                Interlocked.Increment(ref refused);
            }
        });
        Assert.Equal(7, refused);
        Assert.Single(made).Dispose();
    }

    [Fact]
    public void A_new_folder_in_which_nothing_was_kept_goes_again()
    {
        Create("new").Dispose();
        Assert.False(Directory.Exists(_folder["new"]));

        // One that was there stays, and so does what others put beside the empty metrics.
        Directory.CreateDirectory(_folder["empty"]);
        Create("empty").Dispose();
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["empty"]));
        using (RunFolder run = Create("shared")) File.WriteAllText(_folder["shared/notes.txt"], "mine");
        Assert.True(File.Exists(_folder["shared/notes.txt"]));
        using (RunFolder run = Create("kept")) run.WriteRecipe("name: a\n");
        Assert.True(RunFolder.IsUnfinished(_folder["kept"]));

        // Nor what another has begun there since.
        RunFolder first = Create("taken");
        Directory.Delete(_folder["taken"], recursive: true);
        using RunFolder second = Create("taken");
        first.Dispose();
        Assert.True(File.Exists(_folder[Path.Combine("taken", MetricsLog.CsvFile)]));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_a_failed_run_that_says_where()
    {
        File.WriteAllText(_folder["file"], "");
        var error = Assert.Throws<RunException>(() => Create(Path.Combine("file", "run")));
        Assert.Contains(_folder["file"], error.Where, StringComparison.Ordinal);
        Assert.Equal("folder", error.Setting);
    }

    [Fact]
    public void The_environment_and_the_result_can_be_read_back()
    {
        using RunFolder run = Create("a");
        run.WriteRecipe("name: a\n");
        run.WriteEnvironment(new RunEnvironment
        {
            Started = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)),
            CommandLine = ["pare", "train", "a b"],
            Seed = 7,
            Threads = 2,
            DataSource = "built in",
        });
        run.WriteResult(new RunSummary
        {
            Run = "a",
            Recipe = "mnist",
            Parameters = 10,
            Macs = 20,
            Epochs = 3,
            TestAccuracy = 0.9881f,
            TestLoss = 0.05f,
            ValidationAccuracy = null,
            TrainAccuracy = 0.995f,
            Seconds = 1.23456,
            ImagesPerSecond = 1000.26,
            Seed = 7,
        });

        Assert.Equal("name: a\n", Read("a", "recipe.yaml"));
        Assert.Equal(
            """
            {
              "format": 1,
              "run": "a",
              "recipe": "mnist",
              "parameters": 10,
              "macs": 20,
              "epochs": 3,
              "test_accuracy": 0.9881,
              "test_loss": 0.05,
              "validation_accuracy": null,
              "train_accuracy": 0.995,
              "seconds": 1.235,
              "images_per_second": 1000.3,
              "seed": 7
            }

            """,
            Read("a", "result.json"));
        RunSummary read = Assert.IsType<RunSummary>(RunSummary.Read(Path.Combine(_folder["a"], RunFolder.ResultFile)));
        Assert.Equal(("a", 10, 0.9881f, null, 0.995f, 1.235, 7),
            (read.Run, read.Parameters, read.TestAccuracy, read.ValidationAccuracy, read.TrainAccuracy, read.Seconds, read.Seed));
        using JsonDocument environment = JsonDocument.Parse(Read("a", "environment.json"));
        Assert.Equal("a b", environment.RootElement.GetProperty("command_line")[2].GetString());
        Assert.Equal("2026-01-02T02:04:05+00:00", environment.RootElement.GetProperty("started").GetString());
        Assert.Equal(7, environment.RootElement.GetProperty("seed").GetInt32());
        Assert.Equal("built in", environment.RootElement.GetProperty("data").GetString());
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{ "run": 1 }""")]
    public void What_is_no_result_is_read_as_none(string text)
    {
        File.WriteAllText(_folder["result.json"], text);
        Assert.Null(RunSummary.Read(_folder["result.json"]));
        Assert.Null(RunSummary.Read(_folder["missing.json"]));
    }

    [Fact]
    public void Without_a_name_it_is_named_after_recipe_and_time_and_numbered_when_taken()
    {
        var clock = new FakeClock();
        using RunFolder first = RunFolder.CreateIn(_folder.Root, "my recipe", clock);
        using RunFolder second = RunFolder.CreateIn(_folder.Root, "my recipe", clock);
        Assert.Equal(_folder["my-recipe-20260304-050607"], first.Location);
        Assert.Equal(_folder["my-recipe-20260304-050607-2"], second.Location);
    }

    private RunFolder Create(string name) => RunFolder.Create(_folder[name], "recipe", TimeProvider.System);

    private string Read(string run, string file)
    {
        using var stream = new FileStream(Path.Combine(_folder[run], file), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
