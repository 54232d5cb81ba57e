using Pare.Cli;
using Pare.Data;
using Pare.Tests.Cli;
using Pare.Tests.Support;

namespace Pare.Tests.Data;

public sealed class DataCheckTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Classes_sizes_unreadable_files_and_duplicates_are_counted_and_named()
    {
        byte[] rgb = [1, 1, 1, 2, 2, 2];
        string path = _folder.Write("a", [
            ("train/a/0.png", ImageFiles.FlatPng(2, 3, 10)), ("train/a/1.png", ImageFiles.FlatPng(2, 3, 11)),
            ("train/a/2.png", ImageFiles.Png(1, 2, 1, [1, 2])),
            ("train/a/broken.png", [1, 2, 3]), ("train/b/0.png", ImageFiles.FlatPng(2, 3, 10)),
            ("train/b/1.png", ImageFiles.FlatPng(3, 2, 10)),
            ("test/a/0.bmp", ImageFiles.Bmp(1, 2, rgb)), ("test/b/0.png", ImageFiles.FlatPng(2, 3, 14)), ("test/b/notes.txt", [1]),
        ]);

        DataCheckReport report = DataCheck.Run(path);

        Assert.Equal([new ClassCount("a", 4, 1), new ClassCount("b", 2, 1)], report.Classes);
        Assert.Equal([new SizeCount(3, 2, 4), new SizeCount(2, 1, 2), new SizeCount(2, 3, 1)], report.Sizes);
        Assert.Equal([new UnreadableFile("train/a/broken.png", "it is neither PNG, JPEG nor BMP")], report.Unreadable);
        Assert.Equal(2, report.Duplicates.Count);
        Assert.Equal(["test/a/0.bmp", "train/a/2.png"], report.Duplicates[0].Images);
        Assert.Equal((true, false), (report.Duplicates[0].IsAcrossParts, report.Duplicates[0].IsAcrossClasses));
        Assert.Equal(["train/a/0.png", "train/b/0.png"], report.Duplicates[1].Images);
        Assert.Equal((false, true), (report.Duplicates[1].IsAcrossParts, report.Duplicates[1].IsAcrossClasses));
        Assert.Contains("1 file left out", Assert.Single(report.Notes));
        Assert.False(report.IsClean);
    }

    [Fact]
    public void A_layout_that_cannot_be_trained_on_is_reported_and_not_thrown()
    {
        string path = _folder.Write("a", [("a/0.png", ImageFiles.FlatPng(2, 2, 1)), ("b/0.txt", [1])]);

        DataCheckReport report = DataCheck.Run(path);

        Assert.Equal("The class `b` has no images.", Assert.Single(report.Problems));
        Assert.Equal([new ClassCount("a", 1, 0), new ClassCount("b", 0, 0)], report.Classes);
        Assert.False(report.IsClean);
    }

    [Fact]
    public void A_sound_set_is_clean()
    {
        string path = _folder.WriteTarGz("a.tar.gz", [("a/0.png", ImageFiles.FlatPng(2, 2, 1)), ("b/0.png", ImageFiles.FlatPng(2, 2, 2))]);

        Assert.True(DataCheck.Run(path).IsClean);
    }

    [Fact]
    public void Images_of_mnists_form_are_named_by_their_number()
    {
        DataCheckReport report = DataCheck.Run(_folder.Write("mnist", IdxFiles.Set()));

        Assert.Equal(new SizeCount(5, 3, 6), Assert.Single(report.Sizes));
        Assert.Equal([["train[0]", "test[0]"], ["train[1]", "test[1]"]], report.Duplicates.Select(group => group.Images));
        Assert.All(report.Duplicates, group => Assert.True(group.IsAcrossParts));
        Assert.Equal(new ClassCount("9", 1, 0), report.Classes[9]);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("train/,test/", true)]
    [InlineData("train/,test/,valid/", false)]
    public void Copies_that_a_split_may_divide_are_told_from_others(string parts, bool mayBeDivided)
    {
        string path = _folder.Write("set", parts.Split(',').SelectMany(static (part, p) => Enumerable.Range(0, 6).Select(i =>
            ($"{part}{"ab"[i % 2]}/{i}.png", ImageFiles.FlatPng(2, 2, (byte)((40 * p) + Math.Min(i, 3)))))));

        DataCheckReport report = DataCheck.Run(path);

        Assert.Equal(parts.Split(',').Length, report.Duplicates.Count);
        Assert.Equal(mayBeDivided ? 1 : 0, report.Duplicates.Count(static group => group.MayBeDivided));
        var cli = new TestCli();
        cli.Run("data", "check", path);
        Assert.Equal(mayBeDivided, cli.Out.Contains("copies of an image come to lie on both sides", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a/1.png", true)]
    [InlineData("b/1.png", false)]
    public void A_picture_under_two_labels_is_a_fault_and_a_copy_within_a_class_is_none(string copy, bool isClean)
    {
        string path = _folder.Write("set", [
            ("train/a/0.png", ImageFiles.FlatPng(2, 2, 1)), ($"train/{copy}", ImageFiles.FlatPng(2, 2, 1)),
            ("train/b/0.png", ImageFiles.FlatPng(2, 2, 2)), ("test/a/0.png", ImageFiles.FlatPng(2, 2, 3)),
            ("test/b/0.png", ImageFiles.FlatPng(2, 2, 4)),
        ]);
        Assert.Equal(isClean, DataCheck.Run(path).IsClean);
        var cli = new TestCli();
        Assert.Equal(isClean ? ExitCode.Done : ExitCode.Data, cli.Run("data", "check", path));
        Assert.Equal(isClean, cli.Error.Length == 0);
        if (!isClean) Assert.StartsWith("error: The data set has 1 image under different classes.\n", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_place_without_data_is_refused() => Assert.Throws<DataException>(() => DataCheck.Run(_folder.Root));
}
