using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Pare.Data;
using Pare.Tests.Support;

namespace Pare.Tests.Data;

/// <summary>Archives as other programs make them, damaged ones, and those that mean harm.</summary>
public sealed class ArchiveTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Links_in_a_tar_are_resolved_within_it_whatever_their_order()
    {
        string path = Tar(
        [
            new PaxTarEntry(TarEntryType.SymbolicLink, "a/early.png") { LinkName = "../b/0.png" },
            .. Files(),
            new PaxTarEntry(TarEntryType.HardLink, "b/hard.png") { LinkName = "a/0.png" },
            new PaxTarEntry(TarEntryType.SymbolicLink, "b/chain.png") { LinkName = "./hard.png" },
            new PaxTarEntry(TarEntryType.SymbolicLink, "c") { LinkName = "a" },
            new PaxTarEntry(TarEntryType.SymbolicLink, "a/up") { LinkName = ".." },
        ]);

        DataCheckReport report = DataCheck.Run(path);

        Assert.Empty(report.Problems);
        Assert.Empty(report.Unreadable);
        Assert.Equal([("a", 3), ("b", 3), ("c", 3)], report.Classes.Select(static count => (count.Name, count.Train)));
        Assert.Contains(report.Notes,
            static note => note.StartsWith("1 link to a folder above left out: `a/up`", StringComparison.Ordinal));
        Assert.Equal(
            ["a/0.png = b/chain.png = b/hard.png = c/0.png", "a/1.png = c/1.png", "a/early.png = b/0.png = c/early.png"],
            report.Duplicates.Select(static group => string.Join(" = ", group.Images)));
    }

    [Theory]
    [InlineData("../../etc/secret.png", "it is a link that leads out")]
    [InlineData("/etc/secret.png", "it is a link that leads out")]
    [InlineData("none.png", "it is a link to `b/none.png`, which is not there")]
    [InlineData("link.png", "it is a link to `b/link.png`, which is not there")]
    public void A_link_that_leads_nowhere_or_out_is_named(string target, string reason)
    {
        string path = Tar([.. Files(), new PaxTarEntry(TarEntryType.SymbolicLink, "b/link.png") { LinkName = target }]);

        UnreadableFile link = Assert.Single(DataCheck.Run(path).Unreadable);
        Assert.Equal(("b/link.png", reason), (link.Path, link.Reason));
    }

    [Theory]
    [InlineData("/mnt/c", "it is a link that leads out")]
    [InlineData("gone/c", "it is a link to `gone/c`, which is not there")]
    public void A_link_that_leads_nowhere_and_may_stand_for_a_folder_is_a_problem(string target, string reason)
    {
        string path = Tar([.. Files(), new PaxTarEntry(TarEntryType.SymbolicLink, "c") { LinkName = target }]);

        Assert.Equal([$"`c` leads nowhere, and may stand for a folder of images: {reason}."], DataCheck.Run(path).Problems);
    }

    [Fact]
    public void Long_names_and_every_form_of_tar_are_read()
    {
        string deep = string.Join('/', Enumerable.Repeat("folder", 30));
        foreach (TarEntryFormat format in new[] { TarEntryFormat.V7, TarEntryFormat.Ustar, TarEntryFormat.Gnu, TarEntryFormat.Pax })
        {
            string inner = format is TarEntryFormat.Gnu or TarEntryFormat.Pax ? $"/{deep}" : "";
            using (var writer = new TarWriter(File.Create(_folder["a.tar"]), format))
                foreach (string name in new[] { $"a{inner}/0.png", $"b{inner}/0.png" })
                    writer.WriteEntry(Entry(format, name, ImageFiles.FlatPng(2, 2, (byte)name[0])));

            DataCheckReport report = DataCheck.Run(_folder["a.tar"]);
            Assert.True(report.IsClean, string.Join(' ', report.Problems));
            Assert.Equal(2, report.Classes.Sum(static count => count.Train));
        }
    }

    [Fact]
    public void Sparse_entries_are_refused_by_name()
    {
        string pax = Tar([.. Files(), new PaxTarEntry(
            TarEntryType.RegularFile, "a/hole.png", new Dictionary<string,
            string> { ["GNU.sparse.major"] = "1", ["GNU.sparse.realsize"] = "9" })]);
        Assert.Contains("`a/hole.png` as a sparse file", Refused(pax).Message, StringComparison.Ordinal);

        string gnu = Tar([.. Files()]);
        byte[] bytes = File.ReadAllBytes(gnu);
        Patch(bytes, bytes.AsSpan().LastIndexOf("ustar"u8) - 257, static header => header[156] = (byte)'S');
        File.WriteAllBytes(gnu, bytes);
        DataException error = Refused(gnu);
        Assert.Contains("as a sparse file", error.Message, StringComparison.Ordinal);
        Assert.Contains("without -S", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_are_not_utf8_are_refused_in_a_tar()
    {
        string path = Tar([.. Files()]);
        byte[] bytes = File.ReadAllBytes(path);
        Patch(bytes, bytes.AsSpan().LastIndexOf("ustar"u8) - 257, static header => header[0] = 0xC4);
        File.WriteAllBytes(path, bytes);

        // A pax header may give the name again.
        Assert.Contains("not UTF-8", Refused(_folder.Write("b.tar", WithoutPax(bytes))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tar_that_is_damaged_joined_or_claims_too_much_is_told()
    {
        byte[] tar = File.ReadAllBytes(Tar([.. Files()]));
        int header = tar.AsSpan().LastIndexOf("ustar"u8) - 257;

        byte[] flipped = [.. tar];
        flipped[header + 3] ^= 1;
        Assert.Contains("checksum of a header", Refused(_folder.Write("flipped.tar", flipped)).Message, StringComparison.Ordinal);

        byte[] huge = [.. tar];
        Patch(huge, 0, static block => "77777777777"u8.CopyTo(block[124..]));
        Assert.Contains("claims 8589934591 bytes", Refused(_folder.Write("huge.tar", huge)).Message, StringComparison.Ordinal);

        Assert.Contains("before its end is marked", Refused(_folder.Write("open.tar", tar[..^1024])).Message, StringComparison.Ordinal);

        DataCheckReport joined = DataCheck.Run(_folder.Write("joined.tar", [.. tar, .. tar]));
        Assert.Contains(joined.Notes, static note => note.Contains("goes on after its marked end", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_way_of_damaging_a_gzip_file_is_told_and_joined_files_are_read()
    {
        byte[] tar = File.ReadAllBytes(Tar([.. Files()])), gzip = DataFolder.Gzip(tar);
        foreach (int cut in new[] { 1, 4, 8, 9, gzip.Length / 2 })
            Assert.Contains("damaged or cut short", Refused(_folder.Write("cut.tar.gz", gzip[..^cut])).Message, StringComparison.Ordinal);
        foreach (int at in new[] { 1, 5, 8 })
        {
            byte[] flipped = [.. gzip];
            flipped[^at] ^= 4;
            Assert.Contains("damaged or cut short", Refused(_folder.Write("flipped.tar.gz", flipped)).Message, StringComparison.Ordinal);
        }

        byte[][] whole = [
            gzip, [.. gzip, .. new byte[700]], [.. gzip, .. DataFolder.Gzip([])],
            [.. DataFolder.Gzip(tar[..700]), .. DataFolder.Gzip(tar[700..])]];
        foreach (byte[] bytes in whole) Assert.True(DataCheck.Run(_folder.Write("whole.tar.gz", bytes)).IsClean);
    }

    [Theory]
    [InlineData("cp866", true)]
    [InlineData("UTF-8", false)]
    public void Undeclared_names_in_a_zip_never_merge_two_classes(string encoding, bool noted)
    {
        string[] names = ["кот", "пёс", "еж"];
        string path = _folder["names.zip"];
        using (FileStream file = File.Create(path))
        using (
            var zip = new ZipArchive(
                file, ZipArchiveMode.Create, false,
                new Undeclared(CodePagesEncodingProvider.Instance.GetEncoding(encoding) ?? Encoding.UTF8)))
            foreach (string name in names)
                for (int i = 0; i < 2; i++)
                    using (Stream entry = zip.CreateEntry($"{name}/{i}.png").Open())
                        entry.Write(ImageFiles.FlatPng(2, 2, (byte)i));
        byte[] bytes = File.ReadAllBytes(path);
        ForEachHeader(bytes, static (header, flags) => header[flags + 1] &= 0xF7);
        File.WriteAllBytes(path, bytes);

        DataCheckReport report = DataCheck.Run(path);

        Assert.Equal([2, 2, 2], report.Classes.Select(static count => count.Train));
        Assert.Equal(noted, report.Notes.Any(static note => note.Contains("single-byte code page", StringComparison.Ordinal)));
        if (!noted) Assert.Equal(names.Order(StringComparer.Ordinal), report.Classes.Select(static count => count.Name));
    }

    [Fact]
    public void A_damaged_entry_of_a_zip_is_named_and_the_others_are_looked_at()
    {
        byte[] zip = File.ReadAllBytes(Zip(CompressionLevel.NoCompression));
        zip[zip.AsSpan().IndexOf("IDAT"u8) + 6] ^= 1;
        DataCheckReport report = DataCheck.Run(_folder.Write("flipped.zip", zip));

        UnreadableFile file = Assert.Single(report.Unreadable);
        Assert.Equal(("a/0.png", "its checksum does not match: it is damaged"), (file.Path, file.Reason));
        Assert.Equal(3, report.Sizes.Sum(static size => size.Count));
    }

    [Theory]
    [InlineData(14, "LZMA")]
    [InlineData(12, "bzip2")]
    [InlineData(93, "zstd")]
    [InlineData(9, "Deflate64")]
    [InlineData(55, "number 55")]
    public void A_method_that_is_not_read_is_named(byte method, string name)
    {
        byte[] zip = File.ReadAllBytes(Zip());
        ForEachHeader(zip, (header, flags) => header[flags + 2] = method);

        DataException error = Refused(_folder.Write("other.zip", zip));
        Assert.Contains($"not read: {name}", error.Message, StringComparison.Ordinal);
        Assert.Contains("a/0.png", error.Where, StringComparison.Ordinal);
    }

    [Fact]
    public void A_zip_is_read_whole_where_its_end_counts_in_16_bits_and_refused_where_it_counts_otherwise()
    {
        const int files = 65_538;
        var whole = new MemoryStream();
        using (var zip = new ZipArchive(whole, ZipArchiveMode.Create, leaveOpen: true))
            for (int i = 0; i < files; i++) zip.CreateEntry($"a/{i}", CompressionLevel.NoCompression);
        byte[] made = whole.ToArray();
        int wide = made.AsSpan().LastIndexOf("PK\u0006\u0006"u8);
        byte[] end = made[^22..];
        made.AsSpan(wide + 40, 4).CopyTo(end.AsSpan(12));
        made.AsSpan(wide + 48, 4).CopyTo(end.AsSpan(16));

        Assert.Equal(files, Counted(2).Count());
        foreach (ushort other in new ushort[] { 0, 1, 3 })
            Assert.Contains("directory is damaged", Assert.Throws<InvalidDataException>(() => Counted(other).Count()).Message);

        IEnumerable<FileEntry> Counted(ushort count)
        {
            (end[8], end[10], end[9], end[11]) = ((byte)count, (byte)count, (byte)(count >> 8), (byte)(count >> 8));
            return ZipEntries.Read(_folder.Write($"counted{count}.zip", [.. made[..wide], .. end]), static _ => { });
        }
    }

    [Fact]
    public void An_encrypted_zip_is_named()
    {
        byte[] zip = File.ReadAllBytes(Zip());
        ForEachHeader(zip, static (header, flags) => header[flags] |= 1);
        Assert.Contains("encrypted", Refused(_folder.Write("secret.zip", zip)).Message, StringComparison.Ordinal);

        zip = File.ReadAllBytes(Zip());
        ForEachHeader(zip, static (header, flags) => header[flags + 2] = 99);
        Assert.Contains("encrypted", Refused(_folder.Write("aes.zip", zip)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_check_goes_on_behind_entries_of_a_kind_that_is_not_read()
    {
        byte[] zip = File.ReadAllBytes(Zip());
        int header = 0;
        ForEachHeader(zip, (bytes, flags) =>
        {
            // The first entry's local header and the first of the directory; the second by another method.
            if (header % 4 == 0) bytes[flags] |= 1;
            if (header++ % 4 == 1) bytes[flags + 2] = 14;
        });
        DataCheckReport report = DataCheck.Run(_folder.Write("some.zip", zip));
        Assert.Equal(["a/0.png", "a/1.png"], report.Unreadable.Select(static file => file.Path));
        Assert.Equal("the archive is encrypted", report.Unreadable[0].Reason);
        Assert.Contains("LZMA", report.Unreadable[1].Reason, StringComparison.Ordinal);
        Assert.Equal(2, report.Sizes.Sum(static size => size.Count));
    }

    [Fact]
    public void A_zip_that_lies_about_lengths_or_lays_entries_over_each_other_is_told()
    {
        byte[] zip = File.ReadAllBytes(Zip()), longer = [.. zip], over = [.. zip];
        ForEachHeader(longer, static (header, flags) => { if (header[0] == 'P' && header[2] == 1) header[24]++; });
        Assert.Contains("ends after", DataCheck.Run(_folder.Write("longer.zip", longer)).Unreadable[0].Reason, StringComparison.Ordinal);

        ForEachHeader(over, static (header, _) => { if (header[2] == 1) header[22] = 1; });
        Assert.Contains("lie over each other", Refused(_folder.Write("over.zip", over)).Message, StringComparison.Ordinal);

        // A gigabyte that is claimed is never allocated.
        byte[] huge = [.. zip];
        ForEachHeader(huge, static (header, _) => { if (header[2] == 1) header[27] = 0x40; });
        long before = GC.GetTotalAllocatedBytes(precise: true);
        Assert.Contains(
            "over the limit of 256 MiB", DataCheck.Run(_folder.Write("huge.zip", huge)).Unreadable[0].Reason, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 100 << 20);
    }

    [Fact]
    public void Every_cut_of_an_archive_is_refused()
    {
        foreach (string path in new[] { Zip(), Tar([.. Files()]) })
        {
            byte[] bytes = File.ReadAllBytes(path);
            for (int length = 520; length < bytes.Length - 512; length += 97) Refused(_folder.Write("cut", bytes[..length]));
        }
    }

    [Theory]
    [InlineData("Rar!\u001a\a\u0001\0", "RAR")]
    [InlineData("BZh91AY", "bzip2")]
    public void Another_archive_is_named(string content, string name) =>
        Assert.Contains(
            $"it is {name}", Refused(_folder.Write("a.zip", Encoding.Latin1.GetBytes(content))).Message, StringComparison.Ordinal);

    private static DataException Refused(string path) =>
        Assert.Throws<DataException>(
            () =>
                TreeReader.ReadAll(
                    EntrySource.Open(path), ImageTree.Scan(EntrySource.Open(path)), null, static (_, _) => { }, null, default));

    private static IEnumerable<PaxTarEntry> Files() => new[] { "a/0.png", "a/1.png", "b/0.png" }
        .Select(
            static (name, i) =>
                new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(ImageFiles.FlatPng(2, 2, (byte)i)) });

    private static TarEntry Entry(TarEntryFormat format, string name, byte[] bytes)
    {
        var content = new MemoryStream(bytes);
        return format switch
        {
            TarEntryFormat.V7 => new V7TarEntry(TarEntryType.V7RegularFile, name) { DataStream = content },
            TarEntryFormat.Ustar => new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = content },
            TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, name) { DataStream = content },
            _ => new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content },
        };
    }

    /// <summary>Changes a header and makes its checksum right again.</summary>
    private static void Patch(byte[] tar, int at, SpanAction change)
    {
        Span<byte> header = tar.AsSpan(at, 512);
        change(header);
        header.Slice(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte value in header) sum += value;
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0").CopyTo(header[148..]);
    }

    private static byte[] WithoutPax(byte[] tar)
    {
        var kept = new MemoryStream();
        for (int at = 0; at < tar.Length; at += 512)
        {
            if (tar.AsSpan(at + 257 < tar.Length ? at + 257 : at).StartsWith("ustar"u8) && tar[at + 156] == 'x') at += 512;
            else kept.Write(tar.AsSpan(at, 512));
        }

        return kept.ToArray();
    }

    /// <summary>Shows the headers of a zip with the place of their flags: the local ones and those of the directory.</summary>
    private static void ForEachHeader(byte[] zip, Action<ArraySegment<byte>, int> change)
    {
        for (int at = 0; at + 4 < zip.Length; at++)
        {
            ReadOnlySpan<byte> mark = zip.AsSpan(at, 4);
            if (mark.SequenceEqual("PK\u0003\u0004"u8)) change(new ArraySegment<byte>(zip, at, zip.Length - at), 6);
            if (mark.SequenceEqual("PK\u0001\u0002"u8)) change(new ArraySegment<byte>(zip, at, zip.Length - at), 8);
        }
    }

    private string Tar(params PaxTarEntry[] entries)
    {
        string path = _folder["made.tar"];
        using var writer = new TarWriter(File.Create(path));
        foreach (PaxTarEntry entry in entries) writer.WriteEntry(entry);
        return path;
    }

    private string Zip(CompressionLevel level = CompressionLevel.Optimal)
    {
        string path = _folder["made.zip"];
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        foreach (string name in new[] { "a/0.png", "a/1.png", "b/0.png", "b/1.png" })
            using (Stream entry = zip.CreateEntry(name, level).Open())
                entry.Write(ImageFiles.FlatPng(2, 2, (byte)(name[0] + name[2])));
        return path;
    }

    private delegate void SpanAction(Span<byte> bytes);

    // An encoding under another name: ZipArchive declares what it knows as UTF-8.
    private sealed class Undeclared(Encoding inner) : Encoding
    {
        public override int GetByteCount(char[] chars, int index, int count) => inner.GetByteCount(chars, index, count);

        public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
            inner.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

        public override int GetCharCount(byte[] bytes, int index, int count) => inner.GetCharCount(bytes, index, count);

        public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
            inner.GetChars(bytes, byteIndex, byteCount, chars, charIndex);

        public override int GetMaxByteCount(int charCount) => inner.GetMaxByteCount(charCount);

        public override int GetMaxCharCount(int byteCount) => inner.GetMaxCharCount(byteCount);
    }
}
