using System.Text.Json;
using Pare.Cli;
using Pare.Data;
using Pare.Export;
using Pare.Graphs;
using Pare.Inference;
using Pare.Runs;
using Pare.Tests.Support;

namespace Pare.Tests.Cli;

public sealed class EvalConfidenceTests : IDisposable
{
    private readonly CliData _files = new();

    private string Run => _files.Folder["run"];

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_temperature_and_a_threshold_are_kept_in_the_model_and_change_no_accuracy()
    {
        // Not so long that every validation image is right.
        Train("0.2", epochs: "3");
        TestCli before = new(), keeps = new(), after = new(), card = new();
        Assert.Equal(ExitCode.Done, before.Run("eval", Run, "--json"));
        Assert.Equal(ExitCode.Done, keeps.Run("eval", Run, "--temperature", "--sure", "2"));
        Assert.Contains("\ntempered  temperature ", keeps.Out, StringComparison.Ordinal);
        Assert.Contains("\nthreshold ", keeps.Out, StringComparison.Ordinal);
        ConfidenceRule rule = Model.Load(Run).Confidence;
        Assert.True(rule.Temperature != 1, keeps.Out);
        Assert.Equal(0.02, rule.WishedAccuracy);
        Assert.Equal(ExitCode.Done, after.Run("eval", Run, "--json"));
        using (JsonDocument first = JsonDocument.Parse(before.Out), later = JsonDocument.Parse(after.Out))
        {
            JsonElement answered = later.RootElement.GetProperty("answered");
            Assert.Equal((rule.Threshold, 50), (answered.GetProperty("threshold").GetDouble(), answered.GetProperty("images").GetInt32()));
            int sure = answered.GetProperty("sure").GetInt32(), right = answered.GetProperty("right").GetInt32();
            Assert.InRange(right, 0, sure);
            Assert.Equal(2, answered.GetProperty("interval").GetArrayLength());
            Assert.Equal(first.RootElement.EnumerateObject().Select(static one => one.ToString()),
                later.RootElement.EnumerateObject().Where(static one => one.Name != "answered").Select(static one => one.ToString()));
            var shown = new TestCli();
            Assert.Equal(ExitCode.Done, shown.Run("eval", Run));
            Assert.Contains($"\nanswered  {sure} of 50 images at the threshold of ", shown.Out, StringComparison.Ordinal);
        }

        Assert.Contains("\nsure      temperature ", after.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, card.Run("inspect", Run));
        Assert.Contains("temperature ", card.Out, StringComparison.Ordinal);

        // The one stays where only the other is chosen anew, and a second run gives the same bytes.
        byte[] file = File.ReadAllBytes(Path.Combine(Run, RunFolder.ModelFile));
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", Run, "--temperature", "--threads", "1"));
        Assert.Equal(file, File.ReadAllBytes(Path.Combine(Run, RunFolder.ModelFile)));
    }

