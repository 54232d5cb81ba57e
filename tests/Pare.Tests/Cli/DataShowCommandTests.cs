using Pare.Cli;
using StbImageSharp;

namespace Pare.Tests.Cli;

public sealed class DataShowCommandTests : IDisposable
{
    private readonly CliData _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_sheet_is_written_and_the_seed_decides_it()
    {
        string path = Path.Combine(_files.Folder.Root, "sheet.png");
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, Show(cli, path, "1"));
        Assert.Contains("10, random_crop, mixup", cli.Out + cli.Error, StringComparison.Ordinal);
        byte[] first = File.ReadAllBytes(path);
        ImageResult sheet = ImageResult.FromMemory(first, ColorComponents.RedGreenBlue);

        // 8 columns of 128 pixels, two rows with two lines of text each; 16 pixels between.
        Assert.Equal(((8 * 144) + 16, (2 * (144 + 28)) + 16), (sheet.Width, sheet.Height));
        Assert.Equal(ExitCode.Done, Show(new TestCli(), path, "1"));
        Assert.Equal(first, File.ReadAllBytes(path));
        Assert.Equal(ExitCode.Done, Show(new TestCli(), path, "2"));
        Assert.NotEqual(first, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(_files.Folder.Root, "sheet*"));
    }

    [Fact]
    public void A_file_that_is_no_png_is_not_replaced()
    {
        string recipe = File.ReadAllText(_files.Recipe);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Failed, Show(cli, _files.Recipe, "1"));
        Assert.Contains("There is a file of this name that is no PNG: it is not replaced.", cli.Error, StringComparison.Ordinal);
        Assert.Equal(recipe, File.ReadAllText(_files.Recipe));
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_named_and_nothing_is_left()
    {
        string path = Path.Combine(_files.Recipe, "sheet.png");
        var cli = new TestCli();
        Assert.Equal(ExitCode.Failed, Show(cli, path, "1"));
        Assert.Contains("sheet.png", cli.Error, StringComparison.Ordinal);
        Assert.Contains("--out", cli.Error, StringComparison.Ordinal);
    }

    private int Show(TestCli cli, string path, string seed) => cli.Run(
        "data", "show", _files.Recipe, "--data", _files.Data, "--seed", seed, "--count", "10", "--out", path,
        "--set", "techniques.mixup=1", "--set", "techniques.random_crop=2");
}
