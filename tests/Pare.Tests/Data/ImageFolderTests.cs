using Pare.Data;
using Pare.Tests.Support;

namespace Pare.Tests.Data;

public sealed class ImageFolderTests : IDisposable
{
    private static readonly ImageFolderOptions Small = new() { Channels = 1, Height = 2, Width = 2 };

    private readonly DataFolder _folder = new();

    private static ImageFolderOptions Divided(int seed) => Small with { Split = new() { Seed = seed } };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_and_test_are_read_alike_from_a_folder_and_every_archive()
    {
        (string, byte[])[] files = [.. Parts()];
        (string, byte[])[] wrapped = [.. Parts().Select(file => ($"./pets/{file.Name}", file.Bytes)).Reverse()];
        string[] paths =
        [
            _folder.Write("pets", files), _folder.WriteZip("pets.zip", files), _folder.WriteTar("pets.tar", files),
            _folder.WriteTarGz("pets.tar.gz", files), _folder.WriteTarGz("wrapped.tgz", wrapped), _folder.WriteZip("wrapped.zip", wrapped),
        ];

        foreach (string path in paths)
        {
            Dataset data = ImageFolder.Load(path, Small);

            // Ordinal: capital letters come first.
            Assert.Equal(["Zebra", "cat", "dog"], data.Train.Classes);
            Assert.Equal([0, 1, 1, 2], data.Train.Labels.ToArray());
            Assert.Equal([50, 10, 11, 30], Enumerable.Range(0, 4).Select(i => data.Train.Image(i)[0]));
            Assert.Equal([0, 1, 2], data.Test.Labels.ToArray());
            Assert.Equal([60, 20, 40], Enumerable.Range(0, 3).Select(i => data.Test.Image(i)[3]));
            Assert.Empty(data.Notes);
        }

        Assert.Equal("pets", ImageFolder.Load(paths[3], Small).Name);
    }

    [Fact]
    public void The_first_training_image_gives_the_size_that_is_left_open()
    {
        string path = _folder.Write("a", [
            ("test/a/0.png", ImageFiles.FlatPng(9, 9, 1, channels: 3)), ("test/b/0.png", ImageFiles.FlatPng(9, 9, 1)),
            ("train/a/0.png", ImageFiles.Png(2, 3, 1, [1, 2, 3, 4, 5, 6], orientation: 6)),
            ("train/b/0.png", ImageFiles.FlatPng(9, 9, 1, channels: 3)),
        ]);

        ImageSet train = ImageFolder.Load(path).Train;
        Assert.Equal((1, 3, 2), (train.Channels, train.Height, train.Width));

        train = ImageFolder.Load(path, new ImageFolderOptions { Channels = 3, Width = 5 }).Train;
        Assert.Equal((3, 3, 5), (train.Channels, train.Height, train.Width));
    }

    [Theory]
    [InlineData(2, 4, 0, 0, null)]
    [InlineData(2, 4, 3, 3, null)]
    [InlineData(3, 4, 0, 0, "; of 4 that were looked at, 1 is of another size")]
    [InlineData(3, 4, 0, 4, "; of 4 that were looked at, 1 is of another size")]
    [InlineData(3, 4, 2, 0, null)]
    [InlineData(2, 300, 2, 300, null)]
    public void A_size_that_nobody_chose_is_noted_where_it_is_not_that_of_all(int rows, int columns, int height, int width, string? note)
    {
        string path = _folder.Write("a", [.. new[] { "train/a/0", "train/b/0", "test/a/0" }
            .Select(static name => ($"{name}.png", ImageFiles.FlatPng(2, 4, 1))), ("test/b/0.png", ImageFiles.FlatPng(rows, columns, 1))]);
        string[] notes = [.. ImageFolder.Load(path, new ImageFolderOptions { Height = height, Width = width }).Notes];
        if (note is null) Assert.Empty(notes);
        else Assert.Contains(note + ". Another size is chosen by ImageFolderOptions.Height and Width.", Assert.Single(notes));
    }

