using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pare.Cli;
using Pare.Runs;
using Pare.Tests.Support;

namespace Pare.Tests.Cli;

public sealed class TrainCommandTests : IDisposable
{
    private readonly CliData _files = new();

    private string Out => _files.Folder["run"];

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Four_channels_are_refused_for_pictures()
    {
        foreach (string name in new[] { "a/1.png", "a/2.png", "b/1.png", "b/2.png" })
            _files.Folder.Write($"pictures/{name}", ImageFiles.FlatPng(8, 8, 90));
        string recipe = _files.Folder.Write("four.yaml", """
            name: four
            dataset: { name: pictures }
            model: { input: 4x8x8, layers: [flatten, linear: 2] }
            """u8.ToArray());
        TestCli.AssertFails(ExitCode.Usage, "Pictures have 1 or 3 channels, and the network takes 4.", "train", recipe, "--data",
            _files.Folder["pictures"], "--out", Out);
    }

    [Fact]
    public void It_says_what_it_does_before_the_first_epoch_and_what_to_type_next_at_the_end()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("train", _files.Recipe, "--data", _files.Data, "--out", Out, "--threads", "1"));
        string[] lines = cli.Out.Split('\n');
        Assert.Equal(
            [
                "recipe    tiny: rows and columns",
                "model     250 parameters, 1,312 MACs per image",
                $"machine   1 thread, {Pare.Kernels.Simd.InstructionSet}",
                $"data      mnist, {_files.Data}",
                "images    83 for training, 17 for validation, 50 for testing, 1x8x8, 10 classes",
                $"run       {Out}",
                "",
            ],
            lines[..7]);
        Assert.Equal(["epoch 1/3", "epoch 2/3", "epoch 3/3"], lines[7..10].Select(static line => line[..9]));
        Assert.StartsWith("test      accuracy ", lines[11], StringComparison.Ordinal);
        Assert.Equal($"report    {Path.Combine(Out, "report.html")}", lines[12]);
        Assert.Equal([$"next      pare eval {Out}", $"or        pare predict {Out} PICTURE"], lines[13..15]);
        Assert.Empty(cli.Error);
    }

    [Fact]
    public void With_json_standard_output_is_one_object_and_nothing_else()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done,
            cli.Run("train", _files.Recipe, "--data", _files.Data, "--out", Out, "--seed", "7", "--epochs", "2", "--json"));
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        Assert.Equal(
            ["format", "run", "recipe", "parameters", "macs", "epochs", "test_accuracy", "test_loss", "validation_accuracy",
            "train_accuracy",
            "corrupted_accuracy", "seconds", "images_per_second", "seed", "pare_version", "weights_digest"],
            json.RootElement.EnumerateObject().Select(static property => property.Name));
        Assert.Equal(Out, json.RootElement.GetProperty("run").GetString());
        Assert.Equal("tiny", json.RootElement.GetProperty("recipe").GetString());
        Assert.Equal(2, json.RootElement.GetProperty("epochs").GetInt32());
        Assert.Equal(7, json.RootElement.GetProperty("seed").GetInt32());
        Assert.InRange(json.RootElement.GetProperty("validation_accuracy").GetSingle(), 0, 1);
        Assert.InRange(json.RootElement.GetProperty("train_accuracy").GetSingle(), 0, 1);
        Assert.Contains("epoch 2/2", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Minutes_become_epochs_which_the_run_records()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("train", _files.Recipe, "--data", _files.Data, "--out", Out, "--minutes", "0.001"));

        // How many fit is the machine's to say.
        string epochs = Regex.Match(cli.Out, @"^budget    0\.001 minutes: ([0-9,]+) epochs?\b", RegexOptions.Multiline).Groups[1].Value;
        string plain = epochs.Replace(",", "", StringComparison.Ordinal);
        Assert.True(int.Parse(plain, CultureInfo.InvariantCulture) >= 1);
        Assert.Contains($"epoch {plain}/{plain}", cli.Out, StringComparison.Ordinal);
        string recipe = File.ReadAllText(Path.Combine(Out, "recipe.yaml"));
        Assert.Contains($"  epochs: {plain}\n  minutes:\n", recipe, StringComparison.Ordinal);

        // Epochs that are named go before a recipe's minutes.
        Assert.Equal(ExitCode.Done,
            cli.Run("train", _files.Recipe, "--data", _files.Data, "--out", _files.Folder["other"], "--set", "training.minutes=0.001",
                "--epochs", "2"));
        Assert.Contains("epoch 2/2", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Epochs_and_minutes_are_not_named_together() =>
        Assert.Equal(ExitCode.Usage, new TestCli().Run("train", _files.Recipe, "--epochs", "2", "--minutes", "2"));

    [Theory]
    [InlineData("--epochs", "5")]
    [InlineData("--minutes", "5")]
    [InlineData("--init-from", "runs/a")]
    public void What_does_not_go_with_more_epochs_is_named(string option, string value) => TestCli.AssertFails(ExitCode.Usage,
        $"--extend and {option} do not go together", "train", _files.Folder["run"], "--extend", "2", option, value);

    [Theory]
    [InlineData("where: --epochs 2000000, over ", "--epochs", "2000000")]
    [InlineData("where: --set training.batch_size=0, over ", "--set", "training.batch_size=0", "--epochs", "3")]
    [InlineData("--minutes needs a number from 0.001 to 1000000, such as 0.1, not `1e-9`.", "--minutes", "1e-9")]
    public void A_value_that_cannot_be_is_said_of_the_option_that_was_typed(string text, params string[] options) =>
        TestCli.AssertFails(ExitCode.Usage, text, ["train", _files.Recipe, "--data", _files.Data, "--out", Out, .. options]);

    [Fact]
    public void A_file_in_the_place_of_the_folder_is_named()
    {
        string file = _files.Write("taken", "mine");
        foreach (string command in new[] { "train", "ablate" })
        {
            foreach (string place in new[] { file, Path.Combine(file, "below") })
            {
                TestCli.AssertFails(ExitCode.Usage,
                    $"error: A file has the name of the folder that is to be made.\nwhere: {file}\n" +
                    "  fix: Name another folder (--out FOLDER).\n",
                    command, _files.Recipe, "--data", _files.Data, "--set", "techniques.label_smoothing=0.1", "--out", place);
            }
        }
    }

    [Theory]
    [InlineData("down")]
    [InlineData("ablate")]
    public void Runs_that_are_compared_take_no_minutes(string command)
    {
        string recipe = _files.Write("timed.yaml", CliData.RecipeText + """

            techniques: { label_smoothing: 0.1 }
            """ + (command == "down" ? "\nphases: [base]\n" : "\n"));
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage,
            cli.Run(command, recipe, "--data", _files.Data, "--out", Out, "--set", "training.minutes=2"));
        Assert.Contains("equal epochs", cli.Error, StringComparison.Ordinal);
    }

    // 83 images in batches of 20: one epoch has 4 steps, two have 8.
    [Theory]
    [InlineData(true, "--epochs", "1")]
    [InlineData(false, "--epochs", "2")]
    public void A_run_that_is_shorter_than_its_warm_up_is_told_so_before_it_begins(bool isShort, params string[] length)
    {
        const string Note =
            "note      training.schedule: warmup_steps is 4, and the run has 4: it ends before its learning rate is reached";
        var cli = new TestCli(width: 1000);
        Assert.Equal(ExitCode.Done, cli.Run(["train", _files.Recipe, "--data", _files.Data, "--out", Out, "--set",
            "training.schedule={ constant: { warmup_steps: 4 } }", .. length]));
        string before = cli.Out[..cli.Out.IndexOf("\nrun ", StringComparison.Ordinal)];
        Assert.Equal(isShort ? [Note] : [], before.Split('\n').Where(static line => line.StartsWith("note ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Of_minutes_a_warm_up_is_held_against_the_epochs_that_fit()
    {
        var cli = new TestCli(width: 1000);
        Assert.Equal(ExitCode.Done, cli.Run("train", _files.Recipe, "--data", _files.Data, "--out", Out, "--minutes", "0.001", "--set",
            "training.schedule={ constant: { warmup_steps: 1000000 } }"));
        string note = Assert.Single(cli.Out.Split('\n'), static line => line.StartsWith("note ", StringComparison.Ordinal));
        int steps = RunSummary.Read(Path.Combine(Out, "result.json"))!.Epochs * 4;
        Assert.Contains($"warmup_steps is 1000000, and the run has {steps}:", note.Replace(",000", "000", StringComparison.Ordinal),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Patience_ends_a_training_and_the_record_says_so()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done,
            cli.Run("train", _files.Recipe, "--data", _files.Data, "--out", Out, "--epochs", "60", "--set", "training.patience=2",
                "--set", "training.schedule={ constant: { rate: 1e-30 } }"));
        Assert.Matches("stopped   after [0-9]+ of 60 epochs: no lower loss and no higher accuracy on the validation images in 2 epochs",
            cli.Out);
        Assert.Contains("in 2 epochs", RunSummary.Read(Path.Combine(Out, "result.json"))!.Stopped, StringComparison.Ordinal);
        Assert.Contains("The training ended after", File.ReadAllText(Path.Combine(Out, "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_training_that_diverges_goes_back_three_times_and_then_says_so()
    {
        var cli = new TestCli();
        string[] train = ["train", _files.Recipe, "--data", _files.Data, "--set", "training.schedule={ constant: { rate: 1e30 } }"];
        Assert.Equal(ExitCode.Failed, cli.Run([.. train, "--out", Out, "--on-divergence", "halve-rate"]));
        Assert.Contains("at learning rate 1.25E+29", cli.Error, StringComparison.Ordinal);
        Assert.Contains("gone back 3 times", cli.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Contains("on_divergence: halve_rate", File.ReadAllText(Path.Combine(Out, "recipe.yaml")), StringComparison.Ordinal);
        cli = new TestCli();
        Assert.Equal(ExitCode.Failed, cli.Run([.. train, "--out", _files.Folder["other"]]));
        Assert.Contains("at learning rate 1E+30", cli.Error, StringComparison.Ordinal);
        Assert.Contains(
            "To train from the beginning, and go back with half the rate where it diverges: " +
            $"pare train {_files.Folder["other"]} --on-divergence halve-rate",
            cli.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, new TestCli().Run([.. train, "--on-divergence", "halve"]));
    }

    [Fact]
    public void A_training_that_diverges_after_its_checkpoint_is_not_told_to_go_on_from_there()
    {
        // A rate that rises from nothing to what no network stands.
        const string schedule =
            "training.schedule={ cyclical: { base_rate: 1e-6, peak_rate: 1e30, cycles: 1, mode: exp_range, gamma: 1 } }";
        var cli = new TestCli();
        Assert.Equal(ExitCode.Failed, cli.Run("train", _files.Recipe, "--data", _files.Data, "--out", Out, "--checkpoint-minutes", "1e-6",
            "--set", schedule));
        Assert.True(RunFolder.HasCheckpoint(Out));
        Assert.Contains("resuming from it with the same recipe would diverge again", cli.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("To resume: ", cli.Out, StringComparison.Ordinal);

        // What it says is a line that works: a new run, which goes back.
        string again = cli.Out.Split('\n').Single(static line => line.StartsWith("To train from the beginning", StringComparison.Ordinal));
        Assert.EndsWith($"pare train {Out} --on-divergence halve-rate", again, StringComparison.Ordinal);
        cli = new TestCli();
        Assert.Equal(ExitCode.Failed, cli.Run("train", Out, "--on-divergence", "halve-rate", "--out", _files.Folder["again"]));
        Assert.Contains("gone back 3 times", cli.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.DoesNotContain("To train from the beginning", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluating_the_run_gives_the_accuracy_that_training_told()
    {
        var train = new TestCli();
        Assert.Equal(ExitCode.Done, train.Run("train", _files.Recipe, "--data", _files.Data, "--out", Out, "--json"));
        var eval = new TestCli();
        Assert.Equal(ExitCode.Done, eval.Run("eval", Out, "--json"));
        using JsonDocument trained = JsonDocument.Parse(train.Out), evaluated = JsonDocument.Parse(eval.Out);
        Assert.Equal(trained.RootElement.GetProperty("test_accuracy").GetSingle(), evaluated.RootElement.GetProperty("accuracy")
            .GetSingle());
        Assert.Equal(50, evaluated.RootElement.GetProperty("images").GetInt32());
        Assert.Equal(10, evaluated.RootElement.GetProperty("classes").GetArrayLength());
    }

    [Fact]
    public void An_average_of_weights_is_what_is_saved_and_the_last_weights_are_reported_beside_it()
    {
        var train = new TestCli();
        Assert.Equal(ExitCode.Done,
            train.Run("train", _files.Recipe, "--data", _files.Data, "--out", Out, "--json", "--set", "techniques.swa={ start: 0 }"));
        var eval = new TestCli();
        Assert.Equal(ExitCode.Done, eval.Run("eval", Out, "--json"));
        using JsonDocument trained = JsonDocument.Parse(train.Out), evaluated = JsonDocument.Parse(eval.Out);
        Assert.Equal(trained.RootElement.GetProperty("test_accuracy").GetSingle(), evaluated.RootElement.GetProperty("accuracy")
            .GetSingle());
        Assert.InRange(trained.RootElement.GetProperty("unaveraged_test_accuracy").GetSingle(), 0, 1);
        Assert.InRange(trained.RootElement.GetProperty("unaveraged_validation_accuracy").GetSingle(), 0, 1);
        Assert.Contains("last step accuracy ", train.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_student_learns_from_a_run_and_can_be_measured_without_it()
    {
        string teacher = _files.Folder["teacher"];
        Assert.Equal(ExitCode.Done, new TestCli().Run("train", _files.Recipe, "--data", _files.Data, "--out", teacher));
        Assert.Equal(ExitCode.Done, new TestCli()
            .Run("train", _files.Recipe, "--data", _files.Data, "--out", Out, "--set", $"techniques.distillation.teacher={teacher}"));
        Directory.Delete(teacher, recursive: true);
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", Out));

        var cli = new TestCli();
        string again = _files.Folder["again"];
        Assert.Equal(ExitCode.Usage, cli.Run("train", Path.Combine(Out, RunFolder.RecipeFile), "--data", _files.Data, "--out", again));
        Assert.Contains("techniques.distillation.teacher", cli.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(again));
    }

    [Fact]
    public void The_run_can_be_repeated_from_its_folder_to_the_bit()
    {
        string again = _files.Folder["again"];
        Assert.Equal(ExitCode.Done, new TestCli()
            .Run("train", _files.Recipe, "--data", _files.Data, "--out", Out, "--seed", "5", "--set", "training.batch_size=16"));
        Assert.Equal(ExitCode.Done, new TestCli()
            .Run("train", Path.Combine(Out, RunFolder.RecipeFile), "--data", _files.Data, "--out", again));
        Assert.Equal(File.ReadAllBytes(Path.Combine(Out, RunFolder.ModelFile)),
            File.ReadAllBytes(Path.Combine(again, RunFolder.ModelFile)));
        Assert.Equal(
            ["environment.json", "evaluation.json", "events", "metrics.csv", "metrics.jsonl", "model.safetensors", "predictions.json",
            "recipe.yaml", "report.html", "result.json", "split.json"],
            Directory.GetFileSystemEntries(Out).Select(static path => Path.GetFileName(path).Split(".out.tfevents.")[0])
            .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_run_stands_for_its_recipe_and_knows_its_images()
    {
        string again = _files.Folder["again"];
        Assert.Equal(ExitCode.Done, new TestCli().Run("train", _files.Recipe, "--data", _files.Data, "--out", Out, "--epochs", "1"));
        Assert.Equal(ExitCode.Done, new TestCli().Run("train", Out, "--out", again));
        Assert.Equal(File.ReadAllBytes(Path.Combine(Out, RunFolder.ModelFile)),
            File.ReadAllBytes(Path.Combine(again, RunFolder.ModelFile)));
        Assert.Equal(ExitCode.Done, new TestCli().Run("inspect", Out));
        var none = new TestCli();
        Assert.Equal(ExitCode.Usage, none.Run("inspect", _files.Data));
        Assert.StartsWith("error: This folder holds no recipe.yaml.\n", none.Error, StringComparison.Ordinal);
        Assert.Contains("`pare init`", none.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("photos", "photos.yaml")]
    [InlineData("photo.yaml", "photos.yaml")]
    [InlineData("phtoos.yaml", "photos.yaml")]
    public void A_recipe_that_is_not_there_may_be_meant_for_one_beside_it(string typed, string meant)
    {
        _files.Folder.Write("photos.yaml", "name: photos"u8.ToArray());
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("train", _files.Folder[typed]));
        Assert.Contains($"Did you mean '{_files.Folder[meant]}'?", cli.Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_that_nothing_is_called_like_gets_the_names_that_there_are()
    {
        var cli = new TestCli();
        _files.Folder.Write("photos.yaml", "name: photos"u8.ToArray());
        Assert.Equal(ExitCode.Usage, cli.Run("train", _files.Folder["something-else-altogether.yaml"]));
        Assert.DoesNotContain("Did you mean", cli.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, cli.Run("train", Path.Combine(_files.Folder.Root, "none", "something-else-altogether.yaml")));
        Assert.Contains("cifar10, glyphs, mnist", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missed_target_ends_with_exit_code_4_and_keeps_the_run()
    {
        var cli = new TestCli();
        int code =
            cli.Run("train", _files.Recipe, "--data", _files.Data, "--out", Out, "--epochs", "1", "--set", "target.test_accuracy=1",
            "--set", "training.schedule.one_cycle.peak_rate=0.000001");
        Assert.Equal(ExitCode.TargetMissed, code);
        string[] lines = cli.Error.TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.EndsWith("misses the recipe's target of 100.00 %.", lines[0], StringComparison.Ordinal);
        Assert.Contains("Train longer than 1 epoch (--epochs N)", lines[2], StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Out, RunFolder.ResultFile)));
    }

    [Fact]
    public void Interrupted_it_keeps_what_it_has_and_ends_with_exit_code_130()
    {
        using var interrupt = new CancellationTokenSource();
        using var output = new InterruptingWriter("epoch   2/", interrupt);
        using var error = new StringWriter();
        var console = new CliConsole { Out = output, Error = error };
        int code =
            Program.Run(
            ["train", _files.Recipe, "--data", _files.Data, "--out", Out, "--epochs", "100000", "--set", "training.validation=0"], console,
                interrupt.Token);
        Assert.Equal(ExitCode.Interrupted, code);
        Assert.Contains("Interrupted.", error.ToString(), StringComparison.Ordinal);
        Assert.True(File.ReadAllLines(Path.Combine(Out, MetricsLog.CsvFile)).Length >= 3);
        Assert.False(File.Exists(Path.Combine(Out, RunFolder.ResultFile)));
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", Out));
    }

    [Fact]
    public void Of_a_recipe_with_phases_it_trains_the_last_or_the_one_that_is_named()
    {
        string recipe = _files.Write("paring.yaml", DownFiles.RecipeText);
        var last = new TestCli();
        Assert.Equal(ExitCode.Done, last.Run("train", recipe, "--data", _files.Data, "--out", Out));
        Assert.Contains("\nphase     smooth, number 3; --phase NAME takes another, `pare down` trains all\n", last.Out,
            StringComparison.Ordinal);
        Assert.DoesNotContain("phases", File.ReadAllText(Path.Combine(Out, RunFolder.RecipeFile)), StringComparison.Ordinal);
        var wide = new TestCli();
        Assert.Equal(ExitCode.Done,
            wide.Run("train", recipe, "--data", _files.Data, "--out", _files.Folder["wide"], "--phase", "wide", "--epochs", "1"));
        Assert.Contains("\nphase     wide, number 1\n", wide.Out, StringComparison.Ordinal);
        Assert.Contains("epoch 1/1", wide.Out, StringComparison.Ordinal);
        var unknown = new TestCli();
        Assert.Equal(ExitCode.Usage, unknown.Run("train", recipe, "--phase", "wid"));
        Assert.Contains("Did you mean 'wide'?", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_another_run_is_refused()
    {
        Directory.CreateDirectory(Out);
        File.WriteAllText(Path.Combine(Out, "metrics.csv"), "another");
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("train", _files.Recipe, "--data", _files.Data, "--out", Out));
        Assert.Contains("never overwritten", cli.Error, StringComparison.Ordinal);
        Assert.Equal("another", File.ReadAllText(Path.Combine(Out, "metrics.csv")));
    }

    [Fact]
    public void Data_that_does_not_fit_the_network_is_told_before_a_run_folder_is_made()
    {
        string recipe = _files.Write("three.yaml", CliData.RecipeText.Replace("linear: 10", "linear: 3", StringComparison.Ordinal));
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("train", recipe, "--data", _files.Data, "--out", Out));
        Assert.Equal(
            $"""
            error: The network ends in 3x1x1, and the data has 10 classes.
            where: {_files.Data}
              fix: Take other images, or end the network with one output per class: linear: 10.

            """,
            cli.Error);
        Assert.False(Directory.Exists(Out));
    }

    [Fact]
    public void Data_that_is_not_there_ends_with_exit_code_3()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Data, cli.Run("train", _files.Recipe, "--data", _files.Folder["nowhere"]));
        Assert.StartsWith($"error: There is nothing at this path.\nwhere: {_files.Folder["nowhere"]}\n  fix: ", cli.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_recipe_finds_the_nearest()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("train", "mnsit"));
        Assert.Contains("mnist", cli.Error, StringComparison.Ordinal);
        Assert.Equal(3, cli.Error.TrimEnd().Split('\n').Length);
    }

    // Asks for the stop when a certain line is written.
    private sealed class InterruptingWriter(string start, CancellationTokenSource interrupt) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Replace(" ", "", StringComparison.Ordinal)
                .StartsWith(start.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal) == true) interrupt.Cancel();
        }
    }
}
