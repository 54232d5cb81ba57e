using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Pare.Data;
using Pare.Tests.Support;

namespace Pare.Tests.Fuzzing;

/// <summary>What the fuzzing found, and what is built like it: files that are small and cost much, and lengths that are none.</summary>
public sealed class HostileTests : IDisposable
{
    private const int Bound = 16 << 20;

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(148, 8)]
    [InlineData(124, 12)]
    public void A_number_in_binary_that_fits_into_nothing_is_refused(int at, int length)
    {
        byte[] tar = Seeds.Tar()[1];
        tar.AsSpan(at, length).Fill(0xFF);
        tar[at] = 0x80;
        if (at != 148) tar = Mending.Tar(tar, tar);
        Refused(_folder.Write("a.tar", tar));
    }

    [Fact]
    public void What_an_archive_claims_is_not_believed_beyond_what_it_can_hold()
    {
        byte[] tar = Seeds.Tar()[1], zip = Seeds.Zip()[0];
        "01777777777"u8.CopyTo(tar.AsSpan(124));
        tar = Mending.Tar(tar, tar);
        int directory = zip.AsSpan().IndexOf("PK\u0001\u0002"u8);
        BitConverter.TryWriteBytes(zip.AsSpan(directory + 24), (int)ImageDecoder.MostFileBytes);
        foreach (string path in new[] { _folder.Write("a.tar", tar), _folder.Write("a.tgz", DataFolder.Gzip(tar)) })
            Assert.Contains("claims", Refused(path).Message, StringComparison.Ordinal);
        string zipped = _folder.Write("a.zip", zip);
        using IEnumerator<FileEntry> entries = EntrySource.Open(zipped).Entries().GetEnumerator();
        entries.MoveNext();
        FileEntry entry = entries.Current;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("claims", Assert.Throws<InvalidDataException>(entry.Read).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData("5 pa=")]
    [InlineData("4 pa=")]
    [InlineData("6 pa=")]
    [InlineData("-5 pa=")]
    [InlineData("99999999999 pa=")]
    [InlineData(" pa=")]
    [InlineData("5=pa ")]
    public void An_extended_header_whose_length_is_none_is_refused(string record)
    {
        byte[] tar = Seeds.Tar()[0];
        Encoding.ASCII.GetBytes(record).CopyTo(tar, 512);
        Encoding.ASCII.GetBytes(Convert.ToString(record.Length, 8).PadLeft(11, '0')).CopyTo(tar, 124);
        Assert.Contains("extended header", Refused(_folder.Write("a.tar", Mending.Tar(tar, tar))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Extended_headers_are_not_kept_but_for_what_is_used()
    {
        var file = new MemoryStream();
        string text = new('x', 1 << 19);
        using (var tar = new TarWriter(file, leaveOpen: true))
            for (int i = 0; i < 64; i++)
                tar.WriteEntry(new PaxGlobalExtendedAttributesTarEntry(new Dictionary<string, string> { [$"key{i}"] = text }));
        string path = _folder.Write("a.tar", file.ToArray());
        GC.Collect();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        using IEnumerator<FileEntry> entries = EntrySource.Open(path).Entries().GetEnumerator();
        while (entries.MoveNext()) Assert.Fail("there is no entry");
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, Bound);
    }

    [Theory]
    [InlineData("../x.png")]
    [InlineData("/x.png")]
    [InlineData("a/../../x.png")]
    [InlineData("C:\\x.png")]
    [InlineData("..\\x.png")]
    public void No_path_leads_out_of_an_archive(string name)
    {
        string tar = _folder.WriteTar("a.tar", [(name, [1])]), zip = _folder.WriteZip("a.zip", [(name, [1])]);
        foreach (string path in new[] { tar, zip }) Assert.Contains("leads out", Refused(path).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../x.png")]
    [InlineData("/x.png")]
    [InlineData("\\x.png")]
    [InlineData("../a/\0.png")]
    [InlineData("")]
    public void No_link_leads_out_of_an_archive(string target) => Assert.Null(EntrySource.Follow("b", target));

    [Fact]
    public void Paths_have_an_end()
    {
        string deep = string.Concat(Enumerable.Repeat("a/", 65)) + "x.png", wide = new string('a', 5000) + ".png";
        foreach (string name in new[] { deep, wide })
            Assert.Contains("The archive holds", Refused(_folder.Write("a.zip", ZipOf(name))).Message, StringComparison.Ordinal);
        Assert.Single(EntrySource.Open(_folder.Write("b.zip", ZipOf(deep[4..]))).Entries());
    }

    [Fact]
    public void Many_links_to_folders_and_many_files_take_time_in_proportion_to_their_number()
    {
        const int count = 30_000;
        var file = new MemoryStream();
        using (var tar = new TarWriter(file, TarEntryFormat.Ustar, leaveOpen: true))
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.Directory, "empty"));
            for (int i = 0; i < count; i++)
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"a/{i}.png"));
                tar.WriteEntry(new UstarTarEntry(TarEntryType.SymbolicLink, $"b/{i}") { LinkName = "../empty" });
            }
        }

        EntrySource source = EntrySource.Open(_folder.Write("a.tar.gz", DataFolder.Gzip(file.ToArray())));
        long began = Stopwatch.GetTimestamp();
        Assert.Equal(count, EntryList.Of(source, CancellationToken.None).Images.Count);

        // It took 40 times as long when every link looked at every file.
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 20);
    }

    [Fact]
    public void A_small_picture_that_claims_a_large_one_costs_nothing()
    {
        byte[] png = ImageFiles.RawPng(1 << 13, 1 << 13, 8, 2, [0, 1, 2, 3]), jpeg = ImageFiles.Jpeg(1, 1, [128]);
        int frame = jpeg.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        (jpeg[frame + 5], jpeg[frame + 7]) = (0x20, 0x20);
        foreach (byte[] picture in new[] { png, jpeg })
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<DataException>(() => ImageDecoder.Decode(picture, "a", 3, 8, 8));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
    }

    [Fact]
    public void A_JPEG_of_several_frames_or_of_more_scans_than_a_picture_has_is_refused()
    {
        byte[] jpeg = ImageFiles.Jpeg(1, 1, [128]);
        int frame = jpeg.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]), scan = jpeg.AsSpan().IndexOf([(byte)0xFF, (byte)0xDA]);
        byte[] twice = [.. jpeg[..scan], .. jpeg[frame..scan], .. jpeg[scan..]];
        Assert.Contains("several frames", Undecoded(twice), StringComparison.Ordinal);
        byte[] scans = [.. jpeg[..scan], .. Enumerable.Repeat(jpeg[scan..^2], 300).SelectMany(static bytes => bytes), .. jpeg[^2..]];
        Assert.Contains("more scans", Undecoded(scans), StringComparison.Ordinal);
    }

    [Fact]
    public void What_follows_the_end_of_a_gzip_file_is_told_and_not_passed_over()
    {
        byte[] raw = IdxFiles.Labels(1, 2, 3), packed = DataFolder.Gzip(raw);
        byte[] named =
            [0x1F, 0x8B, 8, 31, 0, 0, 0, 0, 0, 3, 2, 0, 7, 7, .. "name\0"u8, .. "comment\0"u8, 1, 2, .. packed[10..]];
        byte[][] whole =
        [
            packed, named, [.. packed, .. new byte[5000]], [.. packed, .. DataFolder.Gzip([])],
            [.. DataFolder.Gzip(raw[..5]), .. DataFolder.Gzip([]), .. Mending.GzipOf(raw[5..])],
        ];
        foreach (byte[] file in whole)
            Assert.Equal([1, 2, 3], IdxFile.Read(_folder.Write("a.gz", file), IdxFile.LabelMagic).Bytes);
        foreach (byte[] more in new byte[][] { [1], [0, 0, 1], [0x1F], [.. "text"u8], [0x1F, 0x8B], [0x1F, 0x8B, 7], packed[..^1] })
        {
            string path = _folder.Write("b.gz", [.. packed, .. more]);
            var error = Assert.Throws<DataException>(() => IdxFile.Read(path, IdxFile.LabelMagic));
            Assert.Matches("after the end of its gzip|gzip compression (is damaged|ends)|too long", error.Message);
        }

        var told = Assert.Throws<DataException>(() => IdxFile.Read(_folder.Write("c.gz", [.. packed, 1, 2, 3]), IdxFile.LabelMagic));
        Assert.Contains("goes on for 3 bytes after the end of its gzip compression", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gzip_files_of_many_members_and_of_every_length_are_read()
    {
        byte[] content = new byte[70_000];
        new Random(3).NextBytes(content);
        foreach (int length in new[] { 1, 100, 8_170, 8_192, 8_200, 16_384, 65_536, content.Length })
        {
            byte[] part = content[..length];
            Assert.Equal(part, Gunzip(DataFolder.Gzip(part)));
            Assert.Equal(part, Gunzip(Mending.GzipOf(part)));
        }

        byte[][] members = [.. content.Chunk(700).Select(DataFolder.Gzip)];
        Assert.Equal(content, Gunzip([.. members.SelectMany(static member => member)]));
    }

    [Fact]
    public void A_cache_whose_index_is_damaged_counts_as_none()
    {
        byte[] cache = Seeds.Cache();
        int name = cache.AsSpan().IndexOf("a/0.png"u8);
        cache.AsSpan(name - 1, 7).Fill(0xFF);
        Reader reader = Readers.All.Single(static reader => reader.Name == "kept images");
        Assert.Null(Fuzzer.RunOne(reader, Mending.Cache(cache, cache)));
    }

    private static byte[] ZipOf(string name)
    {
        var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true)) zip.CreateEntry(name).Open().Dispose();
        return file.ToArray();
    }

    private static string Undecoded(byte[] picture) =>
        Assert.Throws<DataException>(() => ImageDecoder.Decode(picture, "a", 3, 8, 8)).Message;

    private static DataException Refused(string path) => Assert.Throws<DataException>(() =>
    {
        foreach (FileEntry _ in EntrySource.Open(path).Entries())
        {
        }
    });

    private byte[] Gunzip(byte[] file)
    {
        using var stream = new GzipReader(RegularFile.Open(_folder.Write("a.gz", file)));
        var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
