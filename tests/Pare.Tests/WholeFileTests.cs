using Pare.Tests.Support;

namespace Pare.Tests;

public sealed class WholeFileTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_replaced_as_a_whole()
    {
        string path = _folder.Write("a", [1, 2, 3]);
        WholeFile.Write(path, stream =>
        {
            stream.Write([4]);
            Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        });
        Assert.Equal([4], File.ReadAllBytes(path));
        Assert.Equal(["a"], _folder.Files);
    }

    [Fact]
    public void A_link_a_mode_and_a_write_protection_stay()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A link may need rights there.");
        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite;
        string path = _folder.Write("far/a", [1]), link = _folder["link"];
        File.SetUnixFileMode(path, mode);
        File.CreateSymbolicLink(link, "far/a");
        WholeFile.Write(link, static stream => stream.Write([4]));
        Assert.Equal("far/a", new FileInfo(link).LinkTarget);
        Assert.Equal([4], File.ReadAllBytes(path));
        Assert.Equal(mode, File.GetUnixFileMode(path));

        File.SetUnixFileMode(path, UnixFileMode.UserRead);
        Assert.Contains($"'{link}'",
            Assert.Throws<UnauthorizedAccessException>(() => WholeFile.Write(link, static stream => stream.Write([5]))).Message,
            StringComparison.Ordinal);
        Assert.Equal([4], File.ReadAllBytes(path));
    }

    [Fact]
    public void A_writing_that_fails_leaves_what_was_there_and_nothing_else()
    {
        string path = _folder.Write("a", [1, 2, 3]);
        var error = Assert.Throws<IOException>(() => WholeFile.Write(path, static stream =>
        {
            stream.Write(new byte[200_000]);
            throw new IOException("full");
        }));
        Assert.Equal("full", error.Message);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal(["a"], _folder.Files);
    }

    [Fact]
    public void What_fails_is_told_by_the_files_own_name()
    {
        string path = _folder["a"], missing = _folder["none/a"];
        var full = Assert.Throws<IOException>(() => WholeFile.Write(path, static stream =>
            throw new IOException($"full: '{((FileStream)stream).Name}'", 28)));
        Assert.Equal(($"full: '{path}'", 28), (full.Message, full.HResult));
        Assert.Contains($"'{missing}'", Assert.ThrowsAny<IOException>(() => WholeFile.Write(missing, static _ => { })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_killed_writer_left_is_in_nobodys_way()
    {
        _folder.Write("a.tmp", [9]);
        string left = string.Empty;
        WholeFile.Write(_folder["a"], stream =>
            left = Directory.EnumerateFiles(_folder.Root).Single(static file => Path.GetFileName(file) != "a.tmp"));
        Assert.True(WholeFile.IsLeftover(left));
        Assert.False(WholeFile.IsLeftover(_folder["a.tmp"]));
        _folder.Write(Path.GetFileName(left), [7]);
        WholeFile.Write(_folder["a"], static stream => stream.Write([4]));
        Assert.Equal([4], File.ReadAllBytes(_folder["a"]));
        Assert.Equal([9], File.ReadAllBytes(_folder["a.tmp"]));
    }

    [Fact]
    public void Of_many_writers_at_once_one_wins_whole()
    {
        string path = _folder["a"];
        Parallel.For(0, 8, i => WholeFile.Write(path, stream => stream.Write(Enumerable.Repeat((byte)i, 10_000).ToArray())));
        byte[] bytes = File.ReadAllBytes(path);
        Assert.Equal(10_000, bytes.Length);
        Assert.Single(bytes.Distinct());
        Assert.Equal(["a"], _folder.Files);
    }

    [Fact]
    public void A_name_as_long_as_a_name_can_be_is_written()
    {
        string name = new('a', 255);
        WholeFile.Write(_folder[name], static stream => stream.Write([4]));
        Assert.Equal([name], _folder.Files);
    }

    // As with a disk that fails: the system answers no, here because there is no such handle.
    [Fact]
    public void What_the_disk_did_not_take_is_an_error()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the system is asked directly on Linux");
        var error = Assert.Throws<IOException>(static () => Disk.Sync(-1, "a file"));
        Assert.Contains("a file", error.Message, StringComparison.Ordinal);
        using FileStream file = File.Create(_folder["a"]);
        file.WriteByte(1);
        Disk.Flush(file);
        Assert.Equal(1, new FileInfo(_folder["a"]).Length);
        Disk.FlushFolder(_folder.Root);
    }
}
