using System.Text;

namespace Pare.Data;

/// <summary>The entries of a tar archive: V7, ustar, GNU and pax (IEEE 1003.1, "pax", "ustar Interchange Format").</summary>
/// <remarks>
/// By hand, since System.Formats.Tar decodes names that are not UTF-8 to one and the same character, reads headers of any size
/// into memory, and has an exception of its own for each thing that it does not read.
/// </remarks>
internal static class TarEntries
{
    private const int Block = 512, MaxHeader = 1 << 20;
    private const long MaxTrailer = 1 << 26;
    private const string Sparse = "GNU.sparse.";

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Whether a block is the head of an entry: its checksum says so, in every form of tar.</summary>
    public static bool IsHeader(ReadOnlySpan<byte> block)
    {
        long sum = 0, signed = 0;
        for (int i = 0; i < Block; i++)
        {
            byte value = i is >= 148 and < 156 ? (byte)' ' : block[i];
            sum += value;
            signed += (sbyte)value;
        }

        // Some old programs add the bytes up with their signs.
        return Number(block[148..156]) is long stored && (stored == sum || stored == signed);
    }

    /// <summary>Goes through the archive once.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="compressed">Whether it is gzip-compressed.</param>
    /// <param name="note">Told what a person should know.</param>
    /// <exception cref="DataException">It holds what is not read, or a path that leads out of it.</exception>
    /// <exception cref="InvalidDataException">It is damaged or cut short.</exception>
    public static IEnumerable<FileEntry> Read(string path, bool compressed, Action<string> note)
    {
        using FileStream file = RegularFile.Open(path);
        using Stream stream = compressed ? new BufferedStream(new GzipReader(file), 1 << 16) : file;
        long most = compressed ? file.Length * GzipReader.MostGrowth : file.Length;
        var global = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var own = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        byte[] block = new byte[Block];
        while (true)
        {
            ReadExactly(stream, block);
            if (!block.AsSpan().ContainsAnyExcept((byte)0)) break;
            if (!IsHeader(block)) throw new InvalidDataException("the checksum of a header does not match");
            char type = (char)block[156];
            long size = Number(block.AsSpan(124, 12)) ?? throw new InvalidDataException("a header gives no size");
            switch (type)
            {
                case 'g':
                    ReadExtended(ReadHeader(stream, size), global);
                    continue;
                case 'x' or 'X':
                    ReadExtended(ReadHeader(stream, size), own);
                    continue;
                case 'L':
                    own["path"] = TrimNul(ReadHeader(stream, size));
                    continue;
                case 'K':
                    own["linkpath"] = TrimNul(ReadHeader(stream, size));
                    continue;
            }

            byte[]? Extended(string key) => own.GetValueOrDefault(key) ?? global.GetValueOrDefault(key);

            string name = Text(Extended("path") ?? NameOf(block), path);
            string link = Text(Extended("linkpath") ?? TrimNul(block[157..257]), path);
            if (Extended("size") is byte[] digits)
                size = long.TryParse(Encoding.ASCII.GetString(digits), out long value) && value >= 0
                    ? value
                    : throw new InvalidDataException("a header gives no size");
            bool isSparse = type == 'S' || own.Keys.Concat(global.Keys).Any(
                static key => key.StartsWith(Sparse, StringComparison.Ordinal));
            own.Clear();
            if (isSparse)
                throw new DataException(
                    $"The archive holds `{name}` as a sparse file, which is not read.", path,
                    "Make the archive again by `tar` without -S (--sparse).");
            if (type == 'M')
                throw new DataException(
                    $"The archive begins or ends within `{name}`: it is one volume of several.", path,
                    "Make the archive again in one piece.");

            if (size > most) throw new InvalidDataException($"`{name}` claims {size} bytes, more than the archive can hold");

            // Links, folders and devices have no content, whatever their size says.
            var content = new LimitedStream(stream, type is >= '1' and <= '6' ? 0 : size);
            if (EntrySource.SafePath(name, path) is { Length: > 0 } safe && Entry(type, name, safe, link, content, path) is { } entry)
                yield return entry with { Stamp = [.. block] };
            Skip(stream, content.Remaining + ((Block - (content.Length % Block)) % Block));
        }

        // To the end, so that the checksum of the compression is looked at.
        Drain(stream, note);
    }