    [Fact]
    public void A_large_size_that_nobody_chose_is_noted()
    {
        string path = _folder.Write("a", [.. new[] { "train/a/0", "train/b/0", "test/a/0", "test/b/0" }
            .Select(static name => ($"{name}.png", ImageFiles.FlatPng(2, 257, 1)))]);
        Assert.Equal("The images are made 2x257, rows by columns, as the first training image is. Another size is chosen by " +
            "ImageFolderOptions.Height and Width.", Assert.Single(ImageFolder.Load(path).Notes));
    }

    [Fact]
    public void Without_test_images_a_part_of_each_class_is_held_out_and_said()
    {
        string path = _folder.Write("a", Classes(("a", 10), ("b", 20)));

        Dataset data = ImageFolder.Load(path, Divided(3));
        Dataset again = ImageFolder.Load(path, Divided(3));
        Dataset other = ImageFolder.Load(path, Divided(4));

        Assert.True(data.IsTestDrawn);
        Assert.Equal(30, First(data.Train).Concat(First(data.Test)).Distinct().Count());
        Assert.Equal(First(data.Test), First(again.Test));
        Assert.NotEqual(First(data.Test), First(other.Test));
        string note = Assert.Single(data.Notes);
        Assert.Contains($"{data.Test.Count} of 30 images are held out for testing, image by image, 20 % of each class, split seed 3", note);
        Assert.Equal((3L, 3L), (data.Split.Seed, data.Split.Seed));
        Assert.True(ImageFolder.Load(path, Small with { Split = new() { Test = 0.9f } }).Test.Count > 15);
    }

    [Fact]
    public void Files_that_come_and_go_move_no_other_across_the_split()
    {
        (string Name, byte[] Bytes)[] files = [.. Classes(("a", 40), ("b", 40))];
        var random = new SeededRandom(1);
        HashSet<string> tested = Tested("whole", files), all = [.. files.Select(static file => file.Name)];
        for (int round = 0; round < 10; round++)
        {
            (string Name, byte[] Bytes)[] some =
                [.. files.Where(_ => random.NextInt(4) > 0), .. Enumerable.Range(0, 20)
                .Select(i => ($"b/new{round}-{i}.png", ImageFiles.FlatPng(2, 2, 7)))];

            HashSet<string> now = Tested($"round{round}", some);

            Assert.Equal(tested.Intersect(some.Select(static file => file.Name)).Order(), now.Intersect(all).Order());
            Assert.Contains(now, static name => name.StartsWith("b/new", StringComparison.Ordinal));
        }

        HashSet<string> Tested(string name, (string, byte[])[] content)
        {
            HashSet<string> names = [.. ImageFolder.Load(_folder.Write(name, content), Small).Test.Names];
            Assert.Contains(names, static name => name.StartsWith("a/", StringComparison.Ordinal));
            return names;
        }
    }

    [Fact]
    public void The_split_hangs_on_the_tree_alone_not_on_where_it_lies()
    {
        (string Name, byte[] Bytes)[] files = [.. Classes(("café", 20), ("dog", 20))];
        string[] paths =
        [
            _folder.Write("a", files), _folder.WriteZip("b.zip", files),
            _folder.WriteTarGz("c.tgz", [.. files.Reverse().Select(static file => ($"./pets/{file.Name}", file.Bytes))]),
            _folder.Write("d", files.Select(static file => ($"train/{file.Name}", file.Bytes))),
        ];

        Dataset[] data = [.. paths.Select(path => ImageFolder.Load(path, Small))];

        Assert.NotEmpty(data[0].Test.Names);
        Assert.All(data, other => Assert.Equal(data[0].Test.Names, other.Test.Names));
        Assert.All(data, other => Assert.Equal(data[0].Fingerprint, other.Fingerprint));
    }

