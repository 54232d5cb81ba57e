namespace Pare.Data;

/// <summary>One entry of an <see cref="EntrySource"/>, valid until the next is asked for.</summary>
/// <param name="Path">Its path below the root, with <c>/</c> between the parts; safe to join to a folder.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Length">Its bytes when read.</param>
/// <param name="Open">Opens its content; the caller disposes it.</param>
internal sealed record FileEntry(string Path, EntryKind Kind, long Length, Func<Stream> Open)
{
    /// <summary>Of a link the path below the root that it leads to; null where it leads out.</summary>
    public string? Target { get; init; }

    /// <summary>When it was last written, in ticks of UTC; of an entry in an archive when that was.</summary>
    public long Modified { get; init; }

    /// <summary>The checksum that the content must have (CRC-32); null where none is kept.</summary>
    public uint? Checksum { get; init; }

    /// <summary>What an archive says of the content beside its length: it changes with most changes of the content.</summary>
    public byte[] Stamp { get; init; } = [];

    /// <summary>Whether it is a folder.</summary>
    public bool IsFolder => Kind == EntryKind.Folder;

    /// <summary>An entry without content.</summary>
    public static FileEntry Of(string path, EntryKind kind, string? target = null) =>
        new(path, kind, 0, static () => Stream.Null) { Target = target };

    /// <summary>Reads the whole content.</summary>
    /// <exception cref="InvalidDataException">It is too long, damaged, or no longer of its length; the message says which.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public byte[] Read()
    {
        if (Length > ImageDecoder.MostFileBytes)
            throw new InvalidDataException($"it is over the limit of {ImageDecoder.MostFileBytes >> 20} MiB");
        using Stream stream = Open();
        byte[] bytes = new byte[Length];
        int got = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (got < bytes.Length) throw new InvalidDataException($"it ends after {got} of {bytes.Length} bytes");
        if (stream.ReadByte() >= 0) throw new InvalidDataException($"it goes on after its {bytes.Length} bytes");
        if (Checksum is uint checksum && Crc32.Of(bytes) != checksum)
            throw new InvalidDataException("its checksum does not match: it is damaged");
        return bytes;
    }
}
