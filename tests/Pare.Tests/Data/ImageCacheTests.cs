using System.Formats.Tar;
using Pare.Cli;
using Pare.Data;
using Pare.Tests.Cli;
using Pare.Tests.Support;

namespace Pare.Tests.Data;

public sealed class ImageCacheTests : IDisposable
{
    private const int Side = 1300;

    private readonly DataFolder _folder = new();
    private readonly ImageFolderOptions _options;

    public ImageCacheTests() => _options = new ImageFolderOptions { Channels = 3, Height = 4, Width = 4, CacheFolder = _folder["cache"] };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Large_pictures_are_decoded_once_and_come_back_the_same()
    {
        string path = Pictures();

        Dataset decoded = Load(path, out long read);
        Dataset again = Load(path, out long none);
        Dataset without = ImageFolder.Load(path, _options with { CacheFolder = null });

        Assert.Equal(4 * new FileInfo(Path.Combine(path, "a", "0.bmp")).Length, read);
        Assert.Equal(0, none);
        Assert.Equal(Bytes(without), Bytes(decoded));
        Assert.Equal(Bytes(without), Bytes(again));
        Assert.Equal((1, new FileInfo(CacheFile()).Length), ImageCache.Measure(_folder["cache"]));
    }

    [Fact]
    public void Another_size_and_another_folder_have_files_of_their_own()
    {
        string path = Pictures();
        Load(path, out _);
        ImageFolder.Load(path, _options with { Height = 5 });
        ImageFolder.Load(path, _options with { Channels = 1 });

        Assert.Equal(3, ImageCache.Measure(_folder["cache"]).Files);
        Load(path, out long read);
        Assert.Equal(0, read);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_picture_that_was_changed_is_decoded_again(bool sameLength)
    {
        string path = Pictures();
        Load(path, out _);
        string file = Path.Combine(path, "a", "0.bmp");
        DateTime before = File.GetLastWriteTimeUtc(file);
        File.WriteAllBytes(file, sameLength ? Bmp(99) : [.. Bmp(99), 0]);
        File.SetLastWriteTimeUtc(file, sameLength ? before.AddTicks(10) : before);

        Dataset data = Load(path, out long read);

        Assert.Equal(new FileInfo(file).Length, read);
        Assert.Equal(Bytes(ImageFolder.Load(path, _options with { CacheFolder = null })), Bytes(data));
    }

    [Fact]
    public void Pictures_of_one_length_and_time_that_exchange_their_names_are_decoded_again()
    {
        string path = Pictures(), a = Path.Combine(path, "a"), b = Path.Combine(path, "b");
        foreach (string file in Directory.EnumerateFiles(path, "*.bmp", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Dataset before = Load(path, out _);
        Directory.Move(a, b + "2");
        Directory.Move(b, a);
        Directory.Move(b + "2", b);

        Dataset after = Load(path, out long read);

        Assert.NotEqual(0, read);
        Assert.NotEqual(Bytes(before), Bytes(after));
        Assert.Equal(Bytes(ImageFolder.Load(path, _options with { CacheFolder = null })), Bytes(after));
    }

    [Fact]
    public void What_was_written_a_moment_ago_is_not_kept_since_it_may_be_written_again()
    {
        string path = Pictures(settled: false);

        // Also where the reading takes its time.
        foreach (string file in Directory.GetFiles(path, "*", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(5));
        Load(path, out long first);
        Load(path, out long second);

        Assert.Equal(first, second);
    }

    [Fact]
    public void A_damaged_or_foreign_cache_never_gives_other_pixels()
    {
        string path = Pictures();
        byte[] right = Bytes(Load(path, out _)), file = File.ReadAllBytes(CacheFile());
        var random = new Random(1);
        for (int i = 0; i < 40; i++)
        {
            byte[] damaged = [.. file];
            damaged[i < 20 ? random.Next(file.Length) : file.Length - 1 - random.Next(4 * 48)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(CacheFile(), damaged);
            Assert.Equal(right, Bytes(Load(path, out _)));
        }

        foreach (byte[] foreign in new[] { [], file[..^1], file[..20], new byte[file.Length], [.. file, 1, 2, 3] })
        {
            File.WriteAllBytes(CacheFile(), foreign);
            Assert.Equal(right, Bytes(Load(path, out _)));
        }
    }

    [Fact]
    public void When_a_file_was_used_is_noted_where_that_can_be()
    {
        string path = _folder.Write("a.decoded", [1]);
        var before = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, before);

        ImageCache.Touch(path);
        ImageCache.Touch(_folder["gone.decoded"]);

        Assert.True(File.GetLastWriteTimeUtc(path) > before);
    }

    [Fact]
    public void An_archive_is_kept_too_until_it_is_made_again()
    {
        (string, byte[])[] files = [.. Names().Select((name, i) => (name, Bmp(i)))];
        string zip = _folder.WriteZip("set.zip", files);
        File.SetLastWriteTimeUtc(zip, DateTime.UtcNow.AddHours(-1));
        byte[] right = Bytes(Load(zip, out long read));
        Assert.True(read > 0);
        Assert.Equal(right, Bytes(Load(zip, out read)));
        Assert.Equal(0, read);

        File.SetLastWriteTimeUtc(zip, DateTime.UtcNow.AddMinutes(-30));
        Load(zip, out read);
        Assert.True(read > 0);
    }

    [Theory]
    [InlineData("set.zip")]
    [InlineData("set.tar")]
    [InlineData("set.tar.gz")]
    public void An_archive_with_other_pictures_and_the_time_of_the_first_is_decoded_again(string name)
    {
        DateTime time = DateTime.UtcNow.AddHours(-1);
        string path = Archive(0);
        byte[] first = Bytes(Load(path, out _));
        Assert.Equal(first, Bytes(Load(path, out long read)));
        Assert.Equal(0, read);

        byte[] second = Bytes(Load(Archive(50), out read));

        Assert.True(read > 0);
        Assert.NotEqual(first, second);

        // Lengths are the same; a tar tells of each file when it was written.
        string Archive(int seed)
        {
            File.Delete(_folder[name]);
            if (name.EndsWith("zip", StringComparison.Ordinal))
            {
                _folder.WriteZip(name, Names().Select((entry, i) => (entry, Bmp(seed + i))));
            }
            else
            {
                using var memory = new MemoryStream();
                using (var writer = new TarWriter(memory, TarEntryFormat.Ustar, leaveOpen: true))
                    foreach ((int i, string entry) in Names().Index())
                        writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, entry)
                        {
                            DataStream = new MemoryStream(Bmp(seed + i)),
                            ModificationTime = time.AddSeconds(-100 + seed),
                        });
                _folder.Write(name, name.EndsWith("gz", StringComparison.Ordinal) ? DataFolder.Gzip(memory.ToArray()) : memory.ToArray());
            }

            File.SetLastWriteTimeUtc(_folder[name], time);
            return _folder[name];
        }
    }

    [Fact]
    public void Few_small_pictures_are_not_kept()
    {
        string path = _folder.Write("small", Names().Select(static (name, i) => (name, ImageFiles.FlatPng(8, 8, (byte)i))));
        Load(path, out _);

        Assert.Equal((0, 0), ImageCache.Measure(_folder["cache"]));
    }

    [Fact]
    public void A_cache_that_cannot_be_written_is_no_fault()
    {
        _folder.Write("cache", "a file where the folder should be"u8.ToArray());

        Assert.Equal(4, Count(Load(Pictures(), out _)));
    }

    [Fact]
    public void The_command_shows_and_clears_what_is_kept()
    {
        string folder = DataLocations.Of(given: null).ImageCache!;
        Assert.StartsWith(Path.GetTempPath(), folder, StringComparison.Ordinal);
        ImageFolder.Load(Pictures(), _options with { CacheFolder = folder });

        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("data", "cache"));
        Assert.Contains($"folder    {folder}", cli.Out, StringComparison.Ordinal);
        Assert.Contains(" of at most 2", cli.Out, StringComparison.Ordinal);

        cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("data", "cache", "--clear", "--json"));
        Assert.Contains("\"cleared\":true", cli.Out, StringComparison.Ordinal);
        Assert.Equal((0, 0), ImageCache.Measure(folder));
    }