    [Fact]
    public void A_group_stands_on_one_side_and_an_image_without_one_is_named()
    {
        string path =
            _folder.Write("a", Enumerable.Range(0, 60)
            .Select(static i => ($"{(i % 2 == 0 ? "cat" : "dog")}/owner{i % 7}-{i}.png", ImageFiles.FlatPng(2, 2, (byte)i))));

        Dataset data = ImageFolder.Load(path, Small with { Split = new() { Group = "/(owner[0-9]+)-", Test = 0.3f } });

        string[] Owners(IEnumerable<string> names) => [.. names.Select(static name => name.Split('/', '-')[1]).Distinct()];
        Assert.Empty(Owners(data.Train.Names).Intersect(Owners(data.Test.Names)));
        IndexSplit split = Split.Validation(data, 0.3);
        Assert.Empty(Owners(split.Train.Select(i => data.Train.Names[i]))
            .Intersect(Owners(split.Validation.Select(i => data.Train.Names[i]))));
        Assert.NotEmpty(split.Validation);
        DataException error =
            Assert.Throws<DataException>(() => ImageFolder.Load(path, Small with { Split = new() { Group = "/(person[0-9]+)-" } }));
        Assert.Contains("60 of 60 images belong to no group", error.Message);
        Assert.Contains("cat/owner0-0.png", error.Message);
    }

    [Fact]
    public void To_measure_a_network_a_test_part_alone_one_class_and_gaps_will_do()
    {
        ImageFolderOptions measuring = Small with { ForEvaluation = true };
        (string Folder, int Count)[][] layouts =
        [
            [("test/a", 2), ("test/b", 1)], [("valid/a", 2), ("valid/b", 1)],
                [("train/a", 3), ("train/b", 2), ("test/a", 2), ("test/b", 1)],
        ];
        foreach ((string Folder, int Count)[] layout in layouts)
        {
            string path = _folder.Write($"parts{layout.Length}{layout[0].Folder[..1]}", Classes(layout));
            Dataset data = ImageFolder.Load(path, measuring);
            Assert.Equal((3, false), (data.Test.Count, data.IsTestDrawn));
        }

        Assert.Equal(2, ImageFolder.Load(_folder.Write("c", Classes(("train/a", 3), ("train/b", 2), ("test/a", 2))), measuring).Test.Count);
        Dataset one = ImageFolder.Load(_folder.Write("d", Classes(("a", 1))), measuring);
        Assert.Equal((1, 0), (one.Train.Count, one.Test.Count));
        Assert.Throws<DataException>(() => ImageFolder.Load(_folder["partsd"], measuring));
        Assert.Throws<DataException>(() => ImageFolder.Load(_folder["parts2t"], Small));
    }

    [Fact]
    public void What_cannot_be_spared_is_trained_on_and_said()
    {
        Dataset data = ImageFolder.Load(_folder.Write("a", Classes(("a", 1), ("b", 2))), Small);

        Assert.Equal(["b"], data.Test.Names.Select(static name => name[..1]));
        Assert.Contains(data.Notes, static note => note.StartsWith("The class `a` is not tested", StringComparison.Ordinal));
        DataException error = Assert.Throws<DataException>(() => ImageFolder.Load(_folder.Write("b", Classes(("a", 1), ("b", 1))), Small));
        Assert.Contains("No image can be held out", error.Message);
    }

    [Fact]
    public void A_train_folder_alone_is_split_and_no_class()
    {
        string path = _folder.Write("a", Classes(("train/a", 5), ("train/b", 5)));

        Dataset data = ImageFolder.Load(path, Small);

        Assert.Equal(["a", "b"], data.Train.Classes);
        Assert.Equal(10, data.Train.Count + data.Test.Count);
        Assert.True(data.IsTestDrawn);
    }

    [Fact]
    public void A_class_may_be_called_train()
    {
        string path = _folder.Write("a", Classes(("train", 5), ("car", 5)));

        Assert.Equal(["car", "train"], ImageFolder.Load(path, Small).Train.Classes);
    }

