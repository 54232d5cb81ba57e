using System.Text.Json;
using Pare.Cli;
using Pare.Export.Onnx;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Runs;

namespace Pare.Tests.Cli;

public sealed class InspectCommandTests : IDisposable
{
    private readonly CliData _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void The_table_has_a_line_a_node_and_the_totals()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("inspect", _files.Recipe));
        Assert.Equal(
            """
            node         layer                  output  params   MACs  bytes  receptive
            input        input                  1x8x8        0      0    256          1
            conv1        conv 3x3 stride 2      4x4x4       36    576    256          3
            """,
            string.Join('\n', cli.Out.Split('\n')[..3]));
        Assert.Contains("\ntotal ", cli.Out, StringComparison.Ordinal);
        Assert.Contains(" depthwise ", cli.Out, StringComparison.Ordinal);
        Assert.Empty(cli.Error);
    }

    [Fact]
    public void The_nodes_of_the_json_object_add_up_to_its_totals()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("inspect", _files.Recipe, "--json"));
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        JsonElement nodes = json.RootElement.GetProperty("nodes");
        foreach (string key in new[] { "parameters", "macs" })
            Assert.Equal(json.RootElement.GetProperty(key).GetInt64(), nodes.EnumerateArray()
                .Sum(node => node.GetProperty(key).GetInt64()));
        Assert.Equal([4, 4, 4], nodes[1].GetProperty("output").EnumerateArray().Select(static side => side.GetInt32()));
    }

    [Fact]
    public void A_recipe_whose_teacher_is_not_there_is_shown_without_the_memory_of_its_training()
    {
        var cli = new TestCli(width: 200);
        string[] line = ["inspect", _files.Recipe, "--set", "techniques.distillation={teacher: phase:wide}"];
        Assert.Equal(ExitCode.Done, cli.Run(line));
        Assert.Contains("training  how much memory it takes is not known: There is no trained network of phase 'wide' ", cli.Out,
            StringComparison.Ordinal);
        cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run([.. line, "--json"]));
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("training_bytes").ValueKind);
    }

    [Fact]
    public void A_key_of_the_recipe_can_be_overridden()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("inspect", _files.Recipe, "--set", "name=other", "--json"));
        Assert.StartsWith("""{"recipe":"other",""", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_recipe_with_phases_one_is_taken()
    {
        string recipe = _files.Write("paring.yaml", DownFiles.RecipeText);
        var last = new TestCli();
        Assert.Equal(ExitCode.Done, last.Run("inspect", recipe));
        Assert.Contains("\nphase     smooth, number 3; --phase NAME", last.Out, StringComparison.Ordinal);
        var wide = new TestCli();
        Assert.Equal(ExitCode.Done, wide.Run("inspect", recipe, "--phase", "wide"));
        Assert.Contains("conv1        conv 3x3 stride 2  8x4x4", wide.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_in_the_recipe_ends_with_exit_code_2()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("inspect", _files.Recipe, "--set", "training.epoch=3"));
        Assert.Contains("epochs", cli.Error, StringComparison.Ordinal);
        Assert.Empty(cli.Out);
    }

    [Fact]
    public void A_models_file_shows_its_card()
    {
        string run = _files.Train();
        string file = _files.Folder["alone/digits.safetensors"];
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.Copy(Path.Combine(run, RunFolder.ModelFile), file);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("inspect", file));
        var model = Model.Load(file);
        string[] lines = cli.Out.TrimEnd().Split('\n');
        Assert.Equal(
            [
                $"model     {file}",
                $"file      {Amounts.Bytes(new FileInfo(file).Length)}, written by Pare {LibraryVersion.Text}",
                "classes   10: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9",
                "input     1x8x8",
            ],
            lines[..4]);
        Assert.StartsWith("pictures  turned as EXIF says, made grey, scaled to cover 8x8, cropped to the centre; (byte / 255 - 0.",
            lines[4], StringComparison.Ordinal);
        Assert.Equal("network   250 parameters (246 with norms folded in), 1,312 MACs per image", lines[5]);
        Assert.Matches(@"^latency   \d+\.\d{3} ms per image on one thread of this machine \(median\)$", lines[6]);
        Assert.Equal(
            $"accuracy  {Amounts.Percent(model.Origin.TestAccuracy!.Value)} on the test images of mnist, as measured after the training",
            lines[7]);
        Assert.Equal("recipe    tiny, seed 1", lines[8]);
        Assert.Equal($"data      mnist, fingerprint {model.Origin.DataFingerprint}", lines[9]);
        Assert.Equal(10, lines.Length);
    }

    [Fact]
    public void A_runs_folder_shows_its_network_and_its_card()
    {
        string run = _files.Train();
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("inspect", run));
        Assert.StartsWith("node ", cli.Out, StringComparison.Ordinal);
        Assert.Contains($"\n\nmodel     {Path.Combine(run, RunFolder.ModelFile)}\n", cli.Out, StringComparison.Ordinal);
        Assert.Contains(" on the test images of mnist, 50, as measured after the training\n", cli.Out, StringComparison.Ordinal);

        // Another setting is another network, of which no model is there.
        var changed = new TestCli();
        Assert.Equal(ExitCode.Done, changed.Run("inspect", run, "--set", "training.batch_size=10"));
        Assert.DoesNotContain("\nmodel ", changed.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void The_card_as_json_stands_alone_for_a_file_and_in_the_recipes_object_for_a_run()
    {
        string run = _files.Train();
        TestCli folder = new(), file = new();
        Assert.Equal(ExitCode.Done, folder.Run("inspect", run, "--json"));
        Assert.Equal(ExitCode.Done, file.Run("inspect", Path.Combine(run, RunFolder.ModelFile), "--json"));
        using JsonDocument both = JsonDocument.Parse(folder.Out), alone = JsonDocument.Parse(file.Out);
        JsonElement card = both.RootElement.GetProperty("card");
        foreach (JsonElement given in new[] { card, alone.RootElement })
        {
            Assert.Equal([1, 8, 8], given.GetProperty("input").EnumerateArray().Select(static side => side.GetInt32()));
            Assert.Equal(250, given.GetProperty("parameters").GetInt64());
            Assert.Equal(50, given.GetProperty("images").GetInt32());
            Assert.True(given.GetProperty("latency_ms").GetDouble() > 0);
        }

        Assert.Equal(both.RootElement.GetProperty("macs").GetInt64(), card.GetProperty("macs").GetInt64());
        Assert.False(alone.RootElement.TryGetProperty("nodes", out _));
    }

    [Fact]
    public void An_evaluation_of_other_weights_is_not_the_models()
    {
        string run = _files.Train();
        string evaluation = Path.Combine(run, RunFolder.EvaluationFile);
        using (JsonDocument json = JsonDocument.Parse(File.ReadAllText(evaluation)))
        {
            string own = json.RootElement.GetProperty("accuracy").GetRawText();
            File.WriteAllText(evaluation, File.ReadAllText(evaluation)
                .Replace($"\"accuracy\": {own},", "\"accuracy\": 0.123,", StringComparison.Ordinal));
        }

        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("inspect", Path.Combine(run, RunFolder.ModelFile), "--json"));
        using JsonDocument card = JsonDocument.Parse(cli.Out);
        Assert.Equal(Model.Load(run).Origin.TestAccuracy!.Value, card.RootElement.GetProperty("accuracy").GetDouble(), 6);
        Assert.Equal(JsonValueKind.Null, card.RootElement.GetProperty("images").ValueKind);
    }

    [Fact]
    public void Of_a_lowered_network_the_card_says_what_is_known()
    {
        var model = Model.Load(_files.Train());
        string file = _files.Folder["lowered.onnx"];
        OnnxFile.Save(model.Graph, file);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("inspect", file));
        Assert.Contains("\naccuracy  not known: measure it with `pare eval`\n", cli.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("written by", cli.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("assumed", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_that_takes_no_pictures_is_said_to_take_none()
    {
        string file = _files.Folder["two.onnx"];
        Network network = GraphBuilder.Input(2, 8, 8).Conv(2).GlobalAveragePool().Linear(3).Build(seed: 1);
        OnnxFile.Save(Lowerer.Lower(network, Preprocessing.Plain(2)), file);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("inspect", file));
        Assert.Contains("\npictures  none: a picture is made into 1 or 3 channels, and the network takes 2\n", cli.Out,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_build_the_card_is_that_of_its_last_phase_so_far()
    {
        string recipe = _files.Write("paring.yaml", DownFiles.RecipeText), build = _files.Folder["build"];
        Assert.Equal(ExitCode.Done, new TestCli().Run("down", recipe, "--data", _files.Data, "--out", build));
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("inspect", build));
        Assert.Contains($"\nmodel     {build}", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_model_is_refused()
    {
        string run = _files.Train(), file = Path.Combine(run, RunFolder.ModelFile);
        Assert.Equal(ExitCode.Usage, new TestCli().Run("inspect", file, "--set", "training.epochs=3"));
        Assert.Equal(ExitCode.Usage, new TestCli().Run("inspect", _files.Folder["nothing.safetensors"]));
        Assert.Equal(ExitCode.Data, new TestCli().Run("inspect", _files.Folder["nothing.onnx"]));
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..200]);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Data, cli.Run("inspect", run));
        Assert.Equal(3, cli.Error.TrimEnd().Split('\n').Length);
        Assert.Empty(cli.Out);
    }
}
