using System.Text.Json;
using Pare.Cli;
using Pare.Inference;

namespace Pare.Tests.Cli;

public sealed class ExportCommandTests : IDisposable
{
    private readonly CliData _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_run_is_written_in_both_forms_and_each_is_held_against_the_trainer_on_the_test_images()
    {
        string run = Train(), folder = PathOf("shipped");
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("export", run, "--to", "onnx,safetensors", "--data", _files.Data, "--out", folder, "--json"));
        using JsonDocument result = JsonDocument.Parse(cli.Out);
        JsonElement[] forms = [.. result.RootElement.GetProperty("forms").EnumerateArray()];
        Assert.Equal(["trainer", "Pare", "onnx", "safetensors"], forms.Select(static form => form.GetProperty("name").GetString()!));
        Assert.Equal(50, result.RootElement.GetProperty("images").GetInt32());
        Assert.All(forms, static form => Assert.Equal(1, form.GetProperty("agreement").GetDouble()));
        Assert.Single(forms.Select(static form => form.GetProperty("accuracy").GetDouble()).Distinct());

        // What was written goes on without the run, and an ONNX file is a model as well.
        Assert.Equal(10, Model.Load(Path.Combine(folder, "run.onnx")).Classes.Count);
        var origin = Model.Load(run).Origin;
        Assert.Equal(origin with { RecipeText = null, PareVersion = null }, Model.Load(Path.Combine(folder, "run.onnx")).Origin);
        TestCli card = new(), again = new();
        Assert.Equal(ExitCode.Done, card.Run("inspect", Path.Combine(folder, "run.onnx")));
        Assert.Contains($"{origin.Recipe}, seed {origin.Seed}", card.Out, StringComparison.Ordinal);
        Assert.Contains($"{origin.Data}, fingerprint {origin.DataFingerprint}", card.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done,
            again.Run("export", Path.Combine(folder, "run.onnx"), "--to", "onnx", "--with-preprocessing", "--samples", "20", "--out",
            PathOf("again")));
        Assert.Contains("20 of noise", again.Out, StringComparison.Ordinal);
        Assert.Contains($"next      pare predict {Path.Combine(PathOf("again"), "run.onnx")} PICTURE", again.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_written_over_and_what_cannot_be_written_is_said()
    {
        string run = Train(), folder = PathOf("shipped");
        Assert.Equal(ExitCode.Done, new TestCli().Run("export", run, "--to", "onnx", "--samples", "5", "--out", folder));
        byte[] before = File.ReadAllBytes(Path.Combine(folder, "run.onnx"));
        AssertFails(ExitCode.Usage, "nothing is written over", "export", run, "--to", "onnx", "--samples", "5", "--out", folder);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(folder, "run.onnx")));
        AssertFails(ExitCode.Usage, "not `tflite`", "export", run, "--to", "tflite");
        AssertFails(ExitCode.Usage, "--to", "export", run);
        AssertFails(ExitCode.Usage, "do not go together", "export", run, "--to", "onnx", "--samples", "5", "--data", _files.Data);
        AssertFails(ExitCode.Usage, "--agreement", "export", run, "--to", "onnx", "--agreement", "101");
        AssertFails(ExitCode.Failed, "cannot be made", "export", run, "--to", "onnx", "--samples", "5", "--out",
            Path.Combine(_files.Recipe, "below-a-file"));
        AssertFails(ExitCode.Usage, "no run here", "export", PathOf("none"), "--to", "onnx");
    }

    private static void AssertFails(int code, string text, params string[] args)
    {
        var cli = new TestCli();
        Assert.Equal(code, cli.Run(args));
        Assert.Contains(text, cli.Error, StringComparison.Ordinal);
    }

    private string Train()
    {
        Assert.Equal(ExitCode.Done, new TestCli()
            .Run("train", _files.Recipe, "--data", _files.Data, "--epochs", "1", "--out", PathOf("run")));
        return PathOf("run");
    }

    private string PathOf(string name) => Path.Combine(_files.Folder.Root, name);
}