    [Fact]
    public void Validation_images_stand_in_for_test_images_and_are_the_validation_side_beside_them()
    {
        Dataset data = ImageFolder.Load(_folder.Write("a", Classes(("train/a", 2), ("train/b", 2), ("val/a", 1), ("val/b", 1))), Small);
        Assert.Equal(2, data.Test.Count);
        Assert.Contains("`val`", Assert.Single(data.Notes));

        (string, byte[])[] files = [.. Classes(("train/a", 2), ("train/b", 2), ("valid/a", 3), ("test/a", 1), ("test/b", 1))];
        foreach (string path in new[] { _folder.Write("b", files), _folder.WriteZip("b.zip", files) })
        {
            data = ImageFolder.Load(path, Small);
            IndexSplit split = Split.Validation(data, 0);
            Assert.Equal((4, 3, 2), (split.Train.Length, split.Validation.Length, data.Test.Count));
            Assert.Equal(["validation/a/0.png", "validation/a/1.png", "validation/a/2.png"],
                split.Validation.Select(i => data.Train.Names[i]));
            Assert.Equal(["test/a/0.png", "test/b/0.png"], data.Test.Names);
            Assert.False(data.IsTestDrawn);
            Assert.Contains(data.Notes, static note => note == "The class `b` is missing from `valid`.");
        }
    }

    [Fact]
    public void Groups_that_a_data_set_puts_on_two_sides_are_refused()
    {
        string path = _folder.Write("a", [
            ("train/a/p1-0.png", ImageFiles.FlatPng(2, 2, 1)), ("train/b/p2-0.png", ImageFiles.FlatPng(2, 2, 2)),
            ("test/a/p3-0.png", ImageFiles.FlatPng(2, 2, 3)), ("test/b/p2-1.png", ImageFiles.FlatPng(2, 2, 4)),
        ]);

        DataException error =
            Assert.Throws<DataException>(() => ImageFolder.Load(path, Small with { Split = new() { Group = "/(p[0-9])-" } }));

        Assert.Equal("The group `p2` stands in `test` and in `train`, with train/b/p2-0.png.", error.Message);
        Assert.Equal(2, ImageFolder.Load(path, Small with { Split = new() { Group = "([a-z]+/[ab]/p[0-9])-" } }).Test.Count);
    }

    [Fact]
    public void Hidden_files_other_files_and_stray_images_are_counted_and_left_out()
    {
        string path = _folder.WriteZip("a.zip", [
            .. Classes(("x/a", 5), ("x/b", 5)), ("x/a/.DS_Store", [1]), ("__MACOSX/x/a/._0.png", [1]), ("x/a/readme.txt", [1]),
            ("x/.cache/c/0.png", [1]),
        ]);

        Dataset data = ImageFolder.Load(path, Small);

        Assert.Equal(10, data.Train.Count + data.Test.Count);
        Assert.Equal(["a", "b"], data.Train.Classes);
        Assert.Contains(data.Notes, note =>
            note.StartsWith("3 hidden or system files and folders left out: `__MACOSX`", StringComparison.Ordinal));
        Assert.Contains(data.Notes, note => note.StartsWith("1 file left out", StringComparison.Ordinal));

        data = ImageFolder.Load(_folder.Write("b", [.. Classes(("a", 5), ("b", 5)), ("stray.png", ImageFiles.FlatPng(2, 2, 1))]), Small);
        Assert.Contains(data.Notes, note => note.StartsWith("1 image left out", StringComparison.Ordinal));
    }

    [Fact]
    public void Images_of_any_kind_and_size_are_brought_to_one()
    {
        string path = _folder.Write("a", [
            ("train/a/0.JPG", ImageFiles.Jpeg(3, 2, [.. Enumerable.Repeat((byte)90, 6)])),
            ("train/b/0.bmp", ImageFiles.Bmp(1, 1, [90, 90, 90])),
            ("test/a/0.jpeg", ImageFiles.FlatPng(40, 3, 90)), ("test/b/0.png", ImageFiles.FlatPng(5, 5, 90, channels: 3)),
        ]);

        Dataset data = ImageFolder.Load(path, new ImageFolderOptions { Channels = 3, Height = 6, Width = 4 });

        for (int i = 0; i < 2; i++)
        {
            Assert.All(data.Train.Image(i).ToArray(), value => Assert.Equal(90, value));
            Assert.All(data.Test.Image(i).ToArray(), value => Assert.Equal(90, value));
        }
    }

