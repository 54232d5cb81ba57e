using System.Text.Json;
using System.Text.RegularExpressions;
using Pare.Cli;
using Pare.Kernels;
using Pare.Runs;

namespace Pare.Tests.Cli;

public sealed partial class DownCommandTests : IDisposable
{
    private readonly DownFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_phase_learns_from_an_earlier_one_of_the_same_seed()
    {
        string recipe =
            _files.Files.Write("taught.yaml",
            DownFiles.RecipeText.Replace("label_smoothing: 0.1", "distillation: { teacher: phase:wide, weight: 1 }",
            StringComparison.Ordinal));
        Assert.Equal(ExitCode.Done, new TestCli()
            .Run("down", recipe, "--data", _files.Files.Data, "--threads", "1", "--out", _files.Out, "--seeds", "2"));
        foreach (string seed in new[] { "seed-1", "seed-2" })
        {
            Assert.Contains(Path.Combine("01-wide", seed),
                File.ReadAllText(Path.Combine(_files.Out, "03-smooth", seed, RunFolder.RecipeFile)), StringComparison.Ordinal);
            string Losses(string phase) =>
                string.Join(' ', File.ReadLines(Path.Combine(_files.Out, phase, seed, MetricsLog.CsvFile))
                    .Select(static line => line.Split(',')[1]));
            Assert.NotEqual(Losses("02-narrow"), Losses("03-smooth"));
        }
    }

