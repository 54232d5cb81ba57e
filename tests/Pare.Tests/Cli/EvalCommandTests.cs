using System.Text.Json;
using Pare.Cli;
using Pare.Runs;

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
        Assert.Equal("class  images  accuracy  most often taken for", lines[4]);
        Assert.Equal(Enumerable.Range(0, 10).Select(static label => $"{label}           5"), lines[5..].Select(static line => line[..13]));
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
        Assert.Equal(Math.Round(50 * json.RootElement.GetProperty("accuracy").GetDouble()), Enumerable.Range(0, 10)
            .Sum(label => rows[label][label]));
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
        Assert.Equal($"error: There is no run here.\nwhere: {_files.Folder["rnu"]}\n  fix: Did you mean {Run}?\n", cli.Error);
    }

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

    private void Train() =>
        Assert.Equal(ExitCode.Done, new TestCli().Run("train", _files.Recipe, "--data", _files.Data, "--out", Run, "--epochs", "1"));
}
