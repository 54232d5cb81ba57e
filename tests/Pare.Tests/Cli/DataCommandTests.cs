using System.Text.Json;
using Pare.Cli;
using Pare.Tests.Support;

namespace Pare.Tests.Cli;

public sealed class DataCommandTests : IDisposable
{
    private readonly CliData _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_sound_data_set_is_counted_class_by_class()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("data", "check", _files.Data));
        Assert.Equal(
            """
            form      MNIST (IDX files)
            images    100 for training, 50 for testing
            sizes     8x8 (150)

            class  train  test
            0         10     5
            1         10     5
            """,
            string.Join('\n', cli.Out.Split('\n')[..7]));
        Assert.EndsWith("No fault that keeps it from being trained on.\n", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Test_images_among_the_training_images_are_named_and_end_with_exit_code_3()
    {
        string path = _files.Folder.Write("same", IdxFiles.Set());
        var cli = new TestCli();
        Assert.Equal(ExitCode.Data, cli.Run("data", "check", path));
        Assert.Contains("images in more than one part: 2\n  train[0] = test[0]\n", cli.Out, StringComparison.Ordinal);
        Assert.StartsWith("error: The data set has 2 images in more than one part.\n", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_says_what_a_training_holds_out_where_no_test_images_are_given()
    {
        const string Note = "note      no test images are given: a training holds 20 % of each class out for testing\n";
        byte[] Png(int value) => ImageFiles.FlatPng(8, 8, (byte)value);
        string classes =
            _files.Folder.Write("classes", [("a/1.png", Png(1)), ("a/2.png", Png(2)), ("b/1.png", Png(3)), ("b/2.png", Png(4))]);
        string parts = _files.Folder.Write("parts",
            [("train/a/1.png", Png(1)), ("train/b/1.png", Png(2)), ("test/a/1.png", Png(3)), ("test/b/1.png", Png(4))]);
        foreach ((string path, bool isTold) in new[] { (classes, true), (parts, false), (_files.Data, false) })
        {
            var cli = new TestCli(width: 200);
            Assert.Equal(ExitCode.Done, cli.Run("data", "check", path));
            Assert.Equal(isTold, cli.Out.Contains(Note, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_check_as_json_holds_all_that_was_found()
    {
        string path = _files.Folder.Write("same", IdxFiles.Set());
        var cli = new TestCli();
        Assert.Equal(ExitCode.Data, cli.Run("data", "check", path, "--json"));
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        JsonElement root = json.RootElement;
        Assert.Equal((path, false), (root.GetProperty("path").GetString(), root.GetProperty("clean").GetBoolean()));
        Assert.Equal(10, root.GetProperty("classes").GetArrayLength());
        Assert.Equal(6, root.GetProperty("sizes")[0].GetProperty("images").GetInt32());
        Assert.True(root.GetProperty("duplicates")[0].GetProperty("across_parts").GetBoolean());
        Assert.StartsWith("error: The data set has 2 images in more than one part.", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_download_finds_the_nearest()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("data", "download", "cifar"));
        Assert.Contains("Did you mean cifar10?", cli.Error, StringComparison.Ordinal);
    }
}
