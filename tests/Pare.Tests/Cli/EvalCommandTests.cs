using System.Text.Json;
using Pare.Cli;
using Pare.Data;
using Pare.Evaluation;
using Pare.Export;
using Pare.Export.Onnx;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Runs;
using Pare.Tests.Support;

namespace Pare.Tests.Cli;

public sealed class EvalCommandTests : IDisposable
{
    private readonly CliData _files = new();

    private string Run => _files.Folder["run"];

    public void Dispose() => _files.Dispose();

    [Fact]
    public void It_lists_every_class_with_its_accuracy()
    {
        Train();
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("eval", Path.Combine(Run, RunFolder.ModelFile), "--threads", "1"));
        string[] lines = cli.Out.TrimEnd().Split('\n');
        Assert.Equal($"model     {Path.Combine(Run, RunFolder.ModelFile)}", lines[0]);
        Assert.Equal($"data      mnist, {_files.Data}", lines[1]);
        Assert.StartsWith("test      accuracy ", lines[2], StringComparison.Ordinal);
        Assert.EndsWith(", 50 images", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("interval  ", lines[3], StringComparison.Ordinal);
        Assert.Matches("^class  images  accuracy +95 % interval  most often taken for$", lines[5]);
        Assert.Equal(Enumerable.Range(0, 10).Select(static label => $"{label}           5"), lines[6..].Select(static line => line[..13]));
    }

    // A bit of a weight turns over on the disk, or somebody copies another file there: figures and weights are of two networks then.
    [Fact]
    public void Weights_that_a_runs_result_does_not_tell_of_are_said_to_be_others()
    {
        Train();
        string file = Path.Combine(Run, RunFolder.ModelFile), result = Path.Combine(Run, RunFolder.ResultFile);
        Assert.DoesNotContain("other weights", Evaluated(), StringComparison.Ordinal);
        byte[] whole = File.ReadAllBytes(file), turned = [.. whole];
        turned[^1] ^= 1;
        File.WriteAllBytes(file, turned);
        Assert.Contains("note      this run has other weights than those that its result tells of", Evaluated(), StringComparison.Ordinal);

        // Another model may well lie in the folder.
        string beside = Path.Combine(Run, "tuned.safetensors");
        File.Move(file, beside);
        Assert.DoesNotContain("other weights", Evaluated(beside), StringComparison.Ordinal);
        File.WriteAllBytes(file, whole);

        // What is kept beside the weights changes none of them.
        Model.Load(Run).With(new ConfidenceRule { Threshold = 0.5 }).Save(file);
        Assert.DoesNotContain("other weights", Evaluated(), StringComparison.Ordinal);
        File.WriteAllText(result, File.ReadAllText(result).Replace("\"epochs\": ", "\"epochs\": -", StringComparison.Ordinal));
        Assert.Contains("note      this run has a result.json that is damaged", Evaluated(), StringComparison.Ordinal);

        string Evaluated(string? model = null)
        {
            var cli = new TestCli();
            Assert.Equal(ExitCode.Done, cli.Run("eval", model ?? Run));
            return cli.Out;
        }
    }

