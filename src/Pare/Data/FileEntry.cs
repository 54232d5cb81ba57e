namespace Pare.Data;

/// <summary>One file or folder of an <see cref="EntrySource"/>, valid until the next is asked for.</summary>
/// <param name="Path">Its path below the root, with <c>/</c> between the parts; safe to join to a folder.</param>
/// <param name="IsFolder">Whether it is a folder.</param>
/// <param name="Length">Its bytes when read.</param>
/// <param name="Open">Opens its content; the caller disposes it.</param>
internal sealed record FileEntry(string Path, bool IsFolder, long Length, Func<Stream> Open)
{
    /// <summary>Larger files are no images for a small classifier, and a damaged archive may claim any length.</summary>
    private const long MaxLength = 1 << 28;

    /// <summary>Whether the file is refused for its length.</summary>
    public bool IsTooLarge => Length > MaxLength;

    /// <summary>Reads the whole content.</summary>
    /// <exception cref="EndOfStreamException">It ends before its length.</exception>
    /// <exception cref="InvalidDataException">Its compression is damaged.</exception>
    public byte[] Read()
    {
        byte[] bytes = new byte[Length];
        using Stream stream = Open();
        stream.ReadExactly(bytes);
        return bytes;
    }
}
