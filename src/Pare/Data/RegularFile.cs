using System.Formats.Tar;
using System.Text;

namespace Pare.Data;

/// <summary>Opens files that are files: a pipe without a writer would wait for ever, a device has no end.</summary>
internal static class RegularFile
{
    /// <summary>Whether a path that exists is a pipe, a socket or a device.</summary>
    /// <remarks>
    /// .NET tells nothing of this but for its tar writer, which asks the file system before it opens; what has a length is a file.
    /// </remarks>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    public static bool IsSpecial(FileInfo file)
    {
        if (OperatingSystem.IsWindows() || !file.Exists || file.Length > 0) return false;
        var header = new MemoryStream();
        try
        {
            using (var writer = new TarWriter(header, leaveOpen: true)) writer.WriteEntry(file.FullName, "entry");
        }
        // So the writer refuses sockets.
        catch (Exception error) when (error is NotSupportedException or (IOException and not FileNotFoundException))
        {
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            // An empty file that may not be read; opening it tells.
            return false;
        }

        header.Position = 0;
        using var reader = new TarReader(header);
        return reader.GetNextEntry()?.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile);
    }

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">The file.</param>
    /// <param name="share">What others may do with it meanwhile.</param>
    /// <exception cref="IOException">It is no file, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileStream Open(string path, FileShare share = FileShare.Read)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!FilePath.CanBe(path)) throw new FileNotFoundException("no file can have this path");
        return TryOpen(path, share) ?? throw new IOException("it is a pipe, a socket or a device, and no file");
    }

    /// <summary>Opens a file for reading; null where there is a pipe, a socket or a device.</summary>
    /// <param name="path">The file.</param>
    /// <param name="share">What others may do with it meanwhile.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileStream? TryOpen(string path, FileShare share)
    {
        FileStream? file = IsSpecial(new FileInfo(RealPath.Of(path))) ? null
            : new FileStream(path, FileMode.Open, FileAccess.Read, share, 1 << 16, FileOptions.SequentialScan);

        // A pipe that a process has open has no path of its own.
        if (file is { CanSeek: true }) return file;
        file?.Dispose();
        return null;
    }

    /// <summary>Reads a text in UTF-8; null where it is longer than that.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Characters.</param>
    /// <exception cref="IOException">It is no file, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string? ReadText(string path, int most)
    {
        using FileStream file = Open(path, FileShare.ReadWrite | FileShare.Delete);
        return ReadText(file, most, Encoding.UTF8);
    }

    /// <summary>
    /// Reads a text from an open file; null where it is longer than that, whatever the file's length says: a device has none.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="most">Characters.</param>
    /// <param name="encoding">How they are written.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="DecoderFallbackException">It is not so written, and the encoding is strict.</exception>
    public static string? ReadText(FileStream file, int most, Encoding encoding)
    {
        using var reader = new StreamReader(file, encoding, leaveOpen: true);
        var text = new char[most + 1];
        int length = reader.ReadBlock(text);
        return length <= most ? new string(text, 0, length) : null;
    }

    /// <summary>Refuses a path where a file of another kind lies, which nobody means to lose.</summary>
    /// <param name="path">The file.</param>
    /// <param name="signature">What files of the kind begin with.</param>
    /// <param name="kind">The kind, such as <c>PNG</c>.</param>
    /// <exception cref="RunException">There is a file of another kind.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static void CheckReplaces(string path, ReadOnlySpan<byte> signature, string kind)
    {
        if (!File.Exists(path)) return;
        using FileStream file = Open(path);
        Span<byte> head = stackalloc byte[signature.Length];
        int read = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        if (read > 0 && !head[..read].SequenceEqual(signature))
            throw new RunException($"There is a file of this name that is no {kind}: it is not replaced.", Path.GetFullPath(path),
                "Name another file, or move this one away.")
            { Setting = "file" };
    }
}
