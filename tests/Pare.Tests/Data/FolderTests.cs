using System.Diagnostics;
using Pare.Data;
using Pare.Tests.Support;

namespace Pare.Tests.Data;

/// <summary>Folders as they are found: with links, pipes, what systems leave lying about, and parts of many names.</summary>
public sealed class FolderTests : IDisposable
{
    private static readonly ImageFolderOptions Small = new() { Channels = 1, Height = 2, Width = 2 };

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rings_of_links_are_left_out_and_noted()
    {
        string path = _folder.Write("set", Images("a", "b"));
        Link("set/a/up", _folder["set"]);
        Link("set/self", _folder["set"]);
        Link("set/b/a", _folder["set/a"]);

        DataCheckReport report = DataCheck.Run(path);

        // The link from b to a is no ring; the one within a leads to what it was reached from.
        Assert.Equal([3, 6], report.Classes.Select(static count => count.Train));
        Assert.Contains(
            report.Notes, static note =>
                note.StartsWith("3 links to a folder above left out: `a/up`, `b/a/up`, `self`", StringComparison.Ordinal));
    }

    [Fact]
    public void Links_to_files_are_read_and_those_that_lead_nowhere_are_named()
    {
        string path = _folder.Write("set", Images("a", "b"));
        string target = _folder.Write("store/x", ImageFiles.FlatPng(2, 2, 77));
        File.CreateSymbolicLink(_folder["set/a/link.png"], target);

        DataCheckReport report = DataCheck.Run(path);
        Assert.True(report.IsClean);
        Assert.Equal(4, report.Classes[0].Train);

        File.Delete(target);
        UnreadableFile lost = Assert.Single(DataCheck.Run(path).Unreadable);
        Assert.Equal("a/link.png", lost.Path);
        Assert.Contains("a link to", lost.Reason, StringComparison.Ordinal);
        Assert.Contains("a/link.png", Assert.Throws<DataException>(() => ImageFolder.Load(path, Small)).Where, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_in_a_linked_folder_leads_on_from_where_it_lies()
    {
        (string Name, byte[] Bytes)[] pictures = Images("b", "pictures");
        string path = _folder.Write("set", pictures[..3]);
        _folder.Write(
            "store", [.. pictures[3..], ("raw/x", ImageFiles.FlatPng(2, 2, 77)), ("deep/raw/y", ImageFiles.FlatPng(2, 2, 78))]);
        Link("set/a", _folder["store/pictures"]);
        File.CreateSymbolicLink(_folder["store/pictures/link.png"], "../raw/x");
        // Through a linked folder and out of it again: the folder above is the one above its target.
        Link("store/short", "deep/raw");
        File.CreateSymbolicLink(_folder["store/pictures/other.png"], "../short/../raw/y");

        DataCheckReport report = DataCheck.Run(path);

        Assert.True(report.IsClean);
        Assert.Equal([5, 3], report.Classes.Select(static count => count.Train));
    }

    [Fact]
    public void Links_that_lead_to_each_other_are_named()
    {
        string path = _folder.Write("set", Images("a", "b"));
        File.CreateSymbolicLink(_folder["set/a/x.png"], "y.png");
        File.CreateSymbolicLink(_folder["set/a/y.png"], "x.png");

        Assert.Equal(["a/x.png", "a/y.png"], DataCheck.Run(path).Unreadable.Select(static file => file.Path));
    }

    [Theory]
    [InlineData("c")]
    [InlineData("a/c.v2")]
    public void A_link_that_leads_nowhere_and_may_stand_for_a_folder_is_refused(string name)
    {
        string path = _folder.Write("set", Images("a", "b"));
        string target = _folder.Write("store", Images("x"));
        Link($"set/{name}", target);
        Assert.Empty(DataCheck.Run(path).Problems);

        Directory.Delete(target, recursive: true);

        string what = $"`{name}` leads nowhere, and may stand for a folder of images: it is a link to `{target}`, which is not there.";
        Assert.Equal([what], DataCheck.Run(path).Problems);
        Assert.Equal(what, Assert.Throws<DataException>(() => ImageFolder.Load(path, Small)).Message);
        Assert.Equal(what, Assert.Throws<DataException>(() =>
            DatasetGlance.Of(DatasetLoader.Find("", new DataLocations { Given = path }))).Message);
    }

    [Fact]
    public void Where_every_class_is_a_link_that_leads_nowhere_that_is_said()
    {
        Directory.CreateDirectory(_folder["set"]);
        Link("set/a", _folder["gone"]);

        Assert.Contains("`a` leads nowhere", Assert.Throws<DataException>(() => ImageFolder.Load(_folder["set"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipe_is_left_out_and_never_waited_for()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no named pipes in the file system.");
        string path = _folder.Write("set", Images("a", "b"));
        using (
            Process make = Process.Start(
                "mkfifo", [_folder["set/a/pipe.png"], _folder["pipe.zip"], _folder["set/empty"]])) make.WaitForExit();

        DataCheckReport report = DataCheck.Run(path);

        Assert.Equal(6, report.Classes.Sum(static count => count.Train));
        Assert.Contains(
            report.Notes, static note => note.StartsWith("2 pipes, sockets and devices left out: `a/pipe.png`", StringComparison.Ordinal));
        Assert.Contains("a pipe", Assert.Throws<DataException>(() => DataCheck.Run(_folder["pipe.zip"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_is_not_UTF8_is_said_to_be_that()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems keep no such names.");
        string path = _folder.Write("set", Images("a", "b"));
        try
        {
            Shell("cp a/0.png \"$(printf 'a/\\351t\\351.png')\"; cp a/0.png \"$(printf 'a/\\351t\\351.txt')\"");
            Assert.Equal("its name is not UTF-8: rename it (`convmv -t utf8`)", Assert.Single(DataCheck.Run(path).Unreadable).Reason);
            ImageFolderOptions cached = Small with { CacheFolder = _folder["cache"] };
            Assert.Contains("its name is not UTF-8", Assert.Throws<DataException>(() => ImageFolder.Load(path, cached)).Message,
                StringComparison.Ordinal);

            Shell("cp a/0.png \"$(printf 'a/\\350t\\350.png')\"");
            Assert.StartsWith("The name is not UTF-8", Assert.Throws<DataException>(() => DataCheck.Run(path)).Message,
                StringComparison.Ordinal);

            Shell("rm \"$(printf 'a/\\350t\\350.png')\"; mkdir \"$(printf 'caf\\351')\"; cp a/0.png \"$(printf 'caf\\351')\"");
            Action[] readers =
            [
                () => DataCheck.Run(path), () => ImageFolder.Load(path, Small), () => PictureSet.Load(path, 1, 2, 2),
                () => DataCheck.Run(_folder["set/caf\uFFFD"]), () => EntrySource.Open(_folder["set/caf\uFFFD"]),
            ];
            foreach (Action read in readers)
            {
                var error = Assert.Throws<DataException>(read);
                Assert.Equal(("The name is not UTF-8: its letters are not known.", "Rename it to UTF-8 (`convmv -t utf8`)."),
                    (error.Message, error.Remedy));
                Assert.EndsWith("caf\uFFFD", error.Where, StringComparison.Ordinal);
            }
        }
        finally
        {
            // .NET could not take them away.
            Shell("rm -r a caf*");
        }

        void Shell(string command)
        {
            using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", command]) { WorkingDirectory = path })!;
            shell.WaitForExit();
            Assert.Equal(0, shell.ExitCode);
        }
    }

    [Fact]
    public void An_empty_file_is_a_file()
    {
        string path = _folder.Write("set", [.. Images("a", "b"), ("a/empty.png", [])]);

        UnreadableFile empty = Assert.Single(DataCheck.Run(path).Unreadable);
        Assert.Equal(("a/empty.png", "it is empty"), (empty.Path, empty.Reason));
    }

    [Theory]
    [InlineData("@eaDir")]
    [InlineData("$RECYCLE.BIN")]
    [InlineData("System Volume Information")]
    [InlineData(".thumbnails")]
    [InlineData("__MACOSX")]
    [InlineData("lost+found")]
    [InlineData("#recycle")]
    public void What_systems_leave_lying_about_is_no_class_and_no_image(string name)
    {
        (string, byte[])[] files = [.. Images("a", "b"), ($"{name}/x.png", [1]), ($"a/{name}/y.png", [1])];
        foreach (string path in new[] { _folder.Write("set", files), _folder.WriteZip("set.zip", files) })
        {
            DataCheckReport report = DataCheck.Run(path);
            Assert.True(report.IsClean);
            Assert.Equal(["a", "b"], report.Classes.Select(static count => count.Name));
            Assert.Contains(report.Notes, note => note.Contains($"`{name}`", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("train", "test")]
    [InlineData("training", "testing")]
    [InlineData("Train", "Test")]
    [InlineData("train_set", "test_set")]
    [InlineData("training_set", "test_set")]
    [InlineData("seg_train", "seg_test")]
    [InlineData("Training Data", "Test Data")]
    [InlineData("seg_train/seg_train", "seg_test/seg_test")]
    [InlineData("set/train", "set/test")]
    public void Parts_are_known_by_their_usual_names(string train, string test)
    {
        string path = _folder.Write("parts", Images($"{train}/a", $"{train}/b", $"{test}/a", $"{test}/b"));

        Dataset data = ImageFolder.Load(path, Small);

        Assert.Equal(["a", "b"], data.Train.Classes);
        Assert.Equal((6, 6), (data.Train.Count, data.Test.Count));
        Assert.Empty(data.Notes);
    }

    [Theory]
    [InlineData("valid")]
    [InlineData("val")]
    [InlineData("validation")]
    [InlineData("Validation_Set")]
    public void The_validation_part_is_told_from_the_test_part(string name)
    {
        string path = _folder.Write("parts", Images("train/a", "train/b", $"{name}/a", $"{name}/b", "test/a", "test/b"));

        ImageTree tree = ImageTree.Scan(EntrySource.Open(path));

        foreach (ImagePart part in Enum.GetValues<ImagePart>()) Assert.Equal(6, tree.Images.Count(image => image.Part == part));
        Assert.All(tree.Images, image => Assert.StartsWith(tree.Parts[image.Part] + "/", image.Path, StringComparison.Ordinal));
        Assert.Equal(3, DataCheck.Run(path).Classes[0].Validation);
    }

    [Fact]
    public void Classes_that_hold_only_the_same_folders_are_warned_of()
    {
        string path = _folder.Write("inside", Images("cats/train", "cats/test", "dogs/train", "dogs/test"));
        Assert.Contains(
            DataCheck.Run(path).Notes, static note =>
                note.StartsWith("Warning: every class holds nothing but the same folders, `test`, `train`", StringComparison.Ordinal));

        path = _folder.Write("own", Images("cats/old", "cats/new", "dogs/old"));
        Assert.Empty(DataCheck.Run(path).Notes);
    }

    [Fact]
    public void A_part_is_never_taken_for_a_data_set_of_its_name()
    {
        string path = _folder.Write("parts", Images("train/a/x", "train/b/x", "test/a/x", "test/b/x"));
        var given = new DataLocations { Given = path };

        Assert.Equal(path, DatasetLoader.Find("train", given).Path);
        Assert.Equal(path, DatasetLoader.Find("test", given).Path);

        string above = _folder.Write("sets", Images("train/a", "train/b"));
        Assert.Equal(Path.Combine(above, "train"), DatasetLoader.Find("train", new DataLocations { Given = above }).Path);
    }

    [Fact]
    public void A_file_that_goes_while_it_is_read_is_named()
    {
        string path = _folder.Write("set", Images("a", "b"));
        EntrySource source = EntrySource.Open(path);
        ImageTree tree = ImageTree.Scan(source);
        File.Delete(_folder["set/b/1.png"]);

        (string name, string reason) = Assert.Single(
            TreeReader.ReadAll(source, tree, null, static (_, _) => { }, null, CancellationToken.None));

        Assert.Equal(("b/1.png", "it is gone since the images were listed"), (name, reason));
    }

    [Fact]
    public void A_file_that_shrinks_or_grows_while_it_is_read_is_named()
    {
        string path = _folder.Write("a.png", new byte[100]);
        FileEntry entry = new("a.png", EntryKind.File, 100, () => File.OpenRead(path));
        File.WriteAllBytes(path, new byte[60]);
        Assert.Contains("ends after 60 of 100", Assert.Throws<InvalidDataException>(entry.Read).Message, StringComparison.Ordinal);

        File.WriteAllBytes(path, new byte[101]);
        Assert.Contains("goes on after", Assert.Throws<InvalidDataException>(entry.Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_little_memory_and_other_failures_of_a_thread_come_out_as_themselves()
    {
        string path = _folder.Write("set", Images("a", "b"));
        EntrySource source = EntrySource.Open(path);
        ImageTree tree = ImageTree.Scan(source);

        DataException memory = Assert.Throws<DataException>(() => Read(new InsufficientMemoryException()));
        Assert.Equal(("There is not enough memory to read the images.", path), (memory.Message, memory.Where));
        Assert.Throws<NotSupportedException>(() => Read(new NotSupportedException()));

        void Read(Exception failure) => TreeReader.ReadAll(source, tree, null, (_, _) => throw failure, null, CancellationToken.None);
    }

    [Fact]
    public void The_scan_can_be_cancelled_and_reading_tells_how_far_it_is()
    {
        string path = _folder.Write("set", Images("a", "b"));
        Assert.Throws<OperationCanceledException>(() =>
            ImageTree.Scan(EntrySource.Open(path), cancellationToken: new CancellationToken(canceled: true)));

        var told = new Counter();
        ImageFolder.Load(path, Small, told);
        Assert.Equal((6, 6), (told.Last.Images, told.Last.TotalImages));
        Assert.Equal(
            Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Sum(static file => new FileInfo(file).Length),
            told.Last.Bytes);
    }

    private static (string Name, byte[] Bytes)[] Images(params string[] folders) =>
        [
            .. folders.SelectMany(
                (folder, c) => Enumerable.Range(0, 3).Select(i => ($"{folder}/{i}.png", ImageFiles.FlatPng(2, 2, (byte)((10 * c) + i)))))];

    private void Link(string name, string target) => Directory.CreateSymbolicLink(_folder[name], target);

    private sealed class Counter : IProgress<ReadingProgress>
    {
        public ReadingProgress Last { get; private set; }

        public void Report(ReadingProgress value)
        {
            lock (this)
                if (value.Images > Last.Images) Last = value;
        }
    }
}