    [Fact]
    public void A_phase_that_is_shorter_than_its_warm_up_is_named_with_the_epochs_that_it_gets()
    {
        const string Warm = "set: { techniques: { label_smoothing: 0.1 }, training: { schedule: { cosine: { warmup_steps: 9 } } } }";
        string recipe = _files.Files.Write("warm.yaml",
            DownFiles.RecipeText.Replace("set: { techniques: { label_smoothing: 0.1 } }", Warm, StringComparison.Ordinal));
        const string Told =
            "note      phase smooth, training.schedule: warmup_steps is 9, and the run has 8: it ends before its learning " +
            "rate is reached\n";
        foreach ((string scale, bool isShort) in new[] { ("1", false), ("0.5", true) })
        {
            var cli = new TestCli(width: 1000);
            Assert.Equal(ExitCode.Done, cli.Run("down", recipe, "--data", _files.Files.Data, "--epochs-scale", scale, "--plan-only",
                _files.Files.Folder[$"plan{scale}"]));
            Assert.Equal(isShort, cli.Out.Contains(Told, StringComparison.Ordinal));
            Assert.Equal(isShort, cli.Out.Contains("warmup_steps", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Alone_it_says_which_phase_is_to_be_trained_first()
    {
        string recipe = _files.Files.Write("taught.yaml", DownFiles.RecipeText.Replace("label_smoothing: 0.1",
            "distillation: { teacher: phase:wide, weight: 1 }", StringComparison.Ordinal));
        string[] line = ["down", recipe, "--data", _files.Files.Data, "--threads", "1", "--out", _files.Out, "--epochs-scale", "0.25"];
        var cli = new TestCli();
        Assert.Equal(ExitCode.Failed, cli.Run([.. line, "--only", "smooth"]));
        Assert.Equal(
            $"""
            error: Phase 'smooth' learns from phase 'wide', which is not trained.
            where: {Path.Combine(_files.Out, "01-wide")}
              fix: Train phase 'wide' first, or leave no phase out (--only PHASE).

            """, cli.Error);
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. line, "--only", "wide"]));
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. line, "--only", "smooth"]));
    }

    [Fact]
    public void It_shows_the_plan_a_row_a_phase_and_what_it_came_to()
    {
        TestCli cli = Run(ExitCode.Done);
        Assert.Equal(
            $"""
            recipe    paring: rows and columns
            machine   1 thread, {Simd.InstructionSet}
            data      mnist, {_files.Files.Data}
            images    83 for training, 17 for validation, 50 for testing, 1x8x8, 10 classes
            folder    {_files.Out}
            plan      3 phases, one seed each, about # s on this machine

               phase   params   MACs  time
            1  wide     1,378  2,432   # s
               change: none: the recipe as it stands
               target: everything
            2  narrow     694  1,216   # s
               change: new layers
               target: half the channels
            3  smooth     694  1,216   # s
               change: label_smoothing  #

            phase   params   MACs  train %  valid. %  test %     gap  seconds
            wide     1,378  2,432  #  #  #  #  #
              kept: what the others are measured against
            narrow     694  1,216  #  #  #  #  #
              kept: #
            smooth     694  1,216  #  #  #  #  #
              kept: #

            phase   params  of baseline   MACs  test %  against baseline  corrupted %  kept
            wide     1,378        100 %  2,432  #  #  yes
            narrow     694         50 %  1,216  #  #  #  yes
            smooth     694         50 %  1,216  #  #  #  yes

            saved     684 of 1,378 parameters (50 %), at  # points of test accuracy (  # to  # with 95 % confidence, over other images)
            corrupted a quick subset: the mean over gaussian noise, motion blur, contrast, pixelate, rotation at severity 3, on at most 1,000 test images; `pare eval RUN --robust` measures all
            report    {Path.Combine(_files.Out, "report.html")}
            next      pare eval {Path.Combine(_files.Out, "03-smooth", "seed-1")}
            or        pare predict {Path.Combine(_files.Out, "03-smooth", "seed-1")} PICTURE

            """,
            Masked(cli.Out));
        Assert.Empty(cli.Error);
        Assert.Equal(
            ["01-wide", "02-narrow", "03-smooth", "build.json", "plan.json", "recipe.yaml", "report.html", "results.csv", "results.md",
            "results.svg", "results.tex"],
            Directory.GetFileSystemEntries(_files.Out).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(4, File.ReadAllLines(Path.Combine(_files.Out, "results.csv")).Length);
        string[] table = File.ReadAllLines(Path.Combine(_files.Out, "results.md"));
        Assert.Equal(7, table.Length);
        Assert.Equal("| phase | change | parameters | MACs | train % | validation % | test % | corrupted % | gap | seconds | kept | why |",
            table[0]);
        Assert.StartsWith("Corrupted is a quick subset: the mean over", table[6], StringComparison.Ordinal);
        string[][] cells = [.. File.ReadAllLines(Path.Combine(_files.Out, "results.csv")).Select(static line => line.Split(','))];
        int corrupted = Array.IndexOf(cells[0], "corrupted/accuracy");
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        Assert.All(cells[1..], line => Assert.InRange(double.Parse(line[corrupted], culture), 0, 1));
        Assert.Equal(table[2].Split('|')[8].Trim(), (100 * double.Parse(cells[1][corrupted], culture)).ToString("F2", culture));
    }

    [Fact]
    public void Fewer_seeds_than_the_folder_has_are_told_and_more_have_them_back()
    {
        Run(ExitCode.Done, "--seeds", "2");
        string table = File.ReadAllText(Path.Combine(_files.Out, "results.csv"));
        Assert.Contains("the folder's table is of 2 seeds, and is written again with 1", Run(ExitCode.Done, "--seeds", "1").Out,
            StringComparison.Ordinal);
        Assert.DoesNotContain("is written again", Run(ExitCode.Done, "--seeds", "2").Out, StringComparison.Ordinal);
        Assert.Equal(table, File.ReadAllText(Path.Combine(_files.Out, "results.csv")));
    }

    [Fact]
    public void Runs_of_several_instruction_sets_in_one_build_are_told_of()
    {
        Assert.DoesNotContain("several", Run(ExitCode.Done).Out, StringComparison.Ordinal);
        string file = Path.Combine(_files.Out, "01-wide", "seed-1", "environment.json"), set = Pare.Kernels.Simd.InstructionSet;
        File.WriteAllText(file, File.ReadAllText(file).Replace($"\"{set}\"", "\"A\"", StringComparison.Ordinal));
        string note = $"The runs were computed with several instruction sets (A, {set}): ";
        Assert.Contains($"note      {note}", Run(ExitCode.Done).Out, StringComparison.Ordinal);
        Assert.Contains(note, File.ReadAllText(Path.Combine(_files.Out, "results.md")), StringComparison.Ordinal);
        Assert.Contains(note, _files.Build(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_runs_are_runs_like_any_other()
    {
        Run(ExitCode.Done, "--seeds", "2");
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", Path.Combine(_files.Out, "02-narrow", "seed-2")));
        string again = _files.Files.Folder["again"];
        Assert.Equal(ExitCode.Done, new TestCli()
            .Run("train", _files.Recipe, "--data", _files.Files.Data, "--phase", "narrow", "--seed", "2", "--out", again));
        Assert.Equal(File.ReadAllBytes(Path.Combine(again, RunFolder.ModelFile)),
            File.ReadAllBytes(Path.Combine(_files.Out, "02-narrow", "seed-2", RunFolder.ModelFile)));
    }

    [Fact]
    public void With_json_standard_output_is_the_builds_record_and_nothing_else()
    {
        TestCli cli = Run(ExitCode.Done, "--seeds", "2", "--json");
        using JsonDocument told = JsonDocument.Parse(cli.Out),
            kept = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_files.Out, BuildFolder.BuildFile)));
        Assert.True(JsonElement.DeepEquals(told.RootElement, kept.RootElement));
        Assert.Equal(
            ["format", "recipe", "description", "seeds", "epochs_scale", "auto", "phases", "environment", "origins", "finished"],
            told.RootElement.EnumerateObject().Select(static property => property.Name));
        JsonElement narrow = told.RootElement.GetProperty("phases")[1];
        Assert.Equal(
            ["name", "target", "change", "parameters", "macs", "runs", "train", "validation", "test", "corrupted", "gap", "seconds", "kept",
            "costly", "difference", "why"],
            narrow.EnumerateObject().Select(static property => property.Name));
        Assert.Equal(["02-narrow/seed-1", "02-narrow/seed-2"], narrow.GetProperty("runs").EnumerateArray()
            .Select(static run => run.GetString()));
        float[] tests =
            [.. narrow.GetProperty("runs").EnumerateArray()
            .Select(run => RunSummary.Read(Path.Combine(_files.Out, run.GetString()!, RunFolder.ResultFile))!.TestAccuracy)];
        Assert.Equal(tests.Average(), narrow.GetProperty("test").GetProperty("mean").GetDouble(), 5);
        Assert.True(told.RootElement.GetProperty("finished").GetBoolean());
        Assert.Contains("2 seeds each", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Stopped_it_ends_with_exit_code_130_and_says_how_to_go_on()
    {
        using var interrupt = new CancellationTokenSource();
        using var output = new InterruptingWriter("  kept: what the others", interrupt);
        using var error = new StringWriter();
        string[] line = Line();
        Assert.Equal(ExitCode.Interrupted,
            Program.Run(line, new CliConsole { Out = output, Error = error, Clock = new FakeClock() }, interrupt.Token));
        Assert.Contains($"What is done stays in {_files.Out}. To resume: pare {string.Join(' ', line)}", output.ToString(),
            StringComparison.Ordinal);
        using (JsonDocument build = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_files.Out, BuildFolder.BuildFile))))
        {
            Assert.False(build.RootElement.GetProperty("finished").GetBoolean());
            Assert.Equal(1, build.RootElement.GetProperty("phases").GetArrayLength());
        }

        TestCli cli = Run(ExitCode.Done);
        Assert.Contains("1 of 3 trainings done already", cli.Out, StringComparison.Ordinal);
        Assert.Contains("\n1  wide     1,378  2,432  done\n", cli.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("folder ", "Nothing is trained yet. To begin again: ")]
    [InlineData("1/3 wide ", "with a checkpoint of the current training. To resume: ")]
    public void Stopped_in_the_first_phase_or_before_it_says_what_there_is(string at, string message)
    {
        using var interrupt = new CancellationTokenSource();
        using var output = new InterruptingWriter(at, interrupt);
        using var error = new StringWriter();
        Assert.Equal(ExitCode.Interrupted, Program.Run(Line(),
            new CliConsole { Out = output, Error = error, Clock = new FakeClock(), OutIsTerminal = true }, interrupt.Token));
        Assert.Contains($"{message}pare {string.Join(' ', Line())}", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Only_one_phase_or_those_from_one_on_are_trained()
    {
        TestCli only = Run(ExitCode.Done, "--only", "narrow");
        Assert.Contains("not all phases are trained", only.Out, StringComparison.Ordinal);
        Assert.Equal(["02-narrow"], Phases());
        Run(ExitCode.Done, "--from", "narrow");
        Assert.Equal(["02-narrow", "03-smooth"], Phases());
        Run(ExitCode.Done);
        Assert.Equal(["01-wide", "02-narrow", "03-smooth"], Phases());
        Assert.Contains("Did you mean 'narrow'?", Run(ExitCode.Usage, "--from", "narow").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void With_auto_a_phase_that_harms_is_undone_and_those_after_it_build_on_what_was_before()
    {
        string recipe =
            _files.Files.Write("harm.yaml", DownFiles.RecipeText.Replace("epochs: 4", "epochs: 20", StringComparison.Ordinal).Replace(
            "  - smooth:", "  - harm:\n      set: { training: { optimizer: adamw, schedule: { constant: { rate: 1e-9 } } } }\n  - smooth:",
            StringComparison.Ordinal));
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done,
            cli.Run("down", recipe, "--data", _files.Files.Data, "--out", _files.Out, "--threads", "1", "--auto", "--set", "tolerance=1"));
        using JsonDocument build = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_files.Out, BuildFolder.BuildFile)));
        JsonElement[] phases = [.. build.RootElement.GetProperty("phases").EnumerateArray()];
        Assert.Equal(["wide", "narrow", "harm", "smooth"], phases.Select(static phase => phase.GetProperty("name").GetString()));
        Assert.Equal([true, true, false, true], phases.Select(static phase => phase.GetProperty("kept").GetBoolean()));
        Assert.Contains("at the same size", phases[2].GetProperty("why").GetString(), StringComparison.Ordinal);
        Assert.Contains("\n  undone: -", cli.Out, StringComparison.Ordinal);
        Assert.Contains("one_cycle", File.ReadAllText(Path.Combine(_files.Out, "04-smooth", "seed-1", RunFolder.RecipeFile)),
            StringComparison.Ordinal);
        Assert.Contains("label_smoothing", File.ReadAllText(Path.Combine(_files.Out, "04-smooth", "seed-1", RunFolder.RecipeFile)),
            StringComparison.Ordinal);

        // Its folder stands for the recipe without what was undone.
        var shown = new TestCli();
        Assert.Equal(ExitCode.Done, shown.Run("recipe", "show", _files.Out, "--phase", "smooth"));
        Assert.DoesNotContain("adamw", shown.Out, StringComparison.Ordinal);
        var undone = new TestCli();
        Assert.Equal(ExitCode.Done, undone.Run("recipe", "show", _files.Out, "--phase", "harm"));
        Assert.Contains("adamw", undone.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_phase_that_another_one_teaches_is_trained_alone_with_the_network_of_the_builds_folder()
    {
        string recipe = _files.Files.Write("taught.yaml",
            DownFiles.RecipeText.Replace("label_smoothing: 0.1", "distillation: { teacher: phase:wide }", StringComparison.Ordinal));
        string[] build = ["down", recipe, "--data", _files.Files.Data, "--out", _files.Out, "--threads", "1"];
        TestCli Refused(params string[] line)
        {
            var cli = new TestCli();
            Assert.Equal(ExitCode.Usage, cli.Run(line));
            Assert.StartsWith("error: There is no trained network of phase 'wide' ", cli.Error, StringComparison.Ordinal);
            return cli;
        }

        Assert.Contains("`pare down`", Refused("train", recipe, "--data", _files.Files.Data).Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. build, "--only", "narrow"]));
        string found = _files.Files.Folder["found"], alone = _files.Files.Folder["alone"];
        Assert.Contains($"`pare down {_files.Out} --only wide`", Refused("train", _files.Out, "--out", alone).Error,
            StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. build, "--only", "wide"]));

        Assert.Equal(ExitCode.Done, new TestCli().Run("train", _files.Out, "--out", alone, "--threads", "1"));
        Assert.Equal(ExitCode.Done, new TestCli().Run("lr-find", _files.Out, "--out", found, "--steps", "20"));
        string file = Path.Combine(_files.Out, "01-wide", "seed-1", RunFolder.ModelFile);
        Assert.Contains($"teacher: \"{file}\"", File.ReadAllText(Path.Combine(alone, RunFolder.RecipeFile)), StringComparison.Ordinal);

        // As the build trains it, to the byte.
        Assert.Equal(ExitCode.Done, new TestCli().Run(build));
        byte[] Weights(string run) => File.ReadAllBytes(Path.Combine(run, RunFolder.ModelFile))[^200..];
        Assert.Equal(Weights(Path.Combine(_files.Out, "03-smooth", "seed-1")), Weights(alone));
        Refused("train", _files.Out, "--seed", "7", "--out", _files.Files.Folder["seventh"]);
    }

    [Fact]
    public void The_folder_of_a_build_with_auto_goes_on_as_it_was_begun_and_no_other_is_made()
    {
        string[] line = ["down", _files.Recipe, "--data", _files.Files.Data, "--out", _files.Out, "--threads", "1", "--auto"];
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. line, "--only", "wide", "--seeds", "2"]));
        Assert.False(RunPlan.IsAt(_files.Out));
        TestCli cli = new(), without = new();
        Assert.Equal(ExitCode.Done, cli.Run("down", _files.Out, "--threads", "1"));
        Assert.Contains($"\nfolder    {_files.Out}\n", cli.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("note ", cli.Out, StringComparison.Ordinal);
        BuildRecord record = BuildRecord.TryRead(_files.Out)!;
        Assert.True(record is { Auto: true, Finished: true, Seeds.Count: 2 });
        Assert.Equal(ExitCode.Done, without.Run([.. line[..^1]]));
        Assert.Contains("note      in the folder's build phases were undone", without.Out, StringComparison.Ordinal);
        Assert.Contains("what was trained without them is trained again", without.Out.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.False(BuildRecord.TryRead(_files.Out)!.Auto);
    }

    [Fact]
    public void With_auto_later_on_what_was_trained_on_top_of_a_phase_that_is_undone_is_moved_aside()
    {
        string recipe =
            _files.Files.Write("harm.yaml", DownFiles.RecipeText.Replace("epochs: 4", "epochs: 20", StringComparison.Ordinal).Replace(
            "  - smooth:", "  - harm:\n      set: { training: { optimizer: adamw, schedule: { constant: { rate: 1e-9 } } } }\n  - smooth:",
            StringComparison.Ordinal));
        string[] line = ["down", recipe, "--data", _files.Files.Data, "--out", _files.Out, "--threads", "1", "--set", "tolerance=1"];
        Assert.Equal(ExitCode.Done, new TestCli().Run(line));
        Assert.True(RunPlan.IsAt(_files.Out));
        string smooth = Path.Combine(_files.Out, "04-smooth", "seed-1"),
            trained = File.ReadAllText(Path.Combine(smooth, RunFolder.RecipeFile));
        var auto = new TestCli();
        Assert.Equal(ExitCode.Done, auto.Run([.. line, "--auto"]));
        Assert.False(RunPlan.IsAt(_files.Out));
        Assert.Contains(
            $"note      04-smooth/seed-1 is trained from the beginning. What was there is kept as {smooth}-superseded-1\n", auto.Out,
            StringComparison.Ordinal);
        Assert.Equal(trained, File.ReadAllText(Path.Combine(smooth + "-superseded-1", RunFolder.RecipeFile)));
        Assert.DoesNotContain("adamw", File.ReadAllText(Path.Combine(smooth, RunFolder.RecipeFile)), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, new TestCli().Run(line));
        Assert.Contains("adamw", File.ReadAllText(Path.Combine(smooth, RunFolder.RecipeFile)), StringComparison.Ordinal);
        Assert.True(Directory.Exists(smooth + "-superseded-2"));
    }

    [Fact]
    public void Auto_needs_a_validation_split() =>
        Assert.Equal(
            """
            error: Phases are undone by their accuracy on a validation split, and phase 'wide' has none.
            where: key training.validation, recipe paring
              fix: Hold some training images out, such as training.validation=0.1 (--set KEY=VALUE).

            """,
            Run(ExitCode.Usage, "--auto", "--set", "training.validation=0").Error);

    [Fact]
    public void Phases_from_one_on_and_only_one_before_it_are_none() =>
        Assert.Contains("Phase 'wide' comes before 'narrow'", Run(ExitCode.Usage, "--only", "wide", "--from", "narrow").Error,
            StringComparison.Ordinal);

    [Fact]
    public void A_missed_target_ends_with_exit_code_4_and_keeps_the_build_with_a_word_in_its_report()
    {
        TestCli cli =
            Run(ExitCode.TargetMissed, "--set", "target.test_accuracy=1", "--set", "training.schedule={ constant: { rate: 1e-9 } }");
        Assert.Contains("misses the recipe's target of 100.00 %.", cli.Error, StringComparison.Ordinal);
        Assert.Equal(3, Phases().Length);
        Assert.Contains("The target is missed: ", File.ReadAllText(Path.Combine(_files.Out, "report.html")), StringComparison.Ordinal);
        using JsonDocument build = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_files.Out, BuildFolder.BuildFile)));
        Assert.EndsWith("and the target is 100.00 %.", build.RootElement.GetProperty("missed_targets")[0].GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_folder_of_a_plan_that_is_made_again_has_the_recipe_of_the_new_one()
    {
        string[] line = ["--set", "training.schedule={ constant: { rate: 1e-9 } }", "--plan-only", _files.Out];
        Run(ExitCode.Done, line);
        Run(ExitCode.Done, [.. line, "--set", "target.test_accuracy=1", "--set", "description=held"]);
        Assert.Contains("\ndescription: held\n", File.ReadAllText(Path.Combine(_files.Out, "recipe.yaml")), StringComparison.Ordinal);
        TestCli.AssertFails(ExitCode.TargetMissed, "misses the recipe's target of 100.00 %.", "down", _files.Out, "--threads", "1");
    }

    [Fact]
    public void A_size_that_misses_the_target_is_said_before_anything_is_trained()
    {
        TestCli cli = Run(ExitCode.TargetMissed, "--set", "target.parameters=693");
        Assert.Equal(
            """
            error: The network's 694 parameters miss the recipe's target of at most 693.
            where: phase smooth, target.parameters of recipe paring
              fix: Pare the network down further, or raise the target (--set target.parameters=...).

            """,
            cli.Error);
        Assert.False(Directory.Exists(_files.Out));
        Run(ExitCode.Done, "--only", "wide", "--set", "target.parameters=693");
    }

    [Fact]
    public void A_phase_is_held_to_the_target_that_it_sets_and_the_last_one_to_what_stands_at_the_end()
    {
        TestCli Down(int exit, string recipe, params string[] more)
        {
            var cli = new TestCli();
            Assert.Equal(exit, cli.Run(["down", recipe, "--data", _files.Files.Data, "--threads", "1", "--out", _files.Out, .. more]));
            return cli;
        }

        // 693 parameters are one too few for both; the plan of nothing is left behind.
        string tight = Held("{ parameters: 693 }", "{ parameters: 694, test_accuracy: 0 }");
        Assert.Equal(
            """
            error: The network's 694 parameters miss the recipe's target of at most 693.
            where: phase narrow, target.parameters of recipe paring
              fix: Pare the network down further, or raise the target (--set phases.1.narrow.set.target.parameters=...).

            """,
            Down(ExitCode.TargetMissed, tight).Error);
        Assert.False(Directory.Exists(_files.Out));
        TestCli cli =
            Down(ExitCode.TargetMissed, tight, "--set", "phases.1.narrow.set.target={ test_accuracy: 1, parameters: 694 }", "--set",
            "training.schedule={ constant: { rate: 1e-9 } }");
        Assert.Contains("misses the recipe's target of 100.00 %.", cli.Error, StringComparison.Ordinal);
        Assert.Contains($"{_files.Out}, phase narrow, target.test_accuracy", cli.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("phase smooth, target", cli.Error, StringComparison.Ordinal);
        Assert.StartsWith("phase narrow: ", Assert.Single(Missed()), StringComparison.Ordinal);
        Assert.DoesNotContain("change: target", cli.Out, StringComparison.Ordinal);
        Assert.Contains("\n   held to: 100.00 % test accuracy, at most 694 parameters\n3  smooth ", cli.Out, StringComparison.Ordinal);
        Assert.EndsWith("   held to: 0.00 % test accuracy, at most 694 parameters", cli.Out.Split("\n\nphase ")[0],
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_last_phase_inherits_is_changed_where_it_is_set()
    {
        string recipe = Held("{ test_accuracy: 1 }");
        string[] line = ["down", recipe, "--data", _files.Files.Data, "--threads", "1", "--out", _files.Out, "--set",
            "training.schedule={ constant: { rate: 1e-9 } }"];
        var cli = new TestCli();
        Assert.Equal(ExitCode.TargetMissed, cli.Run(line));
        Assert.Equal(["narrow", "smooth"], Missed().Select(static what => what.Split(' ', ':')[1]));
        Assert.Equal(2, cli.Error.Split("lower the target (--set phases.1.narrow.set.target.test_accuracy=...).").Length - 1);
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. line, "--set", "phases.1.narrow.set.target.test_accuracy=0"]));
    }

    [Fact]
    public void A_phase_is_held_to_its_own_target_where_others_are_not_trained_and_left_alone_where_it_is_not()
    {
        string recipe = Held("{ test_accuracy: 1, parameters: 694 }", "{ parameters: 694, test_accuracy: 0 }");
        TestCli Down(int exit, params string[] more)
        {
            var cli = new TestCli();
            Assert.Equal(exit, cli.Run(["down", recipe, "--data", _files.Files.Data, "--threads", "1", "--set",
                "training.schedule={ constant: { rate: 1e-9 } }", .. more]));
            return cli;
        }

        Down(ExitCode.Done, "--only", "wide", "--out", _files.Out);
        Assert.Contains("phase narrow, target.test_accuracy", Down(ExitCode.TargetMissed, "--only", "narrow", "--out", _files.Out).Error,
            StringComparison.Ordinal);
        Assert.StartsWith("phase narrow: ", Assert.Single(Missed()), StringComparison.Ordinal);
        Assert.Contains("The target is missed: phase narrow: ", File.ReadAllText(Path.Combine(_files.Out, "report.html")),
            StringComparison.Ordinal);

        // Its size would be told of before anything is trained.
        string[] rest = ["--from", "smooth", "--out", _files.Files.Folder["rest"], "--set", "phases.1.narrow.set.target.parameters=1"];
        Down(ExitCode.Done, rest);
        Down(ExitCode.TargetMissed, [.. rest, "--set", "phases.2.smooth.set.target.test_accuracy=1"]);
    }

    [Fact]
    public void The_report_holds_the_network_of_the_end_to_the_target_and_not_the_phase_that_was_undone()
    {
        string recipe = _files.Files.Write("harm.yaml", DownFiles.RecipeText.Replace("epochs: 4", "epochs: 20", StringComparison.Ordinal)
            .Replace("set: { techniques: { label_smoothing: 0.1 } }",
            "set: { training: { optimizer: adamw, schedule: { constant: { rate: 1e-9 } } }, target: { test_accuracy: 0.5 } }",
            StringComparison.Ordinal));
        Assert.Equal(ExitCode.Done, new TestCli().Run("down", recipe, "--data", _files.Files.Data, "--out", _files.Out, "--threads", "1",
            "--auto"));
        using JsonDocument build = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_files.Out, BuildFolder.BuildFile)));
        Assert.False(build.RootElement.GetProperty("phases")[2].GetProperty("kept").GetBoolean());
        Assert.DoesNotContain("The target is missed: ", File.ReadAllText(Path.Combine(_files.Out, "report.html")),
            StringComparison.Ordinal);
        string[] train = ["train", _files.Out, "--epochs", "1", "--out", _files.Files.Folder["run"]];
        foreach (string[] line in new[] { ["inspect", _files.Out], train })
        {
            var cli = new TestCli();
            Assert.Equal(ExitCode.Done, cli.Run(line));
            Assert.Contains("phase     narrow, number 2", cli.Out, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_quick_look_is_not_held_to_the_accuracy()
    {
        TestCli cli = Run(ExitCode.Done, "--epochs-scale", "0.25", "--set", "target.test_accuracy=1");
        Assert.Null(RunSummary.Read(Path.Combine(_files.Out, "03-smooth", "seed-1", RunFolder.ResultFile))!.MissedTargets);
        Assert.Contains("a quick look at 0.25 of the epochs", cli.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("held to", cli.Out, StringComparison.Ordinal);
        Assert.Contains("  epochs: 1\n", File.ReadAllText(Path.Combine(_files.Out, "01-wide", "seed-1", RunFolder.RecipeFile)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "The folder holds a build of another recipe, or of this one before it was changed: training.batch_size of phase wide is 20 " +
        "there, 10 now.", "--set", "training.batch_size=10")]
    [InlineData("The folder holds a build with its epochs scaled by 1, not 0.5.", "--epochs-scale", "0.5")]
    [InlineData("The folder holds a build on other images: ", "--data", "glyphs")]
    public void Another_build_in_the_same_folder_is_refused(string error, string option, string value)
    {
        Run(ExitCode.Done);
        string before = _files.Build();
        string data = option == "--data" ? _files.Files.Folder["other"] : _files.Files.Data;
        if (option == "--data") CopyFolder(_files.Files.Data, data, change: true);
        string[] line = ["down", _files.Recipe, "--data", data, "--out", _files.Out, "--threads", "1"];
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run(option == "--data" ? line : [.. line, option, value]));
        Assert.StartsWith($"error: {error}", cli.Error, StringComparison.Ordinal);
        Assert.Contains("--out FOLDER", cli.Error, StringComparison.Ordinal);
        Assert.Equal(before, _files.Build());
    }

    [Fact]
    public void The_same_images_in_another_place_are_the_same()
    {
        Run(ExitCode.Done);
        string moved = _files.Files.Folder["moved"];
        CopyFolder(_files.Files.Data, moved, change: false);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("down", _files.Recipe, "--data", moved, "--out", _files.Out, "--threads", "1"));
        Assert.Contains("3 of 3 trainings done already", cli.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("note ", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_build_of_an_earlier_version_is_known_by_the_place_of_its_images_and_that_is_said()
    {
        Run(ExitCode.Done);
        foreach (string file in Directory.EnumerateFiles(_files.Out, "*.json", SearchOption.AllDirectories))
            File.WriteAllText(file, Fingerprint().Replace(File.ReadAllText(file), ""));
        Assert.Contains("note      the build in the folder: it was begun by a version", Run(ExitCode.Done).Out, StringComparison.Ordinal);
    }

    // Before, what had learned from it was trained once more, from weights that nobody measured.
    [Fact]
    public void A_finished_run_whose_weights_have_changed_is_refused()
    {
        Run(ExitCode.Done);
        string run = Path.Combine(_files.Out, "02-narrow", "seed-1"), file = Path.Combine(run, RunFolder.ModelFile);
        byte[] whole = File.ReadAllBytes(file), turned = [.. whole];
        turned[^1] ^= 0x40;
        File.WriteAllBytes(file, turned);
        Assert.StartsWith("error: The weights of the finished run 02-narrow/seed-1 are not those that it ended with",
            Run(ExitCode.Failed).Error, StringComparison.Ordinal);
        Directory.Delete(run, recursive: true);
        Run(ExitCode.Done);
        Assert.Equal(whole, File.ReadAllBytes(file));
    }

    [Fact]
    public void A_folder_of_something_else_is_refused()
    {
        Directory.CreateDirectory(_files.Out);
        File.WriteAllText(Path.Combine(_files.Out, "notes.txt"), "mine");
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("down", _files.Recipe, "--data", "nowhere", "--out", _files.Out));
        Assert.Contains("never overwritten", cli.Error, StringComparison.Ordinal);
        Assert.Equal(["notes.txt"], Directory.GetFileSystemEntries(_files.Out).Select(Path.GetFileName));
    }

    [Fact]
    public void A_file_in_the_place_of_the_folder_is_named() => TestCli.AssertFails(ExitCode.Usage,
        $"error: A file has the name of the folder that is to be made.\nwhere: {_files.Recipe}\n" +
        "  fix: Name another folder (--out FOLDER).\n",
        "down", _files.Recipe, "--data", _files.Files.Data, "--out", _files.Recipe);

    [Fact]
    public void A_recipe_without_phases_is_sent_to_train()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("down", _files.Files.Recipe, "--data", _files.Files.Data));
        Assert.Contains("error: The recipe has no phases.", cli.Error, StringComparison.Ordinal);
        Assert.Contains("`pare train`", cli.Error, StringComparison.Ordinal);
    }

    // The recipe with targets of the phase narrow and, where one is given, of the last one.
    private string Held(string narrow, string? smooth = null)
    {
        string text = DownFiles.RecipeText.Replace("  set:\n        model:", $"  set:\n        target: {narrow}\n        model:",
            StringComparison.Ordinal);
        return _files.Files.Write("held.yaml", smooth is null ? text
            : text.Replace("set: { techniques", $"set: {{ target: {smooth}, techniques", StringComparison.Ordinal));
    }

    private string[] Missed()
    {
        using JsonDocument build = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_files.Out, BuildFolder.BuildFile)));
        return [.. build.RootElement.GetProperty("missed_targets").EnumerateArray().Select(static what => what.GetString()!)];
    }

    private string[] Line(params string[] more) =>
        ["down", _files.Recipe, "--data", _files.Files.Data, "--out", _files.Out, "--threads", "1", .. more];

    private TestCli Run(int code, params string[] more)
    {
        var cli = new TestCli();
        int ended = cli.Run(Line(more));
        Assert.True(code == ended, $"exit code {ended}: {cli.Error}");
        return cli;
    }

    private string[] Phases() =>
        [.. Directory.GetDirectories(_files.Out).Select(static folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    // One pixel of the last test image makes other images.
    private static void CopyFolder(string from, string to, bool change)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            byte[] bytes = File.ReadAllBytes(file);
            if (change && Path.GetFileName(file) == Support.IdxFiles.TestImages) bytes[^1] ^= 1;
            File.WriteAllBytes(Path.Combine(to, Path.GetFileName(file)), bytes);
        }
    }

    // What training decides, figures and verdicts after the first, is not this test's to know.
    private static string Masked(string text) => Figures().Replace(Times().Replace(Verdicts().Replace(text, "kept: #"), "# s"), "  #");

    [GeneratedRegex("\"data_fingerprint\": \"[0-9a-f]*\",\\s*")]
    private static partial Regex Fingerprint();

    [GeneratedRegex(@"\b[1-9]\d* s\b")]
    private static partial Regex Times();

    [GeneratedRegex(@"(?: +|(?<=\())[-+]?\d+\.\d+(?! %)")]
    private static partial Regex Figures();

    [GeneratedRegex(@"kept: [-+\d].*")]
    private static partial Regex Verdicts();

    private sealed class InterruptingWriter(string text, CancellationTokenSource interrupt) : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
            if (value?.Contains(text, StringComparison.Ordinal) == true) interrupt.Cancel();
        }
    }
}
