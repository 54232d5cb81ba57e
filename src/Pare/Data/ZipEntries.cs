using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Pare.Data;

/// <summary>The entries of a zip archive (PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", 6.3).</summary>
/// <remarks>
/// By hand, since System.IO.Compression decodes names that are not UTF-8 to one and the same character, tells neither an entry's
/// method nor that its encoding was declared, and does not compare checksums.
/// </remarks>
internal static class ZipEntries
{
    private const int EndBytes = 22, HeaderBytes = 46, LocalBytes = 30, MaxComment = ushort.MaxValue, MaxLink = 1 << 12;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Goes through the archive once.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="note">Told what a person should know.</param>
    /// <exception cref="DataException">It holds what is not read, or a path that leads out of it.</exception>
    /// <exception cref="InvalidDataException">It is damaged or cut short.</exception>
    public static IEnumerable<FileEntry> Read(string path, Action<string> note)
    {
        using FileStream file = RegularFile.Open(path);
        List<Record> records = ReadDirectory(file, path);
        if (records.Sum(static record => (decimal)record.Compressed) > file.Length)
            throw new DataException(
                "The entries of the archive lie over each other: it would grow without bound.", path, "Do not trust this archive.");
        Encoding undeclared = EncodingOf(records, note);
        foreach (Record record in records)
        {
            string name = record.Text ?? undeclared.GetString(record.Name);
            if (EntrySource.SafePath(name, path) is not { Length: > 0 } safe) continue;
            Func<Stream> open = () => Open(file, record, path, safe);
            yield return record.UnixType switch
            {
                0xA =>
                    FileEntry.Of(
                        safe, EntryKind.Link, EntrySource.Follow(EntrySource.FolderOf(safe), ReadLink(open, record))),
                0x1 or 0x2 or 0x6 or 0xC => FileEntry.Of(safe, EntryKind.Special),
                _ when name[^1] is '/' or '\\' => FileEntry.Of(safe, EntryKind.Folder),
                _ => new FileEntry(safe, EntryKind.File, record.Length, open)
                {
                    Checksum = record.Checksum,
                    Stamp = BitConverter.GetBytes(record.Checksum),
                },
            };
        }
    }

    private static List<Record> ReadDirectory(FileStream file, string path)
    {
        byte[] tail = new byte[Math.Min(file.Length, EndBytes + MaxComment)];
        file.Position = file.Length - tail.Length;
        file.ReadExactly(tail);
        int end = tail.AsSpan(0, Math.Max(0, tail.Length - EndBytes + 4)).LastIndexOf("PK\u0005\u0006"u8);
        if (end < 0) throw new InvalidDataException("its directory, which stands at the end, is missing");
        long endAt = file.Length - tail.Length + end;
        ReadOnlySpan<byte> fields = tail.AsSpan(end);
        long disk = UInt16(fields, 4), count = UInt16(fields, 10), size = UInt32(fields, 12), offset = UInt32(fields, 16);
        if (count == ushort.MaxValue || size == uint.MaxValue || offset == uint.MaxValue)
        {
            byte[] wide = new byte[56];
            if (endAt >= 20 && ReadAt(file, endAt - 20, wide.AsSpan(0, 20)).StartsWith("PK\u0006\u0007"u8))
            {
                endAt = (long)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(wide.AsSpan(8)), (ulong)file.Length);
                if (!ReadAt(file, endAt, wide).StartsWith("PK\u0006\u0006"u8)) throw new InvalidDataException("its directory is damaged");
                disk = UInt32(wide, 16);
                (count, size, offset) = (Int64(wide, 32), Int64(wide, 40), Int64(wide, 48));
            }
        }

        if (disk is not (0 or ushort.MaxValue))
            throw new DataException("The archive is one volume of several.", path, "Make the archive again in one piece.");
        if (count > EntryList.MaxEntries) throw TooMany(path);

        // What stands before the archive, as in one that unpacks itself, moves all its places.
        long start = endAt - size, moved = start - offset;
        if (size < 0 || count < 0 || moved < 0 || offset < 0 || count * HeaderBytes > size)
            throw new InvalidDataException("its directory is damaged");
        var records = new List<Record>();
        using var directory = new BufferedStream(new LimitedStream(file, size), 1 << 16);
        file.Position = start;
        byte[] head = new byte[HeaderBytes];
        while (directory.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length
            && head.AsSpan().StartsWith("PK\u0001\u0002"u8))
        {
            if (records.Count == EntryList.MaxEntries) throw TooMany(path);
            byte[] rest = new byte[UInt16(head, 28) + UInt16(head, 30) + UInt16(head, 32)];
            ReadAll(directory, rest);
            records.Add(Record.Of(head, rest, moved));
        }