    private static string[] Names() => ["train/a/0.bmp", "train/b/0.bmp", "test/a/0.bmp", "test/b/0.bmp"];

    private static byte[] Bmp(int seed)
    {
        byte[] pixels = new byte[3 * Side * Side / 2];
        new Random(seed).NextBytes(pixels);
        return ImageFiles.Bmp(Side / 2, Side, pixels);
    }

    private static byte[] Bytes(Dataset data) => [.. All(data.Train), .. All(data.Test)];

    private static IEnumerable<byte> All(ImageSet images) => Enumerable.Range(0, images.Count).SelectMany(i => images.Image(i).ToArray());

    private static int Count(Dataset data) => data.Train.Count + data.Test.Count;

    private string CacheFile() => Assert.Single(Directory.GetFiles(_folder["cache"]));

    private string Pictures(bool settled = true)
    {
        string[] names = ["a/0.bmp", "a/1.bmp", "b/0.bmp", "b/1.bmp"];
        string path = _folder.Write("set", names.Select(static (name, i) => (name, Bmp(i))));
        foreach (string name in names)
            if (settled) File.SetLastWriteTimeUtc(Path.Combine(path, name), DateTime.UtcNow.AddHours(-1));
        return path;
    }

    private Dataset Load(string path, out long read)
    {
        var counter = new Counter();
        Dataset data = ImageFolder.Load(path, _options, counter);
        read = counter.Bytes;
        return data;
    }

    private sealed class Counter : IProgress<ReadingProgress>
    {
        private long _bytes;

        public long Bytes => _bytes;

        public void Report(ReadingProgress value)
        {
            lock (this) _bytes = Math.Max(_bytes, value.Bytes);
        }
    }
}