    [Fact]
    public void The_json_object_has_the_confusion_matrix_by_rows_of_the_true_class()
    {
        Train();
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("eval", Run, "--json"));
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        int[][] rows =
            [.. json.RootElement.GetProperty("confusion").EnumerateArray()
            .Select(static row => row.EnumerateArray().Select(static cell => cell.GetInt32()).ToArray())];
        Assert.Equal(Enumerable.Repeat(5, 10), rows.Select(static row => row.Sum()));
        double[] interval = [.. json.RootElement.GetProperty("interval").EnumerateArray().Select(static end => end.GetDouble())];
        Assert.InRange(json.RootElement.GetProperty("accuracy").GetDouble(), interval[0], interval[1]);
        Assert.Equal(Math.Round(50 * json.RootElement.GetProperty("accuracy").GetDouble()), Enumerable.Range(0, 10)
            .Sum(label => rows[label][label]));
    }

    [Fact]
    public void The_balanced_accuracy_is_told_where_classes_are_uneven_and_always_in_json()
    {
        Train();
        foreach (bool uneven in new[] { false, true })
        {
            // Three of the five images of each of the classes 0 to 4 become class 9's.
            byte[] labels = [.. Enumerable.Range(0, 50).Select(i => (byte)(uneven && i % 10 < 5 && i < 30 ? 9 : i % 10))];
            File.WriteAllBytes(Path.Combine(_files.Data, IdxFiles.TestLabels), IdxFiles.Labels(labels));
            TestCli told = new(), written = new();
            Assert.Equal(ExitCode.Done, told.Run("eval", Run, "--data", _files.Data));
            Assert.Equal(ExitCode.Done, written.Run("eval", Run, "--data", _files.Data, "--json"));
            using JsonDocument json = JsonDocument.Parse(written.Out);
            double[] classes = [.. json.RootElement.GetProperty("classes").EnumerateArray()
                .Select(static label => label.GetProperty("accuracy")).Where(static value => value.ValueKind != JsonValueKind.Null)
                .Select(static value => value.GetDouble())];
            double balanced = json.RootElement.GetProperty("balanced_accuracy").GetDouble();
            Assert.Equal(classes.Average(), balanced, 1e-6);
            string line = $"\nbalanced  accuracy {Amounts.Percent((float)balanced)}: {EvaluationResult.BalancedMeaning}";
            Assert.Equal(uneven, told.Out.Contains(line, StringComparison.Ordinal));
            Assert.Equal(uneven, told.Out.Contains("\nbalanced ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Another_run_is_compared_image_by_image_on_the_same_images()
    {
        Train();
        string other = _files.Folder["other"];
        Assert.Equal(ExitCode.Done, new TestCli().Run("train", _files.Recipe, "--data", _files.Data, "--out", other, "--seed", "7"));
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("eval", Run, "--against", other, "--json"));
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        JsonElement against = json.RootElement.GetProperty("against");
        McNemar pairs = RunPredictions.Read(other)!.Test.Against(RunPredictions.Read(Run)!.Test)!;
        Assert.Equal((pairs.Better, pairs.Worse),
            (against.GetProperty("only_first_right").GetInt32(), against.GetProperty("only_other_right").GetInt32()));
        Assert.Equal(json.RootElement.GetProperty("accuracy").GetDouble() - against.GetProperty("accuracy").GetDouble(),
            against.GetProperty("difference").GetDouble(), 6);
        Assert.Equal(pairs.PValue, against.GetProperty("p").GetDouble(), 12);

        var told = new TestCli();
        Assert.Equal(ExitCode.Done, told.Run("eval", Run, "--against", Run));
        Assert.Contains($"\nagainst   {Run}: accuracy ", told.Out, StringComparison.Ordinal);
        Assert.Contains("\npaired    0.00 points, -2.00 to +2.00 with 95 % confidence", told.Out, StringComparison.Ordinal);
        Assert.Contains("\nimages    0 only the first gets right, 0 only the other; p 1.000", told.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("\nnote ", told.Out, StringComparison.Ordinal);

        // A file alone does not say what it was trained on.
        string alone = _files.Folder["alone.safetensors"];
        File.Copy(Path.Combine(other, RunFolder.ModelFile), alone);
        var unknown = new TestCli();
        Assert.Equal(ExitCode.Done, unknown.Run("eval", Run, "--against", alone));
        Assert.Contains("note      whether both models are new to these images is not known", unknown.Out, StringComparison.Ordinal);
        var doubt = new TestCli();
        Assert.Equal(ExitCode.Done, doubt.Run("eval", Run, "--against", alone, "--json"));
        using JsonDocument said = JsonDocument.Parse(doubt.Out);
        Assert.StartsWith("whether both models are new", said.RootElement.GetProperty("against").GetProperty("notes")[0].GetString(),
            StringComparison.Ordinal);
        Assert.Equal(0, against.GetProperty("notes").GetArrayLength());
    }

    [Fact]
    public void A_rival_that_names_no_classes_is_taken_to_have_those_of_the_other()
    {
        Train();
        string silent = _files.Folder["silent.onnx"];
        OnnxFile.Save(Lowerer.Lower(Model.Load(Run).Network!, Preprocessing.Plain(1)), silent);
        foreach ((string first, string second) in new[] { (Run, silent), (silent, Run) })
        {
            var cli = new TestCli();
            Assert.Equal(ExitCode.Done, cli.Run("eval", first, "--against", second, "--data", _files.Data));
            Assert.Contains("note      one of the two does not name its classes: they are taken to be those of the other", cli.Out,
                StringComparison.Ordinal);
        }

        // The images of a model that names none are numbered in the order of their folders.
        Model named = Model.Load(Run);
        string turned = _files.Folder["turned.onnx"];
        OnnxFile.Save(Lowerer.Lower(named.Network!, Preprocessing.Plain(1), [.. named.Classes.Reverse()]), turned);
        TestCli.AssertFails(ExitCode.Usage, "The two models tell other classes apart", "eval", silent, "--against", turned, "--data",
            _files.Data);

        string nine = _files.Folder["nine.onnx"];
        var small = new Network(GraphBuilder.Input(1, 8, 8).Conv(2).GlobalAveragePool().Linear(9).Build(), 1);
        OnnxFile.Save(Lowerer.Lower(small, Preprocessing.Plain(1)), nine);
        TestCli.AssertFails(ExitCode.Usage, "The two models tell other classes apart", "eval", Run, "--against", nine);
    }

    [Fact]
    public void An_ONNX_file_of_a_data_set_that_is_the_same_everywhere_finds_it_by_its_name()
    {
        Network network = GraphBuilder.Input(1, 28, 28).Conv(2).GlobalAveragePool().Linear(10).Build(seed: 1);
        InferenceGraph graph = Lowerer.Lower(network, Preprocessing.Plain(1), [.. Enumerable.Range(0, 10).Select(static i => $"{i}")]);
        string file = _files.Folder["glyphs.onnx"], pictures = _files.Folder["pictures.onnx"];
        OnnxFile.Save(graph, file, new OnnxOptions { Origin = new ModelOrigin { Data = "glyphs", DataFingerprint = "of others" } });
        OnnxFile.Save(graph, pictures, new OnnxOptions { Origin = new ModelOrigin { Data = "pictures" } });
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("eval", file));
        Assert.Contains("\ndata      glyphs, built in\n", cli.Out, StringComparison.Ordinal);
        Assert.Contains("\nnote      These are not the images that the model was trained and tested on.\n", cli.Out,
            StringComparison.Ordinal);
        TestCli.AssertFails(ExitCode.Data, "The model does not say where the images lie that it was trained on.", "eval", pictures);
    }

    [Fact]
    public void The_built_in_data_set_is_named_as_a_path_is()
    {
        string model = _files.Folder["digits.safetensors"];
        Model.Of(new Network(GraphBuilder.Input(1, 28, 28).Linear(10).Build(), 1), new Normalization([0.5f], [0.25f])).Save(model);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("eval", model, "--data", "glyphs"));
        Assert.Contains("\ndata      glyphs, built in\n", cli.Out, StringComparison.Ordinal);

        // A run on them knows it, whatever data set its recipe names.
        Assert.Equal(ExitCode.Done, new TestCli().Run("train", _files.Recipe, "--data", "glyphs", "--epochs", "1", "--set",
            "model.input=1x28x28", "--out", _files.Folder["drawn"]));
        var run = new TestCli();
        Assert.Equal(ExitCode.Done, run.Run("eval", _files.Folder["drawn"]));
        Assert.Contains("\ndata      glyphs, built in\n", run.Out, StringComparison.Ordinal);
        Assert.Contains(", 4,000 images\n", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rival_that_cannot_be_compared_is_refused()
    {
        Train();
        string other = _files.Folder["other.safetensors"];
        Network network = GraphBuilder.Input(1, 8, 8).Conv(2).GlobalAveragePool().Linear(10).Build(seed: 1);
        Pare.Export.ModelFile.Save(other, network, new Normalization([0.5f], [0.5f]),
            [.. Enumerable.Range(0, 10).Select(static i => $"c{i}")]);
        TestCli.AssertFails(ExitCode.Usage, "The two models tell other classes apart", "eval", Run, "--against", other);
        TestCli.AssertFails(ExitCode.Usage, "on clean images only", "eval", Run, "--against", Run, "--robust");
        string split = Path.Combine(_files.Folder["same"], RunFolder.SplitFile);
        Directory.CreateDirectory(_files.Folder["same"]);
        foreach (string file in Directory.GetFiles(Run)) File.Copy(file, Path.Combine(_files.Folder["same"], Path.GetFileName(file)));
        File.WriteAllText(split, File.ReadAllText(split)
            .Replace("\"data_fingerprint\": \"", "\"data_fingerprint\": \"0", StringComparison.Ordinal));
        TestCli.AssertFails(ExitCode.Usage, "were not tested on the same images", "eval", Run, "--against", _files.Folder["same"]);
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", Run, "--against", _files.Folder["same"], "--all"));
    }

    [Fact]
    public void A_run_that_was_interrupted_is_called_that()
    {
        Train();
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("eval", Run));
        Assert.DoesNotContain("interrupted", cli.Out, StringComparison.Ordinal);
        File.Delete(Path.Combine(Run, RunFolder.ResultFile));
        var again = new TestCli();
        Assert.Equal(ExitCode.Done, again.Run("eval", Run));
        Assert.Contains("note      this run has no result: it was interrupted", again.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_takes_weights_of_a_run_that_was_interrupted_is_told()
    {
        Train();
        string other = _files.Folder["other"], exported = _files.Folder["exported"], picture = _files.Folder["picture.png"];
        Assert.Equal(ExitCode.Done, new TestCli().Run("train", _files.Recipe, "--data", _files.Data, "--out", other));
        File.WriteAllBytes(picture, PhotoFiles.Picture(0, 0));
        string[][] lines =
        [
            ["predict", Run, picture], ["inspect", Run], ["export", Run, "--to", "onnx", "--samples", "2", "--out", exported],
            ["eval", other, "--against", Run],
            ["train", _files.Recipe, "--data", _files.Data, "--init-from", Run, "--out", _files.Folder["tuned"]],
            ["train", _files.Recipe, "--data", _files.Data, "--set", $"techniques.distillation={{teacher: {Run}}}", "--out",
                _files.Folder["taught"]],
        ];

        // What another program calls its metrics makes no run.
        string alone = _files.Folder["alone/model.onnx"];
        Directory.CreateDirectory(Path.GetDirectoryName(alone)!);
        Model.Load(Run).Save(alone);
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(alone)!, MetricsLog.CsvFile), "day,cost\n1,2\n");
        var quiet = new TestCli();
        Assert.Equal(ExitCode.Done, quiet.Run("predict", alone, picture));
        Assert.DoesNotContain("no result", quiet.Error, StringComparison.Ordinal);

        File.Delete(Path.Combine(Run, RunFolder.ResultFile));
        foreach (string[] line in lines)
        {
            var cli = new TestCli();
            Assert.Equal(ExitCode.Done, cli.Run(line));
            Assert.Contains("has no result: it was interrupted", cli.Out + cli.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Images_that_have_moved_are_named_with_where_they_were()
    {
        Train();
        string moved = _files.Folder["moved"];
        Directory.Move(_files.Data, moved);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Data, cli.Run("eval", Run));
        Assert.Equal(
            $"error: The images of this run were in {_files.Data}, which is no longer there.\nwhere: " +
            $"{Path.Combine(Run, RunFolder.ModelFile)}\n  fix: Say where they are now: --data PATH.\n", cli.Error);
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", Run, "--data", moved));
    }

    [Fact]
    public void A_mistyped_run_finds_the_nearest()
    {
        Train();
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("eval", _files.Folder["rnu"]));
        Assert.Equal($"error: There is nothing at this path.\nwhere: {_files.Folder["rnu"]}\n  fix: Did you mean {Run}?\n", cli.Error);
    }

    [Fact]
    public void For_a_folder_of_runs_each_command_offers_the_newest_of_them()
    {
        Train();
        string root = _files.Folder.Root, build = Path.Combine(root, "down"), seed = Path.Combine(build, "01-wide", "seed-1");
        Directory.CreateDirectory(seed);
        File.Copy(Path.Combine(Run, "model.safetensors"), Path.Combine(seed, "model.safetensors"));
        Directory.SetLastWriteTimeUtc(build, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        foreach (string[] line in (string[][])[["eval", root], ["report", root], ["train", root], ["inspect", root],
            ["export", root, "--to", "onnx"], ["train", _files.Recipe, "--data", _files.Data, "--init-from", root]])
        {
            var cli = new TestCli();
            Assert.Equal(ExitCode.Usage, cli.Run(line));
            Assert.Contains($"  fix: Did you mean {Run} or {build}?", cli.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_name_that_is_not_UTF8_is_said_to_be_that() =>
        TestCli.AssertFails(ExitCode.Usage, "error: The name is not UTF-8", "eval", _files.Folder["caf\uFFFD"]);

    [Fact]
    public void A_folder_without_weights_is_named()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("eval", _files.Data));
        Assert.Contains("lacks model.safetensors", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_weights_end_with_exit_code_3()
    {
        Train();
        File.WriteAllText(Path.Combine(Run, RunFolder.ModelFile), "nonsense");
        var cli = new TestCli();
        Assert.Equal(ExitCode.Data, cli.Run("eval", Run));
        Assert.Equal(3, cli.Error.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public void A_lowered_network_is_measured_as_it_predicts()
    {
        Train();
        var model = Model.Load(Run);
        string onnx = _files.Folder["digits.onnx"], lowered = _files.Folder["digits.safetensors"];
        OnnxFile.Save(model.Graph, onnx);
        Model.Of(model.Graph).Save(lowered);
        ImageSet test = DatasetLoader.Load("mnist", _files.Data).Test;
        int[,] expected = new int[10, 10];
        for (int i = 0; i < test.Count; i++) expected[test.Labels[i], model.Predict(test.Image(i), 8, 8, 1).Class]++;
        foreach (string file in new[] { onnx, lowered })
        {
            TestCli one = new(), two = new();
            Assert.Equal(ExitCode.Done, one.Run("eval", file, "--data", _files.Data, "--json", "--threads", "1"));
            Assert.Equal(ExitCode.Done, two.Run("eval", file, "--data", _files.Data, "--json", "--threads", "2"));
            Assert.Equal(one.Out, two.Out);
            using JsonDocument json = JsonDocument.Parse(one.Out);
            JsonElement confusion = json.RootElement.GetProperty("confusion");
            for (int label = 0; label < 10; label++)
                for (int other = 0; other < 10; other++) Assert.Equal(expected[label, other], confusion[label][other].GetInt32());
            Assert.Equal(model.Evaluate(test).Loss, json.RootElement.GetProperty("loss").GetSingle(), 1e-4f);

            // Nothing in the file says where images might be.
            var without = new TestCli();
            Assert.Equal(ExitCode.Data, without.Run("eval", file));
            Assert.Contains("--data PATH", without.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Classes_are_found_by_their_names_and_taken_in_their_order_where_the_file_names_none()
    {
        Train();
        Network network = Model.Load(Run).Network!;
        string named = _files.Folder["named.onnx"], silent = _files.Folder["silent.onnx"];
        string[] names = [.. Enumerable.Range(0, 9).Select(static index => $"{index}"), "ten"];
        OnnxFile.Save(Lowerer.Lower(network, Preprocessing.Plain(1), names), named);
        OnnxFile.Save(Lowerer.Lower(network, Preprocessing.Plain(1)), silent);
        TestCli strange = new(), taken = new(), card = new();
        Assert.Equal(ExitCode.Data, strange.Run("eval", named, "--data", _files.Data));
        Assert.Contains("The network does not know the class `9`.", strange.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, taken.Run("eval", silent, "--data", _files.Data));
        Assert.Contains("The file does not name the network's classes: they are taken to be 0, 1,", taken.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, card.Run("inspect", silent));
        Assert.Contains("classes   10, which nobody named\n", card.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_of_another_size_than_a_lowered_networks_are_refused()
    {
        string photos = _files.Folder["large.onnx"];
        var network = new Network(GraphBuilder.Input(3, 8, 8).Conv(2).GlobalAveragePool().Linear(10).Build(), 1);
        OnnxFile.Save(Lowerer.Lower(network, Preprocessing.Plain(3)), photos);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("eval", photos, "--data", _files.Data));
        Assert.Contains("The network takes images of 3x8x8, and the data has images of 1x8x8.", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_build_is_measured_by_its_last_phase()
    {
        string recipe = _files.Write("paring.yaml", DownFiles.RecipeText), build = _files.Folder["build"];
        Assert.Equal(ExitCode.Done, new TestCli().Run("down", recipe, "--data", _files.Data, "--out", build));
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("eval", build));
        Assert.StartsWith($"model     {Path.Combine(build, "0")}", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_build_whose_last_phase_is_gone_that_phase_is_named()
    {
        using var build = new DownFiles();
        Assert.Equal(ExitCode.Done,
            new TestCli().Run("down", build.Recipe, "--data", build.Files.Data, "--out", build.Out, "--epochs-scale", "0.25"));
        string last = Path.Combine(build.Out, "03-smooth", "seed-1");
        Directory.Delete(Path.GetDirectoryName(last)!, recursive: true);
        foreach (string[] line in (string[][])[["eval", build.Out], ["predict", build.Out, "x.png"], ["export", build.Out, "--to", "onnx"]])
        {
            TestCli.AssertFails(ExitCode.Failed,
                $"error: The build ended in phase 'smooth', whose model is gone.\nwhere: {last}\n" +
                $"  fix: Train what is missing with `pare down {build.Out}`, or name the run of another phase.\n", line);
        }
    }

    private void Train() =>
        Assert.Equal(ExitCode.Done, new TestCli().Run("train", _files.Recipe, "--data", _files.Data, "--out", Run, "--epochs", "1"));
}
