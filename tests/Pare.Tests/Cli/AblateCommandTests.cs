using System.Text.Json;
using System.Text.RegularExpressions;
using Pare.Cli;
using Pare.Runs;
using Pare.Tests.Reporting;

namespace Pare.Tests.Cli;

public sealed partial class AblateCommandTests : IDisposable
{
    private readonly CliData _files = new();
    private readonly string _recipe;

    public AblateCommandTests() =>
        _recipe =
            _files.Write("smooth.yaml", CliData.RecipeText.Replace("name: tiny", "name: smooth", StringComparison.Ordinal)
            + "\ntechniques: { label_smoothing: 0.3 }\n");

    private string Out => _files.Folder["ablation"];

    public void Dispose() => _files.Dispose();

    [Fact]
    public void It_says_what_it_will_run_and_then_shows_a_row_for_each_technique()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("ablate", _recipe, "--data", _files.Data, "--seeds", "2", "--out", Out, "--threads", "1"));
        Assert.Equal(
            Normalized($"""
            recipe    smooth: rows and columns
            machine   1 thread, {Pare.Kernels.Simd.InstructionSet}
            data      mnist, {_files.Data}
            rows      baseline; without label_smoothing
            runs      4: 2 rows with seeds 1 to 2 each, 3 epochs per run
            folder    {Out}
            time      less than a minute for 4 runs

            technique                validation     sd  difference     95 % interval      test     sd  seconds  parameters
            baseline                        N %      N                                     N %      N      0.0         250
            without label_smoothing         N %      N           N            N to N       N %      N      0.0         250

            Differences to the first row in percentage points, paired by seed; 95 % intervals by Student's t, 1 degree of freedom.
            They cover other seeds on these same images: what other images would give they do not say.
            An interval that holds 0 shows no effect.
            p is corrected after Holm for 1 row, each measure by itself: if no row had an effect on a measure, one of its p would be below 0.05 at most one time in twenty.
            files     {Path.Combine(Out, "ablation.md")}, ablation.csv, ablation.json, results.tex
            report    {Path.Combine(Out, "report.html")}

            """),
            Normalized(cli.Out));
        Assert.Empty(cli.Error);
    }

    [Fact]
    public void Several_seeds_of_a_recipe_without_techniques_have_a_mean_and_a_deviation()
    {
        var cli = new TestCli();
        string[] line = ["ablate", _files.Recipe, "--data", _files.Data, "--epochs", "1", "--out", Out];
        TestCli.AssertFails(ExitCode.Usage, "There is nothing to compare with the recipe as it is.", [.. line, "--seeds", "1"]);
        Assert.False(Directory.Exists(Out));
        Assert.Equal(ExitCode.Done, cli.Run([.. line, "--seeds", "3"]));
        Assert.Contains("note      nothing is left out or named to compare with (--vary, --grid)", cli.Out, StringComparison.Ordinal);
        Assert.Contains("runs      3: 1 row with seeds 1 to 3 each, 1 epoch per run\n", cli.Out, StringComparison.Ordinal);
        Assert.Contains("\n\nMeans and standard deviations are over the seeds, on one test set.\nfiles ", cli.Out,
            StringComparison.Ordinal);
        Assert.Equal(5, File.ReadAllLines(Path.Combine(Out, "ablation.csv")).Length);
        Assert.Contains("means over 3 seeds on one test set.", File.ReadAllText(Path.Combine(Out, "results.tex")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Other_axes_have_a_table_of_their_own()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("ablate", _recipe, "--data", _files.Data, "--seeds", "2", "--out", Out, "--epochs", "1",
            "--axes", "accuracy,robust,speed"));
        string heading = cli.Out.Split('\n').Single(static line => line.StartsWith("technique", StringComparison.Ordinal)
            && line.Contains("corrupted", StringComparison.Ordinal));
        Assert.Equal(
            ["technique", "corrupted", "sd", "difference", "95", "%", "interval", "p,", "Holm", "ms", "per", "image", "difference",
            "training", "s"],
            heading.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("corrupted is a quick subset: ", cli.Out, StringComparison.Ordinal);
        var again = new TestCli();
        Assert.Equal(ExitCode.Done, again.Run("ablate", _recipe, "--data", _files.Data, "--seeds", "2", "--out", Out, "--epochs", "1"));
        Assert.DoesNotContain("corrupted", again.Out, StringComparison.Ordinal);
        TestCli.AssertFails(ExitCode.Usage, "--axes knows accuracy, robust, speed, not `robustness`.",
            "ablate", _recipe, "--axes", "robustness");
    }

    [Fact]
    public void A_grid_is_trained_and_told_of_on_a_page_that_is_made_again_from_the_table_alone()
    {
        Assert.Equal(ExitCode.Done, new TestCli().Run("ablate", _files.Recipe, "--data", _files.Data, "--seeds", "2", "--epochs", "1",
            "--grid", "training.batch_size=20,25", "--grid", "techniques.label_smoothing=false,0.3", "--out", Out));
        string page = Path.Combine(Out, "report.html"), before = File.ReadAllText(page);
        foreach (string name in new[] { "runs", "recipe.yaml", "plan.json" })
        {
            string path = Path.Combine(Out, name);
            if (File.Exists(path)) File.Delete(path);
            else foreach (string run in Directory.GetFiles(path)) File.Delete(run);
        }

        File.Delete(page);
        Assert.Equal(ExitCode.Done, new TestCli().Run("report", Out));
        Assert.Equal(before, File.ReadAllText(page));
        System.Xml.Linq.XElement html = ReportRuns.Read(page);
        Assert.Equal(["Rows", "Corrupted images", "Seed by seed", "What sets the rows apart", "To repeat it"], ReportRuns.Headings(html));
        Assert.Equal(
            ["baseline", "training.batch_size=20, techniques.label_smoothing=0.3",
            "training.batch_size=25, techniques.label_smoothing=false", "training.batch_size=25, techniques.label_smoothing=0.3"],
            html.Descendants("tbody").First().Elements("tr").Select(static row => row.Elements().First().Value));

        File.WriteAllText(Path.Combine(Out, "ablation.json"), "damaged");
        TestCli.AssertFails(ExitCode.Failed, "The ablation's table cannot be read", "report", Out);
        File.Delete(Path.Combine(Out, "ablation.json"));
        TestCli.AssertFails(ExitCode.Usage, "has no table yet", "report", Out);
    }

    [Fact]
    public void Interrupted_and_started_again_it_comes_to_the_same_table()
    {
        string[] line = ["ablate", _recipe, "--data", _files.Data, "--seeds", "2", "--vary", "training.optimizer=adam", "--out"];
        string whole = _files.Folder["whole"];
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. line, whole]));

        using var interrupt = new CancellationTokenSource();
        using var output = new InterruptingWriter(interrupt);
        using var error = new StringWriter();
        var console = new CliConsole { Out = output, Error = error, Clock = new FakeClock() };
        Assert.Equal(ExitCode.Interrupted, Program.Run([.. line, Out], console, interrupt.Token));
        Assert.Contains($"What is done stays in {Out}. To resume: pare ablate {Out}\n", output.ToString().ReplaceLineEndings("\n"),
            StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Out, "ablation.csv")));
        Assert.InRange(Directory.GetFiles(Path.Combine(Out, "runs")).Length, 2, 5);

        var again = new TestCli();
        Assert.Equal(ExitCode.Done, again.Run("ablate", Out));
        Assert.Contains("runs are in the folder already", again.Out, StringComparison.Ordinal);
        foreach (string file in new[] { "ablation.csv", "ablation.md", "ablation.json" })
            Assert.Equal(File.ReadAllText(Path.Combine(whole, file)), File.ReadAllText(Path.Combine(Out, file)));
        var done = new TestCli();
        Assert.Equal(ExitCode.Done, done.Run([.. line, Out]));
        Assert.DoesNotContain("\ntime ", done.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Stopped_while_steps_are_timed_its_folder_has_a_plan()
    {
        using var interrupt = new CancellationTokenSource();
        using var output = new InterruptingWriter(interrupt, "folder ");
        using var error = new StringWriter();
        var console = new CliConsole { Out = output, Error = error, Clock = new FakeClock() };
        Assert.Equal(ExitCode.Interrupted,
            Program.Run(["ablate", _recipe, "--data", _files.Data, "--seeds", "1", "--out", Out], console, interrupt.Token));
        Assert.Empty(Directory.GetFiles(Path.Combine(Out, "runs")));
        Assert.Equal(ExitCode.Done, new TestCli().Run("ablate", Out));
    }

    [Fact]
    public void What_a_row_is_too_short_for_is_told_once_and_a_seed_is_no_row()
    {
        string[] line = ["ablate", _recipe, "--data", _files.Data, "--plan-only", _files.Folder["short"]];
        const string Long = "training.schedule={ constant: { warmup_steps: 500 } }";
        var cli = new TestCli(width: 1000);
        Assert.Equal(ExitCode.Done, cli.Run([.. line, "--vary", $"{Long},cosine"]));
        string note = Assert.Single(cli.Out.Split('\n'), static text => text.Contains("warmup_steps is", StringComparison.Ordinal));
        Assert.StartsWith($"note      {Long}, training.schedule: warmup_steps is 500, and the run has ", note, StringComparison.Ordinal);

        var seeds = new TestCli();
        Assert.Equal(ExitCode.Usage, seeds.Run([.. line, "--vary", "training.seed=1,2"]));
        Assert.EndsWith("where: training.seed=2\n  fix: Leave out training.seed, and ask for more seeds of every row (--seeds N).\n",
            seeds.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_recipe_is_refused_with_the_first_key_that_is_not_the_same()
    {
        string[] line = ["ablate", _recipe, "--data", _files.Data, "--seeds", "1", "--epochs", "1", "--out", Out];
        Assert.Equal(ExitCode.Done, new TestCli().Run(line));
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run([.. line, "--set", "training.batch_size=25"]));
        Assert.Equal(
            $"""
            error: The recipe has changed since this run of 'baseline' was trained: training.batch_size is 20 there, 25 now.
            where: {Path.Combine(Out, "runs", "baseline-seed-1.json")}
              fix: Go back to what the folder was begun with, or choose a new folder (--out FOLDER).

            """,
            cli.Error);
    }

    [Fact]
    public void A_plan_is_not_laid_over_the_finished_runs_of_another_recipe()
    {
        string[] line = ["ablate", _recipe, "--data", _files.Data, "--seeds", "1", "--epochs"];
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. line, "1", "--out", Out]));
        string[] files = ["plan.json", "recipe.yaml"];
        string[] before = [.. files.Select(file => File.ReadAllText(Path.Combine(Out, file)))];
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run([.. line, "2", "--plan-only", Out]));
        Assert.StartsWith("error: The recipe has changed since this run of 'baseline' was trained: training.epochs is 1 there, 2 now.",
            cli.Error, StringComparison.Ordinal);
        Assert.Equal(before, files.Select(file => File.ReadAllText(Path.Combine(Out, file))));
    }

    [Fact]
    public void Runs_that_another_teacher_of_the_same_name_taught_are_not_laid_together()
    {
        string teacher = _files.Train(), model = Path.Combine(teacher, "model.safetensors");
        string[] line = ["ablate", _files.Recipe, "--data", _files.Data, "--epochs", "1", "--out", Out,
            "--grid", $"techniques.distillation.teacher={teacher}", "--seeds"];
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. line, "1"]));
        byte[] first = File.ReadAllBytes(model);
        Assert.Equal(ExitCode.Done, new TestCli().Run("train", _files.Recipe, "--data", _files.Data, "--epochs", "2", "--out",
            _files.Folder["second"]));
        File.Copy(Path.Combine(_files.Folder["second"], "model.safetensors"), model, overwrite: true);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run([.. line, "2"]));
        Assert.Contains($"error: This run of 'techniques.distillation.teacher={teacher}' was trained with another teacher: the weights at ",
            cli.Error, StringComparison.Ordinal);
        File.Delete(model);
        var gone = new TestCli();
        Assert.Equal(ExitCode.Usage, gone.Run([.. line, "2"]));
        Assert.Contains("error: There is no trained network at ", gone.Error, StringComparison.Ordinal);
        File.WriteAllBytes(model, first);
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. line, "2"]));

        // The table of runs that are all finished needs no teacher.
        File.Delete(model);
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. line, "2"]));
        Assert.Equal(ExitCode.Done, new TestCli().Run("ablate", Out));
    }

    [Theory]
    [InlineData("ablate", "--out")]
    [InlineData("ablate", "--plan-only")]
    [InlineData("train", "--out")]
    public void A_refusal_leaves_no_folder_behind(string command, string option)
    {
        string parent = _files.Folder["new"], missing = $"techniques.distillation.teacher={_files.Folder["none"]}";
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run(command, _recipe, "--data", _files.Data, "--set", missing, option,
            Path.Combine(parent, "below", "ablation")));
        Assert.Contains("There is no trained network at ", cli.Error, StringComparison.Ordinal);
        Assert.False(Path.Exists(parent));

        // One that was there stays.
        Directory.CreateDirectory(parent);
        Assert.Equal(ExitCode.Usage, new TestCli().Run(command, _recipe, "--data", _files.Data, "--set", missing, option, parent));
        Assert.Empty(Directory.GetFileSystemEntries(parent));
    }

    [Fact]
    public void A_row_that_trains_what_another_does_is_named_and_not_counted_twice()
    {
        string teacher = _files.Train();
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("ablate", _recipe, "--data", _files.Data, "--epochs", "1", "--seeds", "1", "--out", Out,
            "--vary", "techniques.label_smoothing=false,false", "--vary", "target.test_accuracy=0.5",
            "--vary", $"techniques.distillation.teacher={teacher},{Path.Combine(teacher, "model.safetensors")}"));
        Assert.Contains("note      techniques.label_smoothing=false trains the same as `without label_smoothing`: see that row",
            cli.Out, StringComparison.Ordinal);
        Assert.Contains("note      techniques.label_smoothing=false is named more than once, and counts once", cli.Out,
            StringComparison.Ordinal);
        Assert.Contains("note      target.test_accuracy=0.5 trains the same as `baseline`: see that row", cli.Out,
            StringComparison.Ordinal);
        Assert.Contains($"model.safetensors trains the same as `techniques.distillation.teacher={teacher}`: see that row",
            cli.Out, StringComparison.Ordinal);
        Assert.Contains("runs      3: 3 rows", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_of_several_instruction_sets_and_versions_in_one_table_are_told_of()
    {
        Assert.Equal(ExitCode.Done, new TestCli().Run(
            "ablate", _recipe, "--data", _files.Data, "--epochs", "1", "--seeds", "1", "--threads", "1", "--out", Out));
        string run = Path.Combine(Out, "runs", "baseline-seed-1.json"), text = File.ReadAllText(run);
        string set = $"  \"instruction_set\": \"{Pare.Kernels.Simd.InstructionSet}\",\n", version = Version().Match(text).Value;
        Assert.Contains(set + "  \"threads\": 1,\n", text, StringComparison.Ordinal);
        TestCli Gather(string changed)
        {
            File.WriteAllText(run, changed);
            var cli = new TestCli(width: 1000);
            Assert.Equal(ExitCode.Done, cli.Run("ablate", Out));
            return cli;
        }

        // As a run of an earlier version, which says nothing.
        Assert.DoesNotContain("several", Gather(text.Replace(set + "  \"threads\": 1,\n", "", StringComparison.Ordinal)
            .Replace(version, "", StringComparison.Ordinal)).Out, StringComparison.Ordinal);
        TestCli cli = Gather(text.Replace(set, "  \"instruction_set\": \"A\",\n", StringComparison.Ordinal)
            .Replace(version, "  \"pare_version\": \"0.0\",\n", StringComparison.Ordinal));
        string note = $"The runs were computed with several instruction sets (A, {Pare.Kernels.Simd.InstructionSet}) and by several "
            + $"versions of Pare (0.0, {RunEnvironment.Version}): ";
        Assert.Contains(note, cli.Out, StringComparison.Ordinal);
        Assert.Contains(note, File.ReadAllText(Path.Combine(Out, "ablation.md")), StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Out, "ablation.json")));
        JsonElement origins = json.RootElement.GetProperty("origins");
        Assert.StartsWith(note, origins.GetProperty("note").GetString(), StringComparison.Ordinal);
        Assert.Equal(["A", Pare.Kernels.Simd.InstructionSet],
            origins.GetProperty("instruction_sets").EnumerateArray().Select(static name => name.GetString()));

        // Made again from the table alone.
        Assert.Equal(ExitCode.Done, new TestCli().Run("report", Out));
        Assert.Contains(note, File.ReadAllText(Path.Combine(Out, "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void More_seeds_go_on_after_those_that_are_done()
    {
        string[] line = ["ablate", _recipe, "--data", _files.Data, "--epochs", "1", "--out", Out, "--seeds"];
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. line, "1"]));
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run([.. line, "2"]));
        Assert.Contains("done      2 runs are in the folder already", cli.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("note ", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Fewer_seeds_or_rows_than_the_folder_has_are_told_of_and_nothing_is_lost()
    {
        string[] line = ["ablate", _recipe, "--data", _files.Data, "--epochs", "1", "--out", Out];
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. line, "--seeds", "2", "--vary", "training.batch_size=25"]));
        var fewer = new TestCli();
        Assert.Equal(ExitCode.Done, fewer.Run([.. line, "--seeds", "1"]));
        Assert.Contains("note      the folder's ablation has more seeds (2), and its table is written again without them; no run is lost",
            fewer.Out, StringComparison.Ordinal);
        Assert.Contains("note      the folder's ablation has more rows (training.batch_size=25), and its table", fewer.Out,
            StringComparison.Ordinal);
        var again = new TestCli();
        Assert.Equal(ExitCode.Done, again.Run([.. line, "--seeds", "2", "--vary", "training.batch_size=25"]));
        Assert.Contains("done      6 runs are in the folder already", again.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("note ", again.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_whose_loss_breaks_away_is_a_row_of_its_own_and_the_others_go_on()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run(
            "ablate", _recipe, "--data", _files.Data, "--seeds", "1", "--epochs", "2", "--vary",
            "training.schedule={ constant: { rate: 1e30 } }", "--out", Out, "--json"));
        Assert.Contains("seed 1 failed", cli.Error, StringComparison.Ordinal);
        Assert.Contains("No mean and no difference of training.schedule={ constant: { rate: 1e30 } }: seed 1 failed.", cli.Error,
            StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        JsonElement rows = json.RootElement.GetProperty("rows");
        Assert.Equal(["baseline", "without label_smoothing", "training.schedule={ constant: { rate: 1e30 } }"], rows.EnumerateArray()
            .Select(static row => row.GetProperty("name").GetString()));
        Assert.Equal(JsonValueKind.Null, rows[2].GetProperty("test").ValueKind);
        Assert.Equal(JsonValueKind.Object, rows[1].GetProperty("test_difference").ValueKind);
        Assert.Contains("no longer a finite number", rows[2].GetProperty("runs")[0].GetProperty("failure").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void When_every_run_failed_so_did_the_command()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Failed, cli.Run(
            "ablate", _recipe, "--data", _files.Data, "--seeds", "1", "--set", "training.schedule={ constant: { rate: 1e30 } }", "--out",
            Out, "--json"));
        Assert.Contains("error: Every run of the ablation failed", cli.Error, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        Assert.Equal(2, json.RootElement.GetProperty("rows").GetArrayLength());
    }

    [Fact]
    public void A_value_that_the_recipe_has_already_is_named_and_has_no_row()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run(
            "ablate", _recipe, "--data", _files.Data, "--seeds", "1", "--epochs", "1", "--vary", "training.batch_size=20,25", "--out",
            Out));
        Assert.Contains("training.batch_size=20 is the recipe's own value: see the row `baseline`", cli.Out, StringComparison.Ordinal);
        Assert.Contains("rows      baseline; without label_smoothing; training.batch_size=25", cli.Out, StringComparison.Ordinal);
        cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run(
            "ablate", _recipe, "--data", _files.Data, "--vary", "training.batch_size=20,25", "--plan-only", _files.Folder["plan"]));
        Assert.Contains("training.batch_size=20 is the recipe's own value: see the row `baseline`", cli.Out, StringComparison.Ordinal);
        Assert.Contains("rows      baseline; without label_smoothing; training.batch_size=25", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_many_rows_the_first_are_named()
    {
        string[] line = ["ablate", _recipe, "--data", _files.Data, "--plan-only", _files.Folder["plan"], "--grid"];
        var cli = new TestCli(width: 1000);
        Assert.Equal(ExitCode.Done, cli.Run([.. line, $"training.epochs={string.Join(',', Enumerable.Range(4, 25))}"]));
        Assert.Contains("; training.epochs=22; … and 6 more\n", cli.Out, StringComparison.Ordinal);
        TestCli.AssertFails(ExitCode.Usage, "and an ablation has at most 10,000.\nwhere: --seeds\n  fix: Compare fewer rows",
            [.. line, $"training.epochs={string.Join(',', Enumerable.Range(1, 20))}", "--seeds", "500"]);
    }

    [Fact]
    public void A_baseline_that_breaks_away_in_the_timing_too_is_kept_as_failed()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run(
            "ablate", _recipe, "--data", _files.Data, "--seeds", "1", "--set", "training.schedule={ constant: { rate: 1e30 } }", "--vary",
            "training.schedule=one_cycle", "--out", Out));
        string table = File.ReadAllText(Path.Combine(Out, "ablation.md"));
        Assert.Contains("| technique | validation | sd |", table, StringComparison.Ordinal);
        Assert.Contains("\">validation</th>", File.ReadAllText(Path.Combine(Out, "report.html")), StringComparison.Ordinal);
        Assert.Contains("baseline, seed 1, failed: ", table, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Out, "ablation.json")));
        JsonElement rows = json.RootElement.GetProperty("rows");
        Assert.Equal(JsonValueKind.Null, rows[0].GetProperty("test").ValueKind);
        Assert.Equal(JsonValueKind.Null, rows[2].GetProperty("test_difference").ValueKind);
        Assert.Equal(JsonValueKind.Null, rows[2].GetProperty("test").GetProperty("standard_deviation").ValueKind);
        Assert.True(File.Exists(Path.Combine(Out, "environment.json")) && File.Exists(Path.Combine(Out, "recipe.yaml")));
    }

    [Theory]
    [InlineData("where: --grid training.batch_size=0, over ", "--grid", "training.batch_size=0,10")]
    [InlineData("where: --vary training.batch_size=0, over ", "--vary", "training.batch_size=0")]
    [InlineData("fix: Name another value (--grid KEY=VALUE,VALUE).", "--grid", "training.batch_size=20")]
    public void A_value_that_cannot_be_compared_is_said_of_the_option_that_was_typed(string text, params string[] options) =>
        TestCli.AssertFails(ExitCode.Usage, text, ["ablate", _recipe, "--data", _files.Data, "--out", Out, .. options]);

    [Fact]
    public void A_folder_that_holds_something_else_is_left_alone()
    {
        _files.Write("ablation/notes.txt", "mine");
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("ablate", _recipe, "--data", _files.Data, "--out", Out));
        Assert.Contains("not an ablation", cli.Error, StringComparison.Ordinal);
        Assert.Equal(["notes.txt"], Directory.GetFileSystemEntries(Out).Select(Path.GetFileName));
    }

    // Every number that a machine's instructions may change becomes N at the same place.
    // The figures differ between instruction sets, and the widths of the columns with them.
    private static string Normalized(string text) =>
        Blanks().Replace(Numbers()
            .Replace(Tests().Replace(text, ""),
                static match => match.Value.Contains(" to ", StringComparison.Ordinal) ? "  N to N" : "  N"), "  ");

    [GeneratedRegex("  \"pare_version\": \"[^\"]+\",\n")]
    private static partial Regex Version();

    // Two seeds that differ alike have no p value, which is so on one machine and not on another.
    [GeneratedRegex(@"technique +difference +p alone +p, Holm\n(.+\n)+\n")]
    private static partial Regex Tests();

    [GeneratedRegex(" {2,}")]
    private static partial Regex Blanks();

    [GeneratedRegex(@" +[-+]?\d+\.\d\d( to [-+]?\d+\.\d\d)?(?!\d)")]
    private static partial Regex Numbers();

    // Asks for the stop at a line, such as that of the first row as it is finished.
    private sealed class InterruptingWriter(CancellationTokenSource interrupt, string at = "baseline ") : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.StartsWith(at, StringComparison.Ordinal) == true) interrupt.Cancel();
        }
    }
}
