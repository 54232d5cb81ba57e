using System.Text.Json;
using Pare.Cli;
using Pare.Runs;

namespace Pare.Tests.Cli;

public sealed class StatusCommandTests : IDisposable
{
    private readonly DownFiles _files = new();

    private string Plan => _files.Files.Folder["plan"];

    public void Dispose() => _files.Dispose();

    [Fact]
    public void It_shows_a_row_a_phase_and_what_is_being_trained()
    {
        string recipe = _files.Files.Write("taught.yaml",
            DownFiles.RecipeText.Replace("label_smoothing: 0.1", "distillation: { teacher: phase:wide }", StringComparison.Ordinal));
        Run(ExitCode.Done, "down", recipe, "--data", _files.Files.Data, "--seeds", "2", "--plan-only", Plan);
        Assert.Contains("left      no run has an epoch yet\n", Run(ExitCode.Done, "status", Plan).Out, StringComparison.Ordinal);
        Run(ExitCode.Done, "run", Plan, "--index", "0");
        string run = Path.Combine(Plan, "02-narrow", "seed-1");
        using (FolderLock.Take(run, "pare run"))
        {
            File.WriteAllText(Path.Combine(run, MetricsLog.CsvFile), "epoch,seconds\n1,0.5\n2,1\n3,");
            TestCli cli = Run(ExitCode.Done, "status", Plan);
            double validation = Summary("01-wide", 1).ValidationAccuracy!.Value;
            Assert.Equal(
                $"""
                build     paring: 6 runs
                finished  1
                training  1
                left      less than a minute, with as many at once as now

                phase   runs  finished  training  stopped  open  validation  sd
                wide       2         1         0        0     1  {Rounding.InPercent(validation) + " %",10}
                narrow     2         0         1        0     1
                smooth     2         0         0        0     2

                training  2 of 0 to 5: narrow, seed 1, epoch 2/4, {FolderLock.HolderOf(run)}

                next      pare run {Plan} --index 1
                finally   pare down {Plan}

                """,
                cli.Out);
        }

        Assert.Contains("\nstopped   2 of 0 to 5: narrow, seed 1, epoch 2/4\n", Run(ExitCode.Done, "status", Plan).Out,
            StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(Run(ExitCode.Done, "status", Plan, "--json").Out);
        JsonElement[] runs = [.. json.RootElement.GetProperty("runs").EnumerateArray()];
        Assert.Equal(["finished", "open", "stopped", "open", "open", "waiting"],
            runs.Select(static row => row.GetProperty("state").GetString()));
        Assert.Equal(["index", "wave", "row", "seed", "folder", "state", "epoch", "epochs", "seconds", "validation_accuracy",
            "test_accuracy", "holder"],
            runs[2].EnumerateObject().Select(static property => property.Name));
        Assert.Equal((2, 4), (runs[2].GetProperty("epoch").GetInt32(), runs[2].GetProperty("epochs").GetInt32()));
        Assert.Equal(Summary("01-wide", 1).TestAccuracy, runs[0].GetProperty("test_accuracy").GetSingle());
        Assert.Equal(JsonValueKind.Null, runs[2].GetProperty("test_accuracy").ValueKind);

        // A second seed: mean and deviation. Without a validation split it is the test set's.
        Run(ExitCode.Done, "run", Plan, "--index", "1");
        double[] seeds = [Summary("01-wide", 1).ValidationAccuracy!.Value, Summary("01-wide", 2).ValidationAccuracy!.Value];
        string deviation = (100 * Math.Abs(seeds[0] - seeds[1]) / Math.Sqrt(2)).ToString("F2", null);
        Assert.Contains($"{Rounding.InPercent(seeds.Average())} %  {deviation}",
            Run(ExitCode.Done, "status", Plan).Out, StringComparison.Ordinal);
        Assert.True(json.RootElement.GetProperty("seconds_left").GetDouble() > 0);

        // Of the table's last row, which counts from the start.
        Assert.Equal(1, runs[2].GetProperty("seconds").GetDouble());
    }

    [Fact]
    public void An_ablations_run_that_was_stopped_is_as_far_as_its_checkpoint()
    {
        string recipe = _files.Files.Write("smooth.yaml",
            CliData.RecipeText.Replace("epochs: 3", "epochs: 100000", StringComparison.Ordinal)
            + "\ntechniques: { label_smoothing: 0.3 }\n");
        Run(ExitCode.Done, "ablate", recipe, "--data", _files.Files.Data, "--seeds", "1", "--plan-only", Plan);
        using var stop = new CancellationTokenSource();
        using var output = new StoppingWriter(stop);
        using var error = new StringWriter();
        var console = new CliConsole { Out = output, Error = error, Clock = new FakeClock() };
        Assert.Equal(ExitCode.Interrupted, Program.Run(["run", Plan, "--index", "1"], console, stop.Token));
        using JsonDocument json = JsonDocument.Parse(Run(ExitCode.Done, "status", Plan, "--json").Out);
        JsonElement run = json.RootElement.GetProperty("runs")[1];
        Assert.Equal(("stopped", 2), (run.GetProperty("state").GetString(), run.GetProperty("epoch").GetInt32()));
        Assert.True(run.GetProperty("seconds").GetDouble() > 0);
    }

    [Fact]
    public void A_student_is_done_only_as_long_as_what_it_learned_from_is()
    {
        string recipe = _files.Files.Write("taught.yaml", DownFiles.RecipeText + """

              - taught: { set: { techniques: { distillation: { teacher: "phase:wide" } } } }
              - last: { set: { techniques: { distillation: { teacher: "phase:taught" } } } }
            """);
        string[] line = ["down", recipe, "--data", _files.Files.Data];
        Run(ExitCode.Done, [.. line, "--plan-only", Plan]);
        foreach (string index in (string[])["0", "1", "2", "3", "4"]) Run(ExitCode.Done, "run", Plan, "--index", index);
        Assert.Equal(["finished", "finished", "finished", "finished", "finished"], States());

        // As a training on another processor would leave it, in which sums are rounded in another way.
        string first = Path.Combine(Plan, "01-wide", "seed-1"),
            file = Path.Combine(first, RunFolder.ModelFile);
        foreach (string name in (string[])[RunFolder.ModelFile, RunFolder.ResultFile])
            File.Copy(Path.Combine(Plan, "02-narrow", "seed-1", name), Path.Combine(first, name), overwrite: true);
        Assert.Equal(["finished", "finished", "finished", "open", "waiting"], States());
        Run(ExitCode.Done, [.. line, "--plan-only", Plan]);
        Assert.Contains("is not finished, and this one learns from it", Run(ExitCode.Failed, "run", Plan, "--index", "4").Error,
            StringComparison.Ordinal);
        Assert.Contains("3 of 5 trainings done already", Run(ExitCode.Done, [.. line, "--out", Plan]).Out, StringComparison.Ordinal);
        Assert.Equal(["finished", "finished", "finished", "finished", "finished"], States());

        // One that is gone comes out the same again; one without its weights is to be trained, and what learned from it.
        File.Delete(file);
        Assert.Equal(["open", "finished", "finished", "waiting", "waiting"], States());
        Directory.Delete(first, recursive: true);
        Assert.Equal(["open", "finished", "finished", "finished", "finished"], States());

        string?[] States()
        {
            using JsonDocument json = JsonDocument.Parse(Run(ExitCode.Done, "status", Plan, "--json").Out);
            return [.. json.RootElement.GetProperty("runs").EnumerateArray().Select(static row => row.GetProperty("state").GetString())];
        }
    }

    [Fact]
    public void A_folder_without_a_plan_is_told() =>
        Assert.StartsWith("error: There is no plan.json in this folder.", Run(ExitCode.Usage, "status", _files.Files.Data).Error,
            StringComparison.Ordinal);

    private RunSummary Summary(string phase, int seed) =>
        RunSummary.Read(Path.Combine(Plan, phase, $"seed-{seed}", RunFolder.ResultFile))!;

    private static TestCli Run(int code, params string[] line)
    {
        var cli = new TestCli();
        int ended = cli.Run(line);
        Assert.True(code == ended, $"exit code {ended}: {cli.Error}");
        return cli;
    }

    // Asks for the stop as the second epoch is shown.
    private sealed class StoppingWriter(CancellationTokenSource stop) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains("epoch      2/100000", StringComparison.Ordinal) == true) stop.Cancel();
        }
    }
}