    [Fact]
    public void An_image_that_does_not_decode_is_named_with_its_folder_or_archive()
    {
        (string, byte[])[] files = [.. Classes(("a", 3), ("b", 3)), ("b/broken.png", "no image"u8.ToArray())];
        string folder = _folder.Write("a", files), archive = _folder.WriteTarGz("a.tar.gz", files);

        Assert.Equal(Path.Combine(folder, "b/broken.png"), Refused(folder, "neither PNG").Where);
        Assert.Equal($"{archive}: b/broken.png", Refused(archive, "neither PNG").Where);
    }

    [Fact]
    public void Of_several_broken_images_the_first_is_named_and_all_are_counted()
    {
        string path = _folder.Write("a", [.. Classes(("a", 200), ("b", 3)), ("a/y.png", [1]), ("a/x.png", [1]), ("b/x.png", [1])]);

        DataException error = Refused(path, "3 images do not decode");

        Assert.EndsWith("a/x.png", error.Where, StringComparison.Ordinal);
        Assert.Contains("pare data check", error.Remedy);
    }

    [Fact]
    public void A_class_without_images_is_refused_and_named()
    {
        string path = _folder.Write("a", [.. Classes(("a", 2), ("b", 2)), ("c/notes.txt", [1])]);
        Directory.CreateDirectory(_folder["b/d"]);
        _folder.Write("b", Classes(("a", 2), ("b", 2)));

        Refused(path, "`c` has no images");
        Refused(_folder["b"], "`d` has no images");
    }

    [Fact]
    public void Parts_with_other_classes_are_refused() =>
        Refused(_folder.Write("a", Classes(("train/a", 1), ("train/b", 1), ("test/a", 1), ("test/c", 1))), "`c` is missing from `train`");

    [Fact]
    public void A_class_emptied_by_its_part_is_refused()
    {
        string path = _folder.Write("a", Classes(("train/a", 1), ("train/b", 1), ("test/a", 1)));
        Directory.CreateDirectory(Path.Combine(path, "test", "b"));

        DataException error = Refused(path, "`b` has no images");

        Assert.Contains("test/b", error.Where);
    }

    [Fact]
    public void One_class_is_refused() => Refused(_folder.Write("a", Classes(("a", 3))), "only one class");

    [Fact]
    public void Images_outside_any_class_are_refused() =>
        Refused(_folder.Write("a", [("0.png", ImageFiles.FlatPng(2, 2, 1))]), "no class's folder");

    [Fact]
    public void Test_images_alone_are_refused() => Refused(_folder.Write("a", Classes(("test/a", 1), ("test/b", 1))), "no `train` folder");

    [Fact]
    public void A_folder_without_images_is_refused() => Refused(_folder.Write("a", [("a/b.txt", [1])]), "no image here");

    [Fact]
    public void Nothing_at_the_path_is_said() => Refused(_folder["nowhere"], "nothing at this path");

    [Theory]
    [InlineData("a/../../evil.png")]
    [InlineData("../evil.png")]
    [InlineData("/etc/evil.png")]
    [InlineData("C:\\evil.png")]
    [InlineData("a\\..\\..\\evil.png")]
    public void An_archive_with_a_path_that_leads_out_of_it_is_refused(string evil)
    {
        (string, byte[])[] files = [.. Classes(("a", 2), ("b", 2)), (evil, ImageFiles.FlatPng(2, 2, 1))];

        DataException error = Refused(_folder.WriteZip("a.zip", files), "leads out of it");
        Refused(_folder.WriteTar("a.tar", files), "leads out of it");

        Assert.Contains(evil, error.Message);
        Assert.Equal(["a.tar", "a.zip"], _folder.Files);
    }

