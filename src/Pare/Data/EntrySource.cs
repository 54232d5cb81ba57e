using System.Formats.Tar;
using System.IO.Compression;

namespace Pare.Data;

/// <summary>The files below a folder or inside an archive, read in one stream and never extracted to the disk.</summary>
internal sealed class EntrySource
{
    // Links between folders may form a ring.
    private const int MaxDepth = 16;

    private readonly Func<IEnumerable<FileEntry>> _entries;

    private EntrySource(string path, bool isArchive, Func<IEnumerable<FileEntry>> entries) =>
        (Path, IsArchive, _entries) = (path, isArchive, entries);

    /// <summary>The folder or the archive.</summary>
    public string Path { get; }

    /// <summary>Whether it is an archive.</summary>
    public bool IsArchive { get; }

    /// <summary>
    /// Opens a folder, a <c>.zip</c>, a <c>.tar</c> or a gzip-compressed <c>.tar</c>; archives are recognised by their content.
    /// </summary>
    /// <exception cref="DataException">Nothing is there, or it is none of these.</exception>
    public static EntrySource Open(string path)
    {
        if (Directory.Exists(path)) return new EntrySource(path, false, () => ReadFolder(path, "", 0));
        byte[] head = new byte[512];
        int length;
        try
        {
            using FileStream file = File.OpenRead(path);
            length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error);
        }

        if (head is [(byte)'P', (byte)'K', 3 or 5, 4 or 6, ..]) return new EntrySource(path, true, () => ReadZip(path));
        if (head is [0x1F, 0x8B, ..]) return new EntrySource(path, true, () => ReadTar(path, compressed: true));
        if (length == head.Length && head.AsSpan(257, 5).SequenceEqual("ustar"u8))
            return new EntrySource(path, true, () => ReadTar(path, compressed: false));
        throw new DataException(
            "The file is neither a zip nor a tar archive, compressed or not.", path, "Give a folder, a .zip, a .tar or a .tar.gz.");
    }

    /// <summary>Goes through all entries once, a folder's in ordinal order, an archive's in its own.</summary>
    /// <exception cref="DataException">The folder or archive is unreadable or damaged, or a path leads out of it.</exception>
    public IEnumerable<FileEntry> Entries()
    {
        using IEnumerator<FileEntry> entries = _entries().GetEnumerator();
        while (true)
        {
            FileEntry entry;
            try
            {
                if (!entries.MoveNext()) yield break;
                entry = entries.Current;
            }
            catch (Exception error) when (error is InvalidDataException or EndOfStreamException or FormatException)
            {
                throw Damaged(Path, error);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw Unreadable(Path, error);
            }

            yield return entry;
        }
    }

    /// <summary>The error for an archive that ends early or does not decompress.</summary>
    public static DataException Damaged(string path, Exception error) =>
        new("The archive is damaged or cut short.", path, "Fetch or make the archive again.", error);

    private static DataException Unreadable(string path, Exception error) => error is FileNotFoundException or DirectoryNotFoundException
        ? new DataException("There is nothing at this path.", path, "Check the path.", error)
        : new DataException($"It cannot be read: {error.Message}", path, "Check that it exists and may be read.", error);

    private static IEnumerable<FileEntry> ReadFolder(string path, string prefix, int depth)
    {
        FileSystemInfo[] found = new DirectoryInfo(path).GetFileSystemInfos();
        Array.Sort(found, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        foreach (FileSystemInfo info in found)
        {
            string relative = prefix + info.Name;
            if (info is FileInfo file)
            {
                // A link may lead nowhere; opening it then tells.
                yield return new FileEntry(relative, false, file.Exists ? file.Length : 0, file.OpenRead);
                continue;
            }

            yield return new FileEntry(relative, true, 0, () => Stream.Null);
            if (depth == MaxDepth) continue;
            foreach (FileEntry entry in ReadFolder(info.FullName, relative + "/", depth + 1)) yield return entry;
        }
    }

    private static IEnumerable<FileEntry> ReadZip(string path)
    {
        using ZipArchive archive = ZipFile.OpenRead(path);
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            bool isFolder = entry.FullName.EndsWith('/') || entry.FullName.EndsWith('\\');
            if (SafePath(entry.FullName, path) is { Length: > 0 } safe)
                yield return new FileEntry(safe, isFolder, entry.Length, entry.Open);
        }
    }

    private static IEnumerable<FileEntry> ReadTar(string path, bool compressed)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        using Stream stream = compressed ? new BufferedStream(new GZipStream(file, CompressionMode.Decompress), 1 << 16) : file;
        using var reader = new TarReader(stream);
        while (reader.GetNextEntry() is { } entry)
        {
            bool isFolder = entry.EntryType == TarEntryType.Directory;
            bool isFile = entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile;
            // Links and devices are no images; following a link could lead out of the archive.
            if ((isFile || isFolder) && SafePath(entry.Name, path) is { Length: > 0 } safe)
                yield return new FileEntry(safe, isFolder, entry.Length, () => entry.DataStream ?? Stream.Null);
        }
    }

    /// <summary>Cleans an archive's path; refuses one that is absolute or climbs out, whatever the platform.</summary>
    private static string SafePath(string name, string archive)
    {
        string[] parts = name.Replace('\\', '/').Split('/');
        bool absolute = name.Length > 0 && (parts[0].Length == 0 || parts[0] is [_, ':', ..]);
        if (absolute || parts.Contains("..") || name.Contains('\0'))
            throw new DataException(
                $"The archive holds the path `{name}`, which leads out of it.", archive,
                "Do not trust this archive; fetch or make it again.");
        return string.Join('/', parts.Where(part => part is not ("" or ".")));
    }
}