        // Some programs count in 16 bits, however many files there are: so the directory's length says how many, and the count checks it.
        return (records.Count - count) % (ushort.MaxValue + 1L) == 0 ? records : throw new InvalidDataException("its directory is damaged");
    }

    private static DataException TooMany(string path) =>
        new($"The archive holds more than {EntryList.MaxEntries} files.", path, "Give an archive of the images alone.");

    /// <summary>
    /// How names are written whose encoding is not declared: UTF-8 where all of them are, else the code page of the specification.
    /// </summary>
    private static Encoding EncodingOf(List<Record> records, Action<string> note)
    {
        int others = records.Count(static record => record.Text is null && TryUtf8(record.Name) is null);
        if (others == 0) return Strict;
        note($"{others} {(others == 1 ? "name is" : "names are")} not UTF-8 and were read as a single-byte code page (437): "
            + "their letters may be others, but no two are taken for one.");
        return CodePagesEncodingProvider.Instance.GetEncoding(437)!;
    }

    private static string? TryUtf8(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static string ReadLink(Func<Stream> open, Record record)
    {
        byte[] target = new byte[Math.Min(record.Length, MaxLink)];
        using Stream stream = open();
        return TryUtf8(target.AsSpan(0, stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false))) ?? "";
    }

    private static Stream Open(FileStream file, Record record, string path, string name)
    {
        if ((record.Flags & 1) != 0 || record.Method == 99)
            throw new DataException(
                "The archive is encrypted.", $"{path}: {name}", "Make the archive again without a password, or unpack it.");
        if (record.Method is not (0 or 8))
            throw new DataException(
                $"The archive is compressed by a method that is not read: {MethodName(record.Method)}.", $"{path}: {name}",
                "Make the archive again with the method Deflate, which is `zip`'s own, or unpack it.");
        byte[] local = new byte[LocalBytes];
        ReadAt(file, record.Offset, local);
        long start = record.Offset + LocalBytes + UInt16(local, 26) + UInt16(local, 28);
        if (!local.AsSpan().StartsWith("PK\u0003\u0004"u8) || start + record.Compressed > file.Length)
            throw new InvalidDataException("its place in the archive is damaged");
        if (record.Length > record.Compressed * (record.Method == 0 ? 1 : GzipReader.MostGrowth))
            throw new InvalidDataException(
                $"it claims {record.Length} bytes, more than its {record.Compressed} bytes in the archive can become");
        file.Position = start;
        var stored = new LimitedStream(file, record.Compressed);
        return record.Method == 0 ? stored : new DeflateStream(stored, CompressionMode.Decompress);
    }

    private static string MethodName(int method) => method switch
    {
        1 => "Shrink",
        >= 2 and <= 5 => "Reduce",
        6 => "Implode",
        9 => "Deflate64",
        12 => "bzip2",
        14 => "LZMA",
        20 or 93 => "zstd",
        94 => "MP3",
        95 => "xz",
        96 => "JPEG",
        97 => "WavPack",
        98 => "PPMd",
        _ => $"number {method}",
    };

    private static Span<byte> ReadAt(FileStream file, long at, Span<byte> bytes)
    {
        if (at < 0 || at > file.Length - bytes.Length) throw new InvalidDataException("its directory is damaged");
        file.Position = at;
        file.ReadExactly(bytes);
        return bytes;
    }

    private static void ReadAll(Stream stream, Span<byte> bytes)
    {
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw new InvalidDataException("its directory is cut short");
    }

    private static int UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long Int64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    /// <summary>One file as the directory has it.</summary>
    /// <param name="Name">The bytes of its name.</param>
    /// <param name="Text">Its name where its encoding is declared and true.</param>
    /// <param name="Flags">General purpose flags.</param>
    /// <param name="Method">How it is compressed.</param>
    /// <param name="Checksum">CRC-32 of its content.</param>
    /// <param name="Compressed">Its bytes in the archive.</param>
    /// <param name="Length">Its bytes when read.</param>
    /// <param name="Offset">Where its local header stands.</param>
    /// <param name="UnixType">The kind of file by Unix's mode, its highest four bits; 0 where none is kept.</param>
    private sealed record Record(
        byte[] Name, string? Text, int Flags, int Method, uint Checksum, long Compressed, long Length, long Offset, int UnixType)
    {
        public static Record Of(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest, long moved)
        {
            byte[] name = rest[..UInt16(head, 28)].ToArray();
            long compressed = UInt32(head, 20), length = UInt32(head, 24), offset = UInt32(head, 42);
            int flags = UInt16(head, 8);
            string? text = (flags & 0x800) != 0 ? TryUtf8(name) : null;
            ReadOnlySpan<byte> extra = rest.Slice(name.Length, UInt16(head, 30));
            while (extra.Length >= 4)
            {
                ReadOnlySpan<byte> field = extra[4..Math.Min(extra.Length, 4 + UInt16(extra, 2))];
                if (UInt16(extra, 0) == 1)
                {
                    ReadOnlySpan<byte> wide = field;
                    if (length == uint.MaxValue) length = Next(ref wide);
                    if (compressed == uint.MaxValue) compressed = Next(ref wide);
                    if (offset == uint.MaxValue) offset = Next(ref wide);
                }

                // The name in UTF-8 beside one in another encoding, good for as long as that is still the one it was written for.
                if (UInt16(extra, 0) == 0x7075 && field.Length > 5 && UInt32(field, 1) == Crc32.Of(name)) text = TryUtf8(field[5..]);
                extra = extra[(4 + field.Length)..];
            }

            if (length < 0 || compressed < 0 || offset < 0) throw new InvalidDataException("its directory is damaged");
            int system = head[5], type = system is 3 or 19 ? (int)(UInt32(head, 38) >> 28) : 0;
            return new Record(name, text, flags, UInt16(head, 10), UInt32(head, 16), compressed, length, offset + moved, type);
        }

        private static long Next(ref ReadOnlySpan<byte> field)
        {
            if (field.Length < 8) throw new InvalidDataException("its directory is damaged");
            long value = Int64(field, 0);
            field = field[8..];
            return value;
        }
    }
}
