using System.Text.RegularExpressions;
using Pare.Cli;
using Pare.Runs;

namespace Pare.Tests.Cli;

public sealed partial class RunCommandTests : IDisposable
{
    private readonly DownFiles _files = new();

    private string Plan => _files.Files.Folder["plan"];

    private string Whole => _files.Files.Folder["whole"];

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("down")]
    [InlineData("ablate")]
    public void A_plan_run_piece_by_piece_in_any_order_is_the_same_as_one_process(string command)
    {
        string recipe = command == "down" ? Taught() : Smooth();
        string[] line = [command, recipe, "--data", _files.Files.Data, "--seeds", "2", "--threads", "1"];
        Run(ExitCode.Done, [.. line, "--plan-only", Plan]);
        var plan = RunPlan.Read(Plan);
        Assert.Equal(command == "down" ? [0, 0, 0, 0, 1, 1] : [0, 0, 0, 0], plan.Runs.Select(static run => run.Wave));
        if (command == "down") Assert.Equal([0], plan.Runs[4].Needs);
        for (int wave = 0; wave < plan.Waves; wave++)
        {
            Range runs = plan.Wave(wave);
            for (int i = runs.End.Value - 1; i >= runs.Start.Value; i--)
                Run(ExitCode.Done, "run", Plan, "--index", $"{i}", "--threads", $"{1 + (i % 2)}");
        }

        TestCli gathered = Run(ExitCode.Done, command, Plan, "--threads", "1");
        Assert.Contains(command == "down" ? "6 of 6 trainings done already" : "4 runs are in the folder already", gathered.Out,
            StringComparison.Ordinal);
        Run(ExitCode.Done, [.. line, "--out", Whole]);
        Assert.Equal(Content(Whole), Content(Plan));
        string kept = command == "down" ? ".safetensors" : "seed-2.json";
        Assert.Contains(Content(Plan).Keys, file => file.EndsWith(kept, StringComparison.Ordinal));
    }

    [Fact]
    public void A_finished_run_is_left_as_it_is_and_no_image_is_read()
    {
        Run(ExitCode.Done, "ablate", Smooth(), "--data", _files.Files.Data, "--seeds", "1", "--plan-only", Plan);
        Run(ExitCode.Done, "run", Plan, "--index", "1");
        Dictionary<string, string> before = Content(Plan);
        Directory.Delete(_files.Files.Data, recursive: true);
        Assert.Equal("finished  1 of 0 to 1: without label_smoothing, seed 1\n", Run(ExitCode.Done, "run", Plan, "--index", "1").Out);
        Assert.Equal(before, Content(Plan));
        Assert.Contains("which is no longer there", Run(ExitCode.Data, "run", Plan, "--index", "0").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_images_than_those_of_the_plan_are_refused_as_data()
    {
        Run(ExitCode.Done, "down", _files.Recipe, "--data", _files.Files.Data, "--plan-only", Plan);
        string file = Path.Combine(_files.Files.Data, Support.IdxFiles.TestImages);
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        TestCli cli = Run(ExitCode.Data, "run", Plan, "--index", "0");
        Assert.StartsWith("error: The plan was made on other images", cli.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Plan, "01-wide")));
    }

    [Fact]
    public void An_ablation_keeps_the_command_that_planned_it_until_another_is_planned()
    {
        string recipe = Smooth(), moved = _files.Files.Folder["moved"];
        Run(ExitCode.Done, "ablate", recipe, "--data", _files.Files.Data, "--seeds", "1", "--plan-only", Plan);
        string file = Path.Combine(Plan, "environment.json"), planned = File.ReadAllText(file);
        Assert.Contains("\"--plan-only\",", planned, StringComparison.Ordinal);
        Run(ExitCode.Done, "run", Plan, "--wave", "0");
        Directory.Move(_files.Files.Data, moved);
        Run(ExitCode.Done, "ablate", Plan, "--data", moved);
        Assert.Equal(planned, File.ReadAllText(file));
        Assert.Contains("--plan-only", File.ReadAllText(Path.Combine(Plan, "report.html")), StringComparison.Ordinal);
        Run(ExitCode.Done, "ablate", recipe, "--data", moved, "--seeds", "2", "--out", Plan);
        Assert.Equal(["pare", "ablate", recipe, "--data", moved, "--seeds", "2", "--out", Plan], RunEnvironment.Read(file)!.CommandLine);
    }

    [Fact]
    public void What_a_run_learns_from_comes_first()
    {
        Run(ExitCode.Done, "down", Taught(), "--data", _files.Files.Data, "--plan-only", Plan);
        TestCli cli = Run(ExitCode.Failed, "run", Plan, "--index", "2");
        Assert.StartsWith("error: Run 0 of 0 to 2: wide, seed 1 is not finished, and this one learns from it.", cli.Error,
            StringComparison.Ordinal);
        Run(ExitCode.Done, "run", Plan, "--index", "0");
        Run(ExitCode.Done, "run", Plan, "--index", "2");
    }

    [Theory]
    [InlineData("down", "01-wide/seed-1", ".lock", true)]
    [InlineData("down", "01-wide/seed-1", ".lock", false)]
    [InlineData("ablate", "runs", "baseline-seed-1.lock", false)]
    public void A_run_that_another_trains_is_refused_and_left_out_of_a_wave(string command, string place, string name, bool hasBegun)
    {
        string recipe = command == "down" ? _files.Recipe : Smooth();
        Run(ExitCode.Done, command, recipe, "--data", _files.Files.Data, "--seeds", "1", "--plan-only", Plan);
        string folder = Path.Combine(Plan, place);
        using (FolderLock.Take(folder, name, "pare run"))
        {
            if (hasBegun)
            {
                var plan = RunPlan.Read(Plan);
                File.WriteAllText(Path.Combine(folder, RunFolder.RecipeFile), plan.RecipeOf(plan.Runs[0], Plan).ToYaml());
                File.WriteAllText(Path.Combine(folder, MetricsLog.CsvFile), "epoch\n");
            }

            TestCli refused = Run(ExitCode.Failed, "run", Plan, "--index", "0");
            Assert.Contains("Another `pare run`", refused.Error, StringComparison.Ordinal);
            Assert.Contains($"process {Environment.ProcessId}", refused.Error, StringComparison.Ordinal);
            TestCli others = Run(ExitCode.Done, "run", Plan, "--wave", "0");
            Assert.Contains("left out  0 of 0 to", others.Out, StringComparison.Ordinal);
            Assert.Contains("run       1 of 0 to", others.Out, StringComparison.Ordinal);
            Assert.Empty(Directory.GetDirectories(Plan, "*interrupted*", SearchOption.AllDirectories));
        }

        Assert.DoesNotContain("left out", Run(ExitCode.Done, "run", Plan, "--wave", "0").Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[\n    1,\n    1\n  ]")]
    [InlineData("[\n    1,\n    2,\n    3\n  ]")]
    [InlineData("[\n    1,\n    -2\n  ]")]
    public void A_plan_whose_runs_are_not_those_of_its_rows_and_seeds_is_refused(string seeds)
    {
        Run(ExitCode.Done, "ablate", Smooth(), "--data", _files.Files.Data, "--seeds", "2", "--plan-only", Plan);
        string file = Path.Combine(Plan, RunPlan.FileName), text = File.ReadAllText(file);
        string damaged = text.ReplaceLineEndings("\n").Replace("[\n    1,\n    2\n  ]", seeds, StringComparison.Ordinal);
        Assert.NotEqual(text, damaged);
        File.WriteAllText(file, damaged);
        foreach (string command in new[] { "ablate", "status" })
            Assert.StartsWith("error: The plan cannot be read: ", Run(ExitCode.Usage, command, Plan).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_in_the_place_of_another_says_that_run_numbers_mean_others()
    {
        string[] line = ["ablate", Smooth(), "--data", _files.Files.Data, "--plan-only", Plan, "--seeds"];
        Assert.DoesNotContain("takes the place", Run(ExitCode.Done, [.. line, "2"]).Out, StringComparison.Ordinal);
        Assert.DoesNotContain("takes the place", Run(ExitCode.Done, [.. line, "2"]).Out, StringComparison.Ordinal);
        Assert.Contains("takes the place of a plan of 4 runs", Run(ExitCode.Done, [.. line, "1"]).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_planned_run_is_told_names_no_option_that_it_lacks()
    {
        Run(ExitCode.Done, "ablate", Smooth(), "--data", _files.Files.Data, "--seeds", "1", "--plan-only", Plan);
        Directory.Delete(Path.Combine(Plan, "runs"));
        File.WriteAllText(Path.Combine(Plan, "runs"), "");
        string error = Run(ExitCode.Failed, "run", Plan, "--index", "0").Error;
        Assert.DoesNotContain("--out", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Free some space", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_task_of_an_array_finds_its_number_and_its_processors_in_the_environment()
    {
        Run(ExitCode.Done, "ablate", Smooth(), "--data", _files.Files.Data, "--seeds", "2", "--plan-only", Plan);
        Assert.Contains("run       1 of 0 to 3", Task("SLURM_ARRAY_TASK_ID", "1", "run", Plan).Out, StringComparison.Ordinal);
        TestCli several = Task("JOB_COMPLETION_INDEX", "1", "run", Plan, "--wave", "0", "--per-task", "2");
        Assert.Contains("run       2 of 0 to 3", several.Out, StringComparison.Ordinal);
        Assert.Contains("run       3 of 0 to 3", several.Out, StringComparison.Ordinal);
        Assert.Contains("machine   3 threads", several.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("There is no run 4: there are 2, numbered from 0.", "--index", "4")]
    [InlineData("There is no run 2: there are 2, numbered from 0.", "--index", "1", "--per-task", "2")]
    [InlineData("There is no wave 1: the plan's are 0 to 0.", "--wave", "1")]
    [InlineData("Nothing says which run it is to be.")]
    public void A_run_that_is_not_there_is_told(string error, params string[] options)
    {
        Run(ExitCode.Done, "ablate", Smooth(), "--data", _files.Files.Data, "--seeds", "1", "--plan-only", Plan);
        Assert.StartsWith($"error: {error}\n", Run(ExitCode.Usage, ["run", Plan, .. options]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_plan_and_a_damaged_plan_are_told()
    {
        Assert.StartsWith("error: There is no plan.json in this folder.", Run(ExitCode.Usage, "run", Plan).Error, StringComparison.Ordinal);
        Run(ExitCode.Done, "ablate", Smooth(), "--data", _files.Files.Data, "--seeds", "1", "--plan-only", Plan);
        string file = Path.Combine(Plan, RunPlan.FileName), text = File.ReadAllText(file);
        foreach ((string was, string now) in new[]
        {
            ("\"row\": 1", "\"row\": 2"), ("\"wave\": 0", "\"wave\": 1"), ("runs/baseline-seed-1", "../baseline-seed-1"),
            ("\"needs\": []", "\"needs\": [1]"), ("\"kind\": \"ablation\"", "\"kind\": \"other\""), ("\"version\": 1", "\"version\": 0"),
            ("runs/without-label_smoothing-seed-1", "runs/baseline-seed-1"), ("{", ""),
            ("\"seed\": 1,", "\"seed\": 7,"), ("\"name\": \"without label_smoothing\"", "\"name\": \"baseline\""),
        })
        {
            string damaged = text.Replace(was, now, StringComparison.Ordinal);
            Assert.NotEqual(text, damaged);
            File.WriteAllText(file, damaged);
            Assert.StartsWith("error: The plan cannot be read: ", Run(ExitCode.Usage, "run", Plan, "--index", "0").Error,
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("down")]
    [InlineData("ablate")]
    public void Two_that_race_through_one_wave_share_it_and_it_is_the_same_as_one_process(string command)
    {
        string[] line =
            [command, command == "down" ? _files.Recipe : Smooth(), "--data", _files.Files.Data, "--seeds", "3", "--threads", "1"];
        Run(ExitCode.Done, [.. line, "--plan-only", Plan]);
        int runs = RunPlan.Read(Plan).Runs.Count;
        using var start = new Barrier(2);
        var two = new TestCli[2];
        Parallel.For(0, 2, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            start.SignalAndWait(TestContext.Current.CancellationToken);
            two[i] = Run(ExitCode.Done, "run", Plan, "--wave", "0", "--threads", "1");
        });

        // Each says of each run that it trained it, that it is finished, or who trains it; what one has finished the other leaves.
        Assert.All(two, cli => Assert.Equal(runs, Regex.Count(cli.Out, "^(test|finished|left out) ", RegexOptions.Multiline)));
        Assert.DoesNotContain(Directory.GetDirectories(Plan, "*", SearchOption.AllDirectories), static folder =>
            folder.Contains("superseded", StringComparison.Ordinal) || folder.Contains("interrupted", StringComparison.Ordinal));
        Run(ExitCode.Done, [command, Plan, "--threads", "1"]);
        Run(ExitCode.Done, [.. line, "--out", Whole]);
        Assert.Equal(Content(Whole), Content(Plan));
    }

    [Theory]
    [InlineData("--auto")]
    [InlineData("--from", "narrow")]
    [InlineData("--only", "narrow")]
    [InlineData("--out", "elsewhere")]
    public void What_a_plan_cannot_say_is_refused(params string[] options)
    {
        TestCli cli = Run(ExitCode.Usage, ["down", _files.Recipe, "--data", _files.Files.Data, "--plan-only", Plan, .. options]);
        Assert.Contains("plan", cli.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Plan));
    }

    [Fact]
    public void A_planned_folder_says_itself_what_is_compared()
    {
        Run(ExitCode.Done, "ablate", Smooth(), "--data", _files.Files.Data, "--seeds", "1", "--plan-only", Plan);
        Assert.StartsWith("error: The folder's plan says what is compared.\nwhere: --epochs",
            Run(ExitCode.Usage, "ablate", Plan, "--epochs", "2").Error, StringComparison.Ordinal);
        Assert.EndsWith("  fix: Leave out --seeds; for other seeds or rows name the recipe and this folder: "
            + $"pare ablate RECIPE --seeds ... --out {Plan}\n", Run(ExitCode.Usage, "ablate", Plan, "--seeds", "2").Error,
            StringComparison.Ordinal);
        Assert.Contains("runs      4: 2 rows", Run(ExitCode.Done, "ablate", Smooth(), "--data", _files.Files.Data, "--seeds", "2", "--out",
            Plan).Out, StringComparison.Ordinal);
        Assert.StartsWith("error: The plan is that of a build.", Run(ExitCode.Usage, "ablate", Build()).Error, StringComparison.Ordinal);

        string Build()
        {
            string build = _files.Files.Folder["build-plan"];
            Run(ExitCode.Done, "down", _files.Recipe, "--data", _files.Files.Data, "--plan-only", build);
            return build;
        }
    }

    [Fact]
    public void A_plan_holds_each_runs_resolved_recipe_and_lies_anywhere()
    {
        Run(ExitCode.Done, "down", Taught(), "--data", _files.Files.Data, "--seeds", "2", "--plan-only", Plan);
        Run(ExitCode.Done, "run", Plan, "--wave", "0");
        string moved = _files.Files.Folder["moved"];
        Directory.Move(Plan, moved);
        Run(ExitCode.Done, "run", moved, "--wave", "1");
        var plan = RunPlan.Read(moved);
        foreach (PlannedRun run in plan.Runs)
            Assert.Equal(plan.RecipeOf(run, moved).ToYaml(), File.ReadAllText(Path.Combine(RunPlan.PathOf(run, moved), "recipe.yaml")));
        Assert.Contains("teacher: \"../../01-wide/seed-2/model.safetensors\"", plan.RecipeOf(plan.Runs[5], moved).ToYaml(),
            StringComparison.Ordinal);
    }

    /// <summary>A record without what a clock has said.</summary>
    internal static string WithoutTimes(string record) => Times().Replace(record, "");

    private string Taught() => _files.Files.Write("taught.yaml",
        DownFiles.RecipeText.Replace("label_smoothing: 0.1", "distillation: { teacher: phase:wide }", StringComparison.Ordinal));

    private string Smooth() => _files.Files.Write("smooth.yaml", CliData.RecipeText + "\ntechniques: { label_smoothing: 0.3 }\n");

    private static TestCli Run(int code, params string[] line)
    {
        var cli = new TestCli();
        int ended = cli.Run(line);
        Assert.True(code == ended, $"exit code {ended}: {cli.Error}");
        return cli;
    }

    private static TestCli Task(string variable, string value, params string[] line)
    {
        var cli = new TestCli(variables: new() { [variable] = value, ["SLURM_CPUS_PER_TASK"] = "3" });
        Assert.Equal(ExitCode.Done, cli.Run(line));
        return cli;
    }

    // All that is kept but when, how fast, from where and by whose command; the tables are made from the records.
    private static Dictionary<string, string> Content(string folder) => Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
        .Where(static file => Path.GetFileName(file) is var name && !name.StartsWith("events.", StringComparison.Ordinal)
            && name is not ("environment.json" or "report.html")
            && !(Path.GetFileNameWithoutExtension(name) is "results" or "ablation" && !name.EndsWith(".json", StringComparison.Ordinal)))
        .Order(StringComparer.Ordinal).ToDictionary(file => Path.GetRelativePath(folder, file), file => Path.GetExtension(file) switch
        {
            ".safetensors" => Convert.ToHexString(File.ReadAllBytes(file)),
            ".csv" => string.Join('\n', File.ReadLines(file).Select(static line => string.Join(',', line.Split(',')[..6]))),
            _ => Times().Replace(File.ReadAllText(file), "").Replace(folder, "", StringComparison.Ordinal),
        });

    [GeneratedRegex("\"(seconds|images_per_second|latency_milliseconds|idle|started|threads)\": ?[^,\n}]+|\"command_line\": \\[[^]]*\\]")]
    private static partial Regex Times();
}
