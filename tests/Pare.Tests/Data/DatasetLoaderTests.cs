using Pare.Data;
using Pare.Tests.Support;

namespace Pare.Tests.Data;

public sealed class DatasetLoaderTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Glyphs_need_nothing() => Assert.Equal(DataKind.Glyphs, DatasetLoader.Find("glyphs", new DataLocations()).Kind);

    [Fact]
    public void A_given_path_wins_over_everything_and_is_recognised_by_looking()
    {
        string mnist = _folder.Write("numbers", IdxFiles.Set());
        string images = _folder.Write("pictures", Images());
        string zip = _folder.WriteZip("pictures.zip", Images());
        _folder.Write("all/mnist", IdxFiles.Set());

        Assert.Equal(new DataSource(DataKind.Mnist, mnist), Find("glyphs", given: mnist, environment: images));
        Assert.Equal(new DataSource(DataKind.ImageFolder, images), Find("mnist", given: images));
        Assert.Equal(new DataSource(DataKind.ImageFolder, zip), Find("mnist", given: zip));
        Assert.Equal(DataKind.Mnist, Find("mnist", given: _folder["all"]).Kind);
    }

    [Fact]
    public void Cifar_batches_are_recognised_in_a_folder_and_an_archive()
    {
        (string, byte[])[] files = [("cifar-10-batches-bin/data_batch_1.bin", [1])];

        Assert.Equal(DataKind.Cifar10, Find("x", given: _folder.Write("a", files)).Kind);
        Assert.Equal(DataKind.Cifar10, Find("x", given: _folder.WriteTarGz("b.tar.gz", files)).Kind);
    }

    [Fact]
    public void The_environment_comes_before_the_cache_as_the_data_set_or_the_folder_above()
    {
        string own = _folder.Write("own", IdxFiles.Set());
        string above = _folder["above"], inner = _folder.Write("above/mnist", IdxFiles.Set());
        string cached = _folder.Write("cache/mnist", IdxFiles.Set());
        string archive = _folder.WriteZip("above/birds.zip", Images());

        Assert.Equal(own, Find("mnist", environment: own, cache: _folder["cache"]).Path);
        Assert.Equal(inner, Find("mnist", environment: above, cache: _folder["cache"]).Path);
        Assert.Equal(cached, Find("mnist", cache: _folder["cache"]).Path);
        Assert.Equal(archive, Find("birds", environment: above).Path);
    }

    [Fact]
    public void The_environment_is_passed_over_where_it_holds_another_data_set()
    {
        string images = _folder.Write("pictures", Images());
        string cached = _folder.Write("cache/mnist", IdxFiles.Set());

        Assert.Equal(cached, Find("mnist", environment: images, cache: _folder["cache"]).Path);
        Assert.Equal(images, Find("pictures-of-mine", environment: images, cache: _folder["cache"]).Path);
    }

    [Fact]
    public void What_is_not_found_tells_where_it_was_looked_for_and_what_to_do()
    {
        DataException error = Assert.Throws<DataException>(() => Find("mnist", environment: _folder["nowhere"], cache: _folder.Root));

        Assert.Contains("`mnist` is not found", error.Message);
        Assert.Contains(_folder["nowhere"], error.Where);
        Assert.Contains(_folder.Root, error.Where);
        Assert.Equal("Run `pare data download mnist`, or say where it lies.", error.Remedy);
        Assert.DoesNotContain("download", Assert.Throws<DataException>(() => Find("birds")).Remedy);
    }

    [Fact]
    public void A_given_path_with_nothing_known_is_refused()
    {
        _folder.Write("a/readme.txt", [1]);

        Assert.Contains("known form", Assert.Throws<DataException>(() => Find("mnist", given: _folder["a"])).Message);
        Assert.Contains("known form", Assert.Throws<DataException>(() => Find("mnist", given: _folder["a/readme.txt"])).Message);
        Assert.Contains("nothing at this path", Assert.Throws<DataException>(() => Find("mnist", given: _folder["b"])).Message);
    }

    [Fact]
    public void Pictures_in_no_class_are_refused_with_what_they_lack()
    {
        string folder = _folder.Write("flat", Loose());
        string zip = _folder.WriteZip("flat.zip", Loose());

        _folder.Write("other/readme.txt", [1]);

        Assert.Contains("in no class's folder", Remedy(folder));
        Assert.Contains("in no class's folder", Remedy(zip));
        Assert.Contains("a single picture", Remedy(Path.Combine(folder, "0.png")));
        Assert.Contains("<class>/<image>", Remedy(_folder["other"]));

        string Remedy(string given) => Assert.Throws<DataException>(() => Find("folder", given: given)).Remedy;

        static (string, byte[])[] Loose() => [("0.png", ImageFiles.FlatPng(2, 2, 0)), ("1.png", ImageFiles.FlatPng(2, 2, 1))];
    }

    [Fact]
    public void A_name_that_is_a_path_is_not_looked_for_in_the_cache()
    {
        _folder.Write("mnist", IdxFiles.Set());
        Directory.CreateDirectory(_folder["cache"]);

        Assert.Throws<DataException>(() => Find("../mnist", cache: _folder["cache"]));
    }

    [Fact]
    public void What_is_found_is_read()
    {
        Dataset data = DatasetLoader.Load("mnist", _folder.Write("a", IdxFiles.Set()));
        Assert.Equal(("mnist", 4), (data.Name, data.Train.Count));

        data = DatasetLoader.Load("x", _folder.Write("b", Images()), new ImageFolderOptions { Channels = 3, Height = 5, Width = 4 });
        Assert.Equal((3, 5, 4), (data.Train.Channels, data.Train.Height, data.Train.Width));
    }

    [Fact]
    public void The_cache_lies_below_an_absolute_xdg_folder_or_the_platforms_own()
    {
        Assert.Equal(_folder["pare"], DataLocations.CacheFolder(_folder.Root));
        string own = DataLocations.CacheFolder(null);
        Assert.True(Path.IsPathFullyQualified(own));
        Assert.Equal("pare", Path.GetFileName(own));
        Assert.Equal(own, DataLocations.CacheFolder("relative"));
    }

    private static (string, byte[])[] Images() =>
        [
            .. from label in new[] { "a", "b" } from i in Enumerable.Range(0, 3)
            select ($"{label}/{i}.png", ImageFiles.FlatPng(2, 2, (byte)i)),
        ];

    private static DataSource Find(string name, string? given = null, string? environment = null, string? cache = null) =>
        DatasetLoader.Find(name, new DataLocations { Given = given, Environment = environment, Cache = cache });
}
