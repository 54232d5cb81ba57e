using System.Text.Json;
using Pare.Cli;
using Pare.Data;
using Pare.Graphs;
using Pare.Recipes;
using Pare.Runs;
using Pare.Training;

namespace Pare.Tests.Cli;

/// <summary>What the commands measure, after all that may happen to a folder of pictures.</summary>
public sealed class SplitCommandTests : IDisposable
{
    private const string Phases = """

        phases:
          - first: { target: everything }
          - second: { set: { training: { epochs: 3, validation: 0 } } }
          - third: { set: { techniques: { distillation: { teacher: "phase:first" } }, training: { validation: 0.2 } } }
        """;

    private readonly PhotoFiles _files = new();

    private string Run => _files["run"];

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Every_run_of_a_build_is_measured_again_to_the_digit()
    {
        string recipe = _files.Write("build.yaml", PhotoFiles.RecipeText + Phases), build = _files["build"];
        Done("down", recipe, "--data", _files.Data, "--seeds", "2", "--out", build);
        string[] runs = [.. Directory.GetDirectories(build, "seed-*", SearchOption.AllDirectories)];
        Assert.Equal(6, runs.Length);
        foreach (string run in runs)
        {
            RunSummary summary = RunSummary.Read(Path.Combine(run, RunFolder.ResultFile))!;
            using JsonDocument again = Eval(run);
            Assert.Equal(summary.TestAccuracy, again.RootElement.GetProperty("accuracy").GetSingle());
            Assert.Equal(summary.TestLoss, again.RootElement.GetProperty("loss").GetSingle());
            Assert.Empty(Notes(again));
        }

        Assert.Single(runs.Select(static run => string.Join(' ', RunSplit.Read(run)!.Test!.Keys)).Distinct());
        Assert.Equal(2, runs.Select(static run => RunSplit.Read(run)!.ValidationImages).Distinct().Count());

        // Other images in the same place: the build is not gone on with.
        File.WriteAllBytes(Path.Combine(_files.Data, "ant", "00.png"), PhotoFiles.Picture(0, 99));
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("down", recipe, "--data", _files.Data, "--seeds", "2", "--out", build));
        Assert.Contains("on other images", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_has_changed_since_a_run_is_said_and_the_rest_of_its_images_measured()
    {
        Train();
        string[] tested = [.. RunSplit.Read(Run)!.Test!.Keys];
        File.Delete(Path.Combine(_files.Data, tested[0]));
        File.WriteAllBytes(Path.Combine(_files.Data, tested[1]), PhotoFiles.Picture(2, 77));
        _files.Folder.Write("photos", PhotoFiles.Pictures(20, first: 60));

        using JsonDocument json = Eval(Run);

        Assert.Equal(tested.Length - 1, json.RootElement.GetProperty("images").GetInt32());
        string note = Assert.Single(Notes(json));
        Assert.StartsWith(
            $"The data set has changed since the run: of its {tested.Length} test images 1 is missing ({tested[0]}) and 1 has other pixels "
            + $"({tested[1]}); ",
            note, StringComparison.Ordinal);
        Assert.Contains("came since, which are not measured", note, StringComparison.Ordinal);
        using JsonDocument all = Eval(Run, "--all");
        Assert.Equal(149, all.RootElement.GetProperty("images").GetInt32());
    }

    [Fact]
    public void Training_images_that_change_leave_the_figure_as_it_was()
    {
        Train();
        using JsonDocument before = Eval(Run);
        _files.Folder.Write("photos", PhotoFiles.Pictures(5, first: 40)
            .Where(static file => file.Name.StartsWith("ant/", StringComparison.Ordinal)));

        using JsonDocument after = Eval(Run);

        Assert.Equal(before.RootElement.GetProperty("accuracy").GetSingle(), after.RootElement.GetProperty("accuracy").GetSingle());
        Assert.Contains("are as they were", Assert.Single(Notes(after)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_folder_is_measured_whole_or_by_its_test_part_and_otherwise_refused()
    {
        Train();
        string other = _files.Folder.Write("other", PhotoFiles.Pictures(8, first: 200));
        string tests = _files.Folder.Write("tests", PhotoFiles.Pictures(4, "test/", 300));

        var cli = new TestCli();
        Assert.Equal(ExitCode.Data, cli.Run("eval", Run, "--data", other));
        Assert.Contains("test images is here", cli.Error, StringComparison.Ordinal);
        Assert.Contains("--all", cli.Error, StringComparison.Ordinal);
        var export = new TestCli();
        Assert.Equal(ExitCode.Data, export.Run("export", Run, "--to", "onnx", "--data", other));
        Assert.EndsWith("  fix: Name the data set of the run with --data PATH, or bring test images in `test/<class>/`.\n", export.Error,
            StringComparison.Ordinal);
        using JsonDocument all = Eval(Run, "--data", other, "--all");
        Assert.Equal(24, all.RootElement.GetProperty("images").GetInt32());
        using JsonDocument alone = Eval(Run, "--data", tests);
        Assert.Equal(12, alone.RootElement.GetProperty("images").GetInt32());
        Assert.Contains("another data set", Assert.Single(Notes(alone)), StringComparison.Ordinal);
    }

    [Fact]
    public void Classes_are_matched_by_name_in_any_order_and_strangers_are_refused()
    {
        Train();
        using JsonDocument whole = Eval(Run, "--all");
        float Of(JsonDocument json, string name) => json.RootElement.GetProperty("classes").EnumerateArray()
            .Single(one => one.GetProperty("name").GetString() == name).GetProperty("accuracy").GetSingle();

        // Two of the three classes: the second is the network's third.
        string part = _files.Folder.Write(
            "part", PhotoFiles.Pictures(30).Where(static file => !file.Name.StartsWith("bee", StringComparison.Ordinal)));
        using JsonDocument two = Eval(Run, "--data", part, "--all");
        Assert.Equal(Of(whole, "ant"), Of(two, "ant"));
        Assert.Equal(Of(whole, "cow"), Of(two, "cow"));
        Assert.Contains("There are no images of `bee`.", Notes(two));

        string renamed = _files.Folder.Write(
            "renamed",
            PhotoFiles.Pictures(5).Select(static file => (file.Name.Replace("cow", "calf", StringComparison.Ordinal), file.Bytes)));
        var cli = new TestCli();
        Assert.Equal(ExitCode.Data, cli.Run("eval", Run, "--data", renamed, "--all"));
        Assert.Contains("does not know the class `calf`", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_kept_no_list_says_so_once()
    {
        Train();
        File.Delete(Path.Combine(Run, RunFolder.SplitFile));

        using JsonDocument json = Eval(Run);

        string note = Assert.Single(Notes(json));
        Assert.Contains("drew its test images from the training's seed", note, StringComparison.Ordinal);
        Assert.Contains("these test images may be others than its own", note, StringComparison.Ordinal);
        using JsonDocument all = Eval(Run, "--all");
        Assert.Equal("Nothing beside the network says which of these images it was trained on.", Assert.Single(Notes(all)));
        Assert.All([json, all], static one => Assert.Equal(JsonValueKind.Null, one.RootElement.GetProperty("interval").ValueKind));
    }

    [Fact]
    public void Images_that_were_trained_on_prove_nothing_of_others()
    {
        Train();
        Train("rival", "--seed", "2");
        int trained = RunSplit.Read(Run)!.TrainImages;

        void Told(JsonDocument json, string? note)
        {
            Assert.Equal(note is null ? [] : [note], Notes(json));
            JsonElement root = json.RootElement, against = root.GetProperty("against");
            JsonValueKind kind = note is null ? JsonValueKind.Array : JsonValueKind.Null;
            Assert.Equal((kind, kind), (root.GetProperty("interval").ValueKind, against.GetProperty("interval").ValueKind));
            Assert.Equal(note is null ? JsonValueKind.Number : JsonValueKind.Null, against.GetProperty("p").ValueKind);
        }

        Told(Eval(Run, "--against", _files["rival"]), null);
        Told(Eval(Run, "--against", _files["rival"], "--all"), $"All 90 images: the network was trained on {trained} of them.");

        // One photograph more, a few gone: most are still those that were trained on.
        string changed = _files.Folder.Write("changed", PhotoFiles.Pictures(26).Append(("ant/new.png", PhotoFiles.Picture(0, 99))));
        RunSplit split = RunSplit.Read(Run)!;
        int left = PhotoFiles.Pictures(26).Count(file => !split.Test!.ContainsKey(file.Name) && !split.Validation!.ContainsKey(file.Name));
        Told(Eval(Run, "--against", _files["rival"], "--all", "--data", changed),
            $"All 79 images: the data set has changed since the run, and the network may have been trained on up to {left + 1} of them.");

        // Other images under the names of the run's.
        string other = _files.Folder.Write("others", PhotoFiles.Classes.SelectMany((name, label) =>
            Enumerable.Range(0, 9).Select(i => ($"{name}/{i:00}.png", PhotoFiles.Picture(label, 200 + i)))));
        Told(Eval(Run, "--against", _files["rival"], "--all", "--data", other), null);

        // New to the one that is measured, and not to the other.
        Done("train", _files.Recipe, "--data", other, "--out", _files["stranger"]);
        using JsonDocument half = Eval(_files["stranger"], "--against", Run, "--all", "--data", _files.Data);
        Assert.Equal(JsonValueKind.Array, half.RootElement.GetProperty("interval").ValueKind);
        Assert.Equal(JsonValueKind.Null, half.RootElement.GetProperty("against").GetProperty("p").ValueKind);

        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("eval", Run, "--against", _files["rival"], "--all"));
        Assert.DoesNotContain("95 % confidence", cli.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("McNemar", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_but_training_images_under_other_names_is_known_for_what_it_is()
    {
        Train();
        RunSplit split = RunSplit.Read(Run)!;
        (string Name, byte[] Bytes)[] trained = [.. PhotoFiles.Pictures(30).Where(file => !split.Test!.ContainsKey(file.Name)
            && !split.Validation!.ContainsKey(file.Name))];
        Assert.Equal(split.TrainImages, trained.Length);
        string copied = _files.Folder.Write("copied", trained.Select(static file =>
            (file.Name.Replace('/', '-').Insert(3, "/"), file.Bytes)));
        string tests = _files.Folder.Write("copied-tests", trained.Select(static file => ($"test/{file.Name}", file.Bytes)));
        string note = $"{trained.Length} of these images have the very pixels of an image that the network was trained on.";
        foreach (JsonDocument json in new[] { Eval(Run, "--data", copied, "--all"), Eval(Run, "--data", tests) })
        {
            Assert.Contains(note, Notes(json));
            Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("interval").ValueKind);
        }

        // A few among many new ones are told, and leave the figure as it is.
        string mixed = _files.Folder.Write("mixed", PhotoFiles.Pictures(40, first: 300).Concat(trained.Take(1)));
        using JsonDocument few = Eval(Run, "--data", mixed, "--all");
        Assert.Equal("1 of these images has the very pixels of an image that the network was trained on.", Assert.Single(Notes(few)));
        Assert.Equal(JsonValueKind.Array, few.RootElement.GetProperty("interval").ValueKind);

        // As a rival it is new to none of them either.
        Done("train", _files.Recipe, "--data", _files.Folder.Write("others", PhotoFiles.Pictures(20, first: 200)), "--out",
            _files["stranger"]);
        using JsonDocument rival = Eval(_files["stranger"], "--against", Run, "--all", "--data", copied);
        Assert.Equal(JsonValueKind.Null, rival.RootElement.GetProperty("against").GetProperty("p").ValueKind);

        // And no run begins with what knows all that it is tested on.
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("train", _files.Recipe, "--data", copied, "--init-from", Run, "--out", _files["refused"],
            "--set", "dataset.split.seed=5"));
        Assert.Contains("as their pixels tell", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_images_under_the_names_of_test_images_are_known_beside_one_that_is_as_it_was()
    {
        Train();
        RunSplit split = RunSplit.Read(Run)!;
        string[] tested = [.. split.Test!.Keys];
        string[] trained = [.. PhotoFiles.Pictures(30).Select(static file => file.Name).Where(name => !split.Test.ContainsKey(name)
            && !split.Validation!.ContainsKey(name))];
        foreach ((string test, string train) in tested.Skip(1).Zip(trained))
            File.Copy(Path.Combine(_files.Data, train), Path.Combine(_files.Data, test), overwrite: true);
        using JsonDocument json = Eval(Run);
        Assert.Contains($"{tested.Length - 1} of these images have the very pixels of an image that the network was trained on.",
            Notes(json));
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("interval").ValueKind);
    }

    [Fact]
    public void A_rival_that_was_tested_alike_and_trained_on_more_is_not_new_to_what_is_measured()
    {
        (string Name, byte[] Bytes)[] first = [.. PhotoFiles.Pictures(20).Select(static file => ($"train/{file.Name}", file.Bytes))],
            test = [.. PhotoFiles.Pictures(6, first: 100).Select(static file => ($"test/{file.Name}", file.Bytes))],
            more = [.. PhotoFiles.Pictures(12, first: 200).Select(static file => ($"train/{file.Name}", file.Bytes))];
        Done("train", _files.Recipe, "--data", _files.Folder.Write("few", first.Concat(test)), "--out", Run);
        Done("train", _files.Recipe, "--data", _files.Folder.Write("many", first.Concat(more).Concat(test)), "--out", _files["rival"]);
        string measured = _files.Folder.Write("measured", more.Select(static file =>
            (file.Name.Replace("train/", "test/").Replace(".png", "-again.png"), file.Bytes)));
        using JsonDocument json = Eval(Run, "--against", _files["rival"], "--data", measured);
        Assert.Equal(JsonValueKind.Array, json.RootElement.GetProperty("interval").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("against").GetProperty("p").ValueKind);
    }

    [Fact]
    public void A_list_of_trained_images_from_which_some_were_taken_is_no_list()
    {
        Train();
        RunSplit split = RunSplit.Read(Run)!;
        RunRecords.Write(Run, RunFolder.SplitFile, split with { Training = split.Training![8..] });
        TestCli.AssertFails(ExitCode.Usage, "'training' does not hold one digest per training image", "eval", Run);
    }

    [Fact]
    public void A_teacher_that_knows_the_test_images_is_refused()
    {
        Train();
        string[] student = ["train", _files.Recipe, "--data", _files.Data, "--set", $"techniques.distillation.teacher={Run}"];
        Done([.. student, "--out", _files["same"]]);

        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run([.. student, "--set", "dataset.split.seed=2", "--out", _files["other"]]));
        Assert.Contains("The teacher was trained on", cli.Error, StringComparison.Ordinal);
        // Nothing is left in the way of the same line with another teacher.
        Assert.False(Directory.Exists(_files["other"]));
        cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run([.. student, "--set", "training.validation=0.6", "--out", _files["third"]]));
        Assert.Contains("images that this run is to be chosen by", cli.Error, StringComparison.Ordinal);
        // One photograph more is another data set, and the rule still says what the teacher knows.
        string more = Directory.EnumerateFiles(Path.Combine(_files.Data, "ant")).First();
        string added = Path.Combine(_files.Data, "ant", "zz.png");
        File.Copy(more, added);
        Done([.. student, "--out", _files["grown"]]);
        cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run([.. student, "--set", "training.validation=0.6", "--out", _files["third"]]));
        Assert.Contains("that this run is to be chosen by", cli.Error, StringComparison.Ordinal);
        File.Delete(added);
        string ant = Path.Combine(_files.Data, "ant"), wasp = Path.Combine(_files.Data, "wasp");
        Directory.Move(ant, wasp);
        cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run([.. student, "--out", _files["classes"]]));
        Assert.Contains("The teacher knows the classes ant, ", cli.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_files["classes"]));
        Directory.Move(wasp, ant);
        File.Delete(Path.Combine(Run, RunFolder.SplitFile));
        cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run([.. student, "--out", _files["fourth"]]));
        Assert.Contains("Nothing beside the teacher says", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void First_weights_that_know_the_held_out_images_are_refused()
    {
        Train();
        string[] recipe = ["train", _files.Recipe, "--data", _files.Data], from = [.. recipe, "--init-from", Run];
        Done([.. from, "--out", _files["tuned"]]);
        Done("train", Run, "--extend", "1", "--out", _files["more"]);

        void Refused(string what, params string[] line)
        {
            var cli = new TestCli();
            Assert.Equal(ExitCode.Usage, cli.Run([.. line, "--out", _files["refused"]]));
            Assert.Contains(what, cli.Error, StringComparison.Ordinal);
            Assert.Equal(3, cli.Error.Count(static letter => letter == '\n'));
            Assert.Equal(!what.StartsWith("Nothing", StringComparison.Ordinal),
                cli.Error.Contains("(--set KEY=VALUE).", StringComparison.Ordinal));
            Assert.False(Directory.Exists(_files["refused"]));
        }

        const string Tested = "The model that this run begins with was trained on ", Chosen = "images that this run is to be chosen by";
        string[] other = ["--set", "dataset.split.seed=2"];
        Refused(Tested, [.. from, .. other]);
        Refused(Tested, ["train", Run, "--extend", "1", .. other]);
        Refused(Chosen, [.. from, "--set", "training.validation=0.6"]);
        Refused(Chosen, ["train", Run, "--extend", "1", "--set", "training.validation=0.6"]);

        // One photograph more: which images the rule moves is not known image by image.
        string added = Path.Combine(_files.Data, "ant", "zz.png");
        File.WriteAllBytes(added, PhotoFiles.Picture(0, 99));
        Done([.. from, "--out", _files["grown"]]);
        Refused("divided in another way: it may know some of the ", [.. from, .. other]);
        File.Delete(added);

        // Other images under the same names, and other classes, have nothing to leak.
        string photos = _files.Folder.Write("others", PhotoFiles.Classes.SelectMany((name, label) =>
            Enumerable.Range(0, 20).Select(i => ($"{name}/{i:00}.png", PhotoFiles.Picture(label, 200 + i)))));
        string[] elsewhere = ["train", _files.Recipe, "--data", photos, .. other];
        Done([.. elsewhere, "--init-from", Run, "--out", _files["between"]]);
        Done([.. elsewhere, "--set", $"techniques.distillation.teacher={Run}", "--out", _files["student"]]);

        // What these were made from knows the images all the same.
        Refused($"The model that {_files["between"]} began with was trained on ", [.. recipe, .. other, "--init-from", _files["between"]]);
        Refused($"The teacher of {_files["student"]} was trained on ", [.. recipe, .. other, "--init-from", _files["student"]]);
        Refused($"The teacher of {_files["student"]} was trained on ",
            [.. recipe, .. other, "--set", $"techniques.distillation.teacher={_files["student"]}"]);

        string alone = _files["alone.safetensors"];
        File.Copy(Path.Combine(Run, RunFolder.ModelFile), alone);
        Refused("Nothing beside the model that this run begins with says", [.. recipe, "--init-from", alone]);
        string renamed = _files.Folder.Write("renamed", PhotoFiles.Pictures(20).Select(static file => ($"wild-{file.Name}", file.Bytes)));
        Done("train", _files.Recipe, "--data", renamed, "--init-from", alone, "--out", _files["wild"]);
    }

    [Fact]
    public void A_program_that_fine_tunes_is_refused_what_the_command_is()
    {
        Train();
        var recipe = RecipeStore.Open(_files.Recipe);
        var network = new Network(recipe.Graph, seed: 5);
        float[] drawn = [.. network.Weights];
        Dataset Images(long seed) => ImageFolder.Load(_files.Data,
            new ImageFolderOptions { Channels = 1, Height = 6, Width = 6, Split = new SplitOptions { Seed = seed } });
        RecipeException Refused(string model, long seed, TrainingOptions options) =>
            Assert.Throws<RecipeException>(() => InitialWeights.Load(model, network, Images(seed), options));

        RecipeException tested = Refused(Run, 2, recipe.Training);
        Assert.StartsWith("The model that this run begins with was trained on ", tested.Message, StringComparison.Ordinal);
        Assert.EndsWith("dataset.split.seed=1, dataset.split.test=0.2, training.validation=0.2.", tested.Remedy, StringComparison.Ordinal);
        Assert.Contains("images that this run is to be chosen by",
            Refused(Run, 1, recipe.Training with { ValidationFraction = 0.6f }).Message, StringComparison.Ordinal);
        string alone = _files["alone.safetensors"];
        File.Copy(Path.Combine(Run, RunFolder.ModelFile), alone);
        Assert.Contains("Nothing beside", Refused(alone, 1, recipe.Training).Message, StringComparison.Ordinal);
        Assert.Equal(drawn, network.Weights);

        // A fraction that is rounded up would be refused again.
        Train("sixth", "--set", "dataset.split.test=0.16667");
        Assert.Contains("dataset.split.test=0.16667,", Refused(_files["sixth"], 2, recipe.Training).Remedy, StringComparison.Ordinal);

        InitialWeights.Load(Run, network, Images(1), recipe.Training);
        Assert.NotEqual(drawn, network.Weights);
    }

    [Fact]
    public void Images_under_other_names_or_in_other_parts_are_known_by_their_pixels()
    {
        Train();
        (string Name, byte[] Bytes)[] pictures = [.. PhotoFiles.Pictures(30)];
        string renamed = _files.Folder.Write("names", pictures.Select(static (file, i) =>
            ($"{file.Name.Split('/')[0]}/{i * 19 % 100:00}q.png", file.Bytes)));
        string parts = _files.Folder.Write("parts", pictures.Select(static (file, i) => ((i % 3 == 0 ? "test/" : "train/") + file.Name,
            file.Bytes)));
        foreach (string data in new[] { renamed, parts })
        {
            var cli = new TestCli();
            Assert.Equal(ExitCode.Usage, cli.Run("train", _files.Recipe, "--data", data, "--init-from", Run, "--set",
                "training.validation=0", "--out", _files["refused"]));
            Assert.Contains("divided in another way: it may know some of the ", cli.Error, StringComparison.Ordinal);
            Assert.Contains("that this run is to be tested on", cli.Error, StringComparison.Ordinal);
            Assert.Contains(data == renamed ? "Images are divided by their paths, which have changed" : "Bring images that it was not",
                cli.Error, StringComparison.Ordinal);
        }

        using JsonDocument json = Eval(Run, "--data", parts);
        Assert.Contains("by other names", Assert.Single(Notes(json)), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("interval").ValueKind);

        // The run's own division, as parts of a data set.
        HashSet<string> tested = [.. RunSplit.Read(Run)!.Test!.Keys];
        string same = _files.Folder.Write("same", pictures.Select(file => ((tested.Contains(file.Name) ? "test/" : "train/") + file.Name,
            file.Bytes)));
        Done("train", _files.Recipe, "--data", same, "--init-from", Run, "--set", "training.validation=0", "--out", _files["honest"]);
        using JsonDocument honest = Eval(Run, "--data", same);
        Assert.Equal(JsonValueKind.Array, honest.RootElement.GetProperty("interval").ValueKind);
    }

    [Fact]
    public void A_comparison_marks_runs_that_were_tested_on_other_images()
    {
        Train();
        Train("again", "--seed", "2");
        Train("other", "--set", "dataset.split.seed=2");

        string Compare(params string[] runs)
        {
            var cli = new TestCli();
            Assert.Equal(ExitCode.Done, cli.Run(["report", .. runs.Select(name => _files[name]), "--out", _files["both.html"]]));
            return cli.Out + cli.Error + File.ReadAllText(_files["both.html"]);
        }

        Assert.DoesNotContain("same images", Compare("run", "again"), StringComparison.Ordinal);
        string marked = Compare("run", "again", "other");
        Assert.Equal(2, marked.Split("These were not tested on the same images").Length - 1);
        Assert.Contains("run, again | other", marked, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ablation_on_other_images_is_not_gone_on_with()
    {
        string[] command =
        [
            "ablate", _files.Recipe, "--data", _files.Data, "--seeds", "1", "--epochs", "1", "--vary", "training.batch_size=8",
            "--out", _files["ablation"],
        ];
        Done(command);
        Done(command);
        File.WriteAllBytes(Path.Combine(_files.Data, "ant", "00.png"), PhotoFiles.Picture(0, 99));

        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run(command));
        Assert.Contains("other images", cli.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("test=0", "key dataset.split")]
    [InlineData("test=1", "key dataset.split")]
    [InlineData("group=[a-z]+", "key dataset.split")]
    [InlineData("group=(", "key dataset.split")]
    [InlineData("sed=2", "key dataset.split.sed")]
    public void A_wrong_setting_is_named_by_its_key(string setting, string key)
    {
        var cli = new TestCli();

        string split = setting.Replace("=", ": \"", StringComparison.Ordinal) + '"';
        string recipe = PhotoFiles.RecipeText.Replace("name: folder }", $"name: folder, split: {{ {split} }} }}", StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, cli.Run("train", _files.Write("wrong.yaml", recipe), "--data", _files.Data));
        Assert.Contains(key, cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_that_no_path_has_is_refused_with_an_example()
    {
        var cli = new TestCli();

        Assert.Equal(ExitCode.Data, cli.Run("train", _files.Recipe, "--data", _files.Data, "--set", "dataset.split.group=/(owner[0-9]+)-"));
        Assert.Contains(
            "90 of 90 images belong to no group of dataset.split.group, /(owner[0-9]+)-; the first: ant/00.png.", cli.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Test_images_that_are_trained_on_too_are_counted()
    {
        string twice = _files.Folder.Write("twice", PhotoFiles.Pictures(20).SelectMany(static file =>
            new[] { file, (file.Name.Replace(".png", "-copy.png", StringComparison.Ordinal), file.Bytes) }));
        var cli = new TestCli();

        Assert.Equal(ExitCode.Done, cli.Run("train", _files.Recipe, "--data", twice, "--out", Run));
        Assert.Matches("[0-9]+ of the test images have the very pixels of a training image", cli.Out);
        Assert.Matches("[0-9]+ of the validation images have the very pixels of a training image", cli.Out);

        // Nor are they forgotten once it is trained.
        var eval = new TestCli();
        Assert.Equal(ExitCode.Done, eval.Run("eval", Run));
        Assert.Matches("note +[0-9]+ of these images have the very pixels of an image that the network was trained on", eval.Out);
        Assert.Contains("interval  none: ", eval.Out, StringComparison.Ordinal);
    }

    private static void Done(params string[] command)
    {
        var cli = new TestCli();
        Assert.True(cli.Run(command) == ExitCode.Done, cli.Error);
    }

    private void Train(string name = "run", params string[] more) =>
        Done(["train", _files.Recipe, "--data", _files.Data, "--out", _files[name], .. more]);

    private static JsonDocument Eval(string run, params string[] more)
    {
        var cli = new TestCli();
        Assert.True(cli.Run(["eval", run, "--json", .. more]) == ExitCode.Done, cli.Error);
        return JsonDocument.Parse(cli.Out);
    }

    private static string[] Notes(JsonDocument json) =>
        [.. json.RootElement.GetProperty("notes").EnumerateArray().Select(static note => note.GetString()!)];
}
