using Pare.Data;
using Pare.Tests.Support;

namespace Pare.Tests.Data;

public sealed class PictureSetTests : IDisposable
{
    private readonly DataFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Pictures_of_any_size_and_depth_become_the_networks()
    {
        _files.Write("pictures/b/deep/1.png", ImageFiles.FlatPng(9, 5, 40));
        _files.Write("pictures/2.png", ImageFiles.FlatPng(3, 3, 80));
        _files.Write("pictures/notes.txt", [1]);
        foreach (int channels in new[] { 1, 3 })
        {
            ImageSet set = PictureSet.Load(_files["pictures"], channels, 4, 6);
            Assert.Equal((2, channels, 4, 6), (set.Count, set.Channels, set.Height, set.Width));
            Assert.Equal([40, 80], Enumerable.Range(0, 2).Select(i => (int)set.Image(i)[0]).Order());
        }

        Assert.Equal(1, PictureSet.Load(_files["pictures"], 1, 4, 6, most: 1).Count);
    }

    [Fact]
    public void A_data_set_gives_its_test_images()
    {
        ImageSet glyphs = Glyphs.Create().Test, same = PictureSet.Load("glyphs", 1, 28, 28);
        ImageSet colour = PictureSet.Load("glyphs", 3, 14, 14, most: 7);
        Assert.Equal(glyphs.Count, same.Count);
        Assert.Equal(glyphs.Image(5), same.Image(5));
        Assert.Equal((7, 3 * 14 * 14), (colour.Count, colour.Image(0).Length));
    }

    [Fact]
    public void Links_are_followed_and_one_that_leads_nowhere_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A link may need rights there.");
        _files.Write("pictures/0.png", ImageFiles.FlatPng(4, 6, 40));
        File.CreateSymbolicLink(_files["pictures/link.png"], "0.png");
        Assert.Equal(2, PictureSet.Load(_files["pictures"], 1, 4, 6).Count);
        File.CreateSymbolicLink(_files["pictures/gone.png"], "none.png");
        Assert.Contains("it is a link to `none.png`",
            Assert.Throws<DataException>(() => PictureSet.Load(_files["pictures"], 1, 4, 6)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_holds_no_picture_is_refused()
    {
        Assert.Throws<DataException>(() => PictureSet.Load(_files["nowhere"], 1, 4, 6));
        _files.Write("empty/notes.txt", [1]);
        Assert.Throws<DataException>(() => PictureSet.Load(_files["empty"], 1, 4, 6));
        _files.Write("bad/1.png", [1, 2, 3]);
        Assert.Throws<DataException>(() => PictureSet.Load(_files["bad"], 1, 4, 6));
        Assert.Throws<DataException>(() => PictureSet.Load("glyphs", 2, 4, 6));
    }
}