    [Fact]
    public void A_path_twice_in_an_archive_is_refused() =>
        Refused(_folder.WriteTar("a.tar", [.. Classes(("a", 2), ("b", 2)), .. Classes(("b", 1))]), "`b/0.png` twice");

    [Theory]
    [InlineData("a.zip")]
    [InlineData("a.tar")]
    [InlineData("a.tar.gz")]
    public void A_truncated_archive_is_refused(string name)
    {
        (string, byte[])[] files = [.. Classes(("a", 20), ("b", 20))];
        string path = name.EndsWith("zip", StringComparison.Ordinal) ? _folder.WriteZip(name, files)
            : name.EndsWith("gz", StringComparison.Ordinal) ? _folder.WriteTarGz(name, files) : _folder.WriteTar(name, files);
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2 + 100)]);

        DataException error = Refused(path, "damaged or cut short");

        Assert.Equal(path, error.Where);
    }

    [Fact]
    public void Another_file_than_an_archive_is_refused() =>
        Refused(_folder.Write("a.rar", "Rar! and so on"u8.ToArray()), "neither a zip nor a tar");

    [Fact]
    public void More_bytes_than_an_array_can_hold_are_refused_before_anything_is_decoded() =>
        Assert.Contains("the limit is", Assert.Throws<DataException>(() =>
            ImageFolder.Load(
                _folder.Write("a", Classes(("a", 5), ("b", 5))),
                new ImageFolderOptions { Channels = 3, Height = 30_000, Width = 30_000 })).Message);

    [Fact]
    public void Options_outside_their_range_are_refused()
    {
        string path = _folder.Write("a", Classes(("a", 2), ("b", 2)));

        Assert.Throws<ArgumentOutOfRangeException>(() => ImageFolder.Load(path, new ImageFolderOptions { Channels = 2 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageFolder.Load(path, new ImageFolderOptions { Height = -1 }));
        Assert.Throws<ArgumentException>(() => ImageFolder.Load(path, new ImageFolderOptions { Split = new() { Test = 1 } }));
    }

    [Fact]
    public void Reading_can_be_cancelled() =>
        Assert.ThrowsAny<OperationCanceledException>(() =>
            ImageFolder.Load(_folder.Write("a", Classes(("a", 2), ("b", 2))), Small,
                cancellationToken: new CancellationToken(canceled: true)));

    private static IEnumerable<byte> First(ImageSet images) => Enumerable.Range(0, images.Count).Select(i => images.Image(i)[0]);

    private static DataException Refused(string path, string what)
    {
        DataException error = Assert.Throws<DataException>(() => ImageFolder.Load(path, Small));
        Assert.Contains(what, error.Message);
        Assert.Contains(path, error.Where);
        Assert.NotEmpty(error.Remedy);
        return error;
    }

    private static IEnumerable<(string Name, byte[] Bytes)> Parts() =>
    [
        ("train/cat/1.png", ImageFiles.FlatPng(2, 2, 11)), ("train/cat/0.png", ImageFiles.FlatPng(2, 2, 10)),
        ("test/cat/0.png", ImageFiles.FlatPng(2, 2, 20)),
        ("train/dog/0.png", ImageFiles.FlatPng(2, 2, 30)), ("test/dog/0.png", ImageFiles.FlatPng(2, 2, 40)),
        ("train/Zebra/0.png", ImageFiles.FlatPng(2, 2, 50)), ("test/Zebra/0.png", ImageFiles.FlatPng(2, 2, 60)),
    ];

    /// <summary>Images of different greys, so many a folder.</summary>
    private static IEnumerable<(string Name, byte[] Bytes)> Classes(params (string Folder, int Count)[] classes)
    {
        byte value = 0;
        foreach ((string folder, int count) in classes)
            for (int i = 0; i < count; i++) yield return ($"{folder}/{i}.png", ImageFiles.FlatPng(2, 2, value++));
    }
}