    private static FileEntry? Entry(char type, string name, string safe, string link, LimitedStream content, string archive) => type switch
    {
        '1' => FileEntry.Of(safe, EntryKind.Link, EntrySource.SafePath(link, archive)),
        '2' => FileEntry.Of(safe, EntryKind.Link, EntrySource.Follow(EntrySource.FolderOf(safe), link)),
        '3' or '4' or '6' => FileEntry.Of(safe, EntryKind.Special),
        '5' => FileEntry.Of(safe, EntryKind.Folder),
        >= 'A' and <= 'Z' => null,
        _ when name.EndsWith('/') => FileEntry.Of(safe, EntryKind.Folder),
        _ => new FileEntry(safe, EntryKind.File, content.Length, () => content),
    };

    /// <summary>A number in octal digits, or in binary behind a set first bit; null where it is neither.</summary>
    private static long? Number(ReadOnlySpan<byte> field)
    {
        long value = 0;
        if (field[0] == 0x80)
        {
            foreach (byte digit in field[1..])
            {
                if (value > long.MaxValue >> 8) return null;
                value = (value << 8) | digit;
            }

            return value;
        }

        ReadOnlySpan<byte> digits = field.TrimStart((byte)' ');
        int end = digits.IndexOfAny((byte)' ', (byte)0);
        foreach (byte digit in end < 0 ? digits : digits[..end])
        {
            if (digit is < (byte)'0' or > (byte)'7') return null;
            value = (value * 8) + (digit - '0');
        }

        return value;
    }

    private static byte[] NameOf(byte[] block)
    {
        byte[] name = TrimNul(block[..100]);
        bool hasPrefix = block.AsSpan(257, 6).SequenceEqual("ustar\0"u8) && block[345] != 0;
        return hasPrefix ? [.. TrimNul(block[345..500]), (byte)'/', .. name] : name;
    }

    private static byte[] TrimNul(byte[] field)
    {
        int end = Array.IndexOf(field, (byte)0);
        return end < 0 ? field : field[..end];
    }

    private static string Text(byte[] bytes, string archive)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw new DataException(
                $"The archive holds the name `{Encoding.Latin1.GetString(bytes)}`, which is not UTF-8: its letters are not known.",
                archive, $"Rename the files to UTF-8 ({FilePath.Renamer}) and make the archive again, or unpack it and give the folder.",
                error);
        }
    }

    /// <summary>Records of a pax header: length, key and value as <c>27 path=a/b.png</c> and a line feed.</summary>
    private static void ReadExtended(ReadOnlySpan<byte> header, Dictionary<string, byte[]> records)
    {
        while (header.ContainsAnyExcept((byte)0))
        {
            int blank = header.IndexOf((byte)' '), equals = header.IndexOf((byte)'=');
            if (blank < 1 || equals < blank || !int.TryParse(header[..blank], out int length) || length <= equals + 1
                || length > header.Length)
                throw new InvalidDataException("an extended header is no list of keys and values");

            // The others, of any number and length, are not kept.
            string key = Encoding.UTF8.GetString(header[(blank + 1)..equals]);
            if (key is "path" or "linkpath" or "size" || key.StartsWith(Sparse, StringComparison.Ordinal))
                records[key] = header[(equals + 1)..(length - 1)].ToArray();
            header = header[length..];
        }
    }

    private static byte[] ReadHeader(Stream stream, long size)
    {
        if (size > MaxHeader) throw new InvalidDataException($"a header claims {size} bytes");
        byte[] header = new byte[size];
        ReadExactly(stream, header);
        Skip(stream, (Block - (size % Block)) % Block);
        return header;
    }

    private static void ReadExactly(Stream stream, Span<byte> bytes)
    {
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw new InvalidDataException("it ends before its end is marked");
    }

    private static void Skip(Stream stream, long bytes)
    {
        if (stream.CanSeek)
        {
            if (bytes > stream.Length - stream.Position) throw new InvalidDataException("it ends before its end is marked");
            stream.Position += bytes;
            return;
        }

        byte[] buffer = new byte[Math.Min(bytes, 1 << 16)];
        for (; bytes > 0; bytes -= buffer.Length)
        {
            if (bytes < buffer.Length) buffer = buffer[..(int)bytes];
            ReadExactly(stream, buffer);
        }
    }

    private static void Drain(Stream stream, Action<string> note)
    {
        byte[] buffer = new byte[1 << 16];
        for (long total = 0; stream.Read(buffer) is > 0 and int got;)
        {
            if (buffer.AsSpan(0, got).ContainsAnyExcept((byte)0))
                note("The archive goes on after its marked end, as two that were joined do; what follows is left out.");
            if ((total += got) > MaxTrailer)
                throw new InvalidDataException($"it goes on for more than {MaxTrailer >> 20} MiB after its marked end");
        }
    }
}