    [Theory]
    [InlineData]
    [InlineData("--robust", "--sections", "shifts")]
    public void Json_says_what_is_kept_and_what_it_was_judged_on(params string[] more)
    {
        Train("0.2", epochs: "3");
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run(["eval", Run, "--temperature", "--sure", "2", "--json", .. more]));
        ConfidenceRule rule = Model.Load(Run).Confidence;
        using var document = JsonDocument.Parse(cli.Out);
        JsonElement fit = document.RootElement.GetProperty("fit"), chosen = document.RootElement.GetProperty("chosen");
        Assert.Equal(rule.Temperature, fit.GetProperty("temperature").GetDouble());
        Assert.Equal(rule.Threshold, chosen.GetProperty("threshold").GetDouble());
        Assert.Equal(rule.WishedAccuracy, chosen.GetProperty("wished").GetDouble());
        Assert.InRange(chosen.GetProperty("bound").GetDouble(), 0.02, 1);
        Assert.Equal((17, 17), (fit.GetProperty("images").GetInt32(), chosen.GetProperty("images").GetInt32()));
    }

    [Fact]
    public void What_was_chosen_before_or_is_chosen_on_other_images_than_the_runs_is_said()
    {
        Train("0.2", epochs: "3");
        TestCli first = new(), again = new(), other = new();
        Assert.Equal(ExitCode.Done, first.Run("eval", Run, "--temperature", "--sure", "2"));
        Assert.DoesNotContain("takes the place", first.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("other images", first.Out, StringComparison.Ordinal);
        Model.Load(Run).With(new ConfidenceRule { Temperature = 1.5, Threshold = 0.75, WishedAccuracy = 0.9 })
            .Save(Path.Combine(Run, RunFolder.ModelFile));
        Assert.Equal(ExitCode.Done, again.Run("eval", Run, "--temperature"));
        Assert.Contains("this takes the place of what was chosen before: temperature 1.5\n", again.Out, StringComparison.Ordinal);
        string data = _files.OtherData();
        Assert.Equal(ExitCode.Done, other.Run("eval", Run, "--sure", "2", "--data", data));
        Assert.Contains($"this is chosen on other images than the run's: {data}\n", other.Out, StringComparison.Ordinal);
        Assert.Contains("this takes the place of what was chosen before: unsure below 0.75 at temperature 1, chosen so that at least 90 %",
            other.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_chosen_can_be_taken_out_again()
    {
        Train("0.2", epochs: "3");
        Model.Load(Run).With(new ConfidenceRule { Temperature = 1.5, Threshold = 0.75, WishedAccuracy = 0.9 })
            .Save(Path.Combine(Run, RunFolder.ModelFile));
        TestCli first = new(), again = new();
        Assert.Equal(ExitCode.Done, first.Run("eval", Run, "--reset-confidence"));
        Assert.Contains("every answer counts again; taken out: temperature 1.5; unsure below 0.75", first.Out,
            StringComparison.Ordinal);
        Assert.Equal(ConfidenceRule.None, Model.Load(Run).Confidence);
        Assert.Equal(ExitCode.Done, again.Run("eval", Run, "--reset-confidence"));
        Assert.Contains("neither a temperature nor a threshold", again.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("written", again.Out, StringComparison.Ordinal);
        TestCli.AssertFails(ExitCode.Usage, "goes with neither", "eval", Run, "--reset-confidence", "--sure", "90");
        TestCli.AssertFails(ExitCode.Usage, "up to 100", "eval", Run, "--sure", "0");
    }

    [Fact]
    public void A_command_that_fails_keeps_nothing()
    {
        Train("0.2", epochs: "3");
        byte[] file = File.ReadAllBytes(Path.Combine(Run, RunFolder.ModelFile));
        string missing = _files.Folder["missing"];
        Assert.NotEqual(ExitCode.Done, new TestCli().Run("eval", Run, "--sure", "2", "--against", missing));
        Assert.NotEqual(ExitCode.Done, new TestCli().Run("eval", Run, "--sure", "2", "--robust", "--strangers", missing));
        Assert.Equal(file, File.ReadAllBytes(Path.Combine(Run, RunFolder.ModelFile)));
    }

    [Fact]
    public void A_prediction_below_the_threshold_is_unsure_unless_another_is_given()
    {
        Train("0.2");
        string model = _files.Folder["sure.safetensors"], picture = _files.Folder.Write("one.png", ImageFiles.FlatPng(8, 8, 90));
        Model.Load(Run).With(new ConfidenceRule { Threshold = 1, Temperature = 2 }).Save(model);
        TestCli unsure = new(), given = new();
        Assert.Equal(ExitCode.Done, unsure.Run("predict", model, picture, "--csv"));
        Assert.Contains(",unsure,", unsure.Out, StringComparison.Ordinal);
        Assert.Contains("sure      temperature 2; unsure below 1 at temperature 1", unsure.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, given.Run("predict", model, picture, "--csv", "--min-confidence", "0.01"));
        Assert.DoesNotContain(",unsure,", given.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_that_is_called_as_an_answer_below_the_threshold_is_goes_with_no_threshold()
    {
        string file = _files.Folder["odd.safetensors"], sure = _files.Folder["sure.safetensors"];
        string picture = _files.Folder.Write("one.png", ImageFiles.FlatPng(8, 8, 90));
        var network = new Network(GraphBuilder.Input(1, 8, 8).Linear(2).Build(), 1);
        var model = Model.Of(network, new Normalization([0.5f], [0.25f]), ["cat", "unsure"]);
        model.Save(file);
        model.With(new ConfidenceRule { Threshold = 0.9 }).Save(sure);
        Assert.Equal(ExitCode.Done, new TestCli().Run("predict", file, picture));
        foreach (string[] line in (string[][])
            [["predict", file, picture, "--min-confidence", "0.5"], ["predict", sure, picture], ["eval", file, "--sure", "90"]])
            TestCli.AssertFails(ExitCode.Data, "error: A class is called `unsure`", line);
    }

    [Fact]
    public void Without_validation_images_or_a_file_of_ones_own_nothing_is_kept()
    {
        Train("0");
        byte[] file = File.ReadAllBytes(Path.Combine(Run, RunFolder.ModelFile));
        TestCli.AssertFails(ExitCode.Data, "The training held no images out for validation", "eval", Run, "--temperature");
        TestCli.AssertFails(ExitCode.Data, "The training held no images out for validation", "eval", Run, "--sure", "90");
        Assert.Equal(file, File.ReadAllBytes(Path.Combine(Run, RunFolder.ModelFile)));
        string onnx = _files.Folder["model.onnx"];
        Pare.Export.Onnx.OnnxFile.Save(Model.Load(Run).Graph, onnx);
        TestCli.AssertFails(ExitCode.Data, "kept in a model's own file", "eval", onnx, "--data", _files.Data, "--temperature");
        string other = _files.Folder.Write("model.bin", file);
        TestCli.AssertFails(ExitCode.Data, "kept in a model's own file", "eval", other, "--data", _files.Data, "--temperature");
    }

    [Fact]
    public void A_wish_that_cannot_be_fulfilled_says_so()
    {
        Train("0.2");
        TestCli.AssertFails(ExitCode.Data, "No threshold makes 99.9 % of the answers right", "eval", Run, "--sure", "99.9");

        // Nor is the temperature then shown as if it had been kept.
        var both = new TestCli();
        Assert.Equal(ExitCode.Data, both.Run("eval", Run, "--temperature", "--sure", "99.9"));
        Assert.DoesNotContain("tempered", both.Out, StringComparison.Ordinal);
        Assert.Equal(1, Model.Load(Run).Confidence.Temperature);
    }

    [Fact]
    public void Every_section_has_its_table_and_its_part_of_the_report()
    {
        Train("0.2");
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("eval", Run, "--robust", "--sections", "calibration,confidence,strangers,flatness,attacks",
            "--strangers", "glyphs", "--eps", "0,8", "--attacked", "20"));
        foreach (string row in new[] { "calibration", "tempered", "coverage", "answers", "glyphs", "flatness", "8/255", "attacks" })
            Assert.Contains(row, cli.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, new TestCli().Run("report", Run));
        string page = File.ReadAllText(Path.Combine(Run, "report.html"));
        foreach (string title in new[] { "Calibration", "Not sure", "Out-of-distribution pictures", "Flatness", "Attacks" })
            Assert.Contains($"<h3>{title}</h3>", page, StringComparison.Ordinal);
        Assert.Contains("at least</th>", page, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, new TestCli().Run("eval", Run, "--robust", "--sections", "calibration,attacks", "--int8", "--eps", "8",
            "--attacked", "20"));
        Assert.True(RobustnessFile.Read(Path.Combine(Run, RunFolder.RobustnessFile))!.Networks[1].Attacks!.Transferred);
    }

    [Fact]
    public void Strangers_that_are_the_test_images_are_refused()
    {
        Train("0.2");
        TestCli.AssertFails(ExitCode.Data, "50 of 50 out-of-distribution pictures are test images", "eval", Run, "--robust",
            "--sections", "strangers", "--strangers", _files.Data);
        TestCli.AssertFails(ExitCode.Data, "There is nothing at this path", "eval", Run, "--robust", "--strangers", "nowhere");
    }

    [Theory]
    [InlineData("--sure is a percentage", "--sure", "100")]
    [InlineData("--sure is a percentage: above 1 and below 100, such as 99.5.", "--sure", "0.995")]
    [InlineData("--eps are whole numbers from 0 to 255", "--robust", "--eps", "8,256")]
    [InlineData("--eps are whole numbers from 0 to 255", "--robust", "--eps", "much")]
    [InlineData("--eps is for --robust", "--eps", "8")]
    [InlineData("--strangers is for --robust", "--strangers", "glyphs")]
    public void Options_that_cannot_be_are_refused(string error, params string[] options) =>
        TestCli.AssertFails(ExitCode.Usage, error, ["eval", "runs/a", .. options]);

    private void Train(string validation, string epochs = "12") => Assert.Equal(ExitCode.Done, new TestCli().Run("train", _files.Recipe,
        "--data", _files.Data, "--out", Run, "--epochs", epochs, "--set", $"training.validation={validation}"));
}
