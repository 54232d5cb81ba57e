namespace Pare.Data;

/// <summary>The files below a folder or inside an archive, read in one stream and never extracted to the disk.</summary>
internal sealed class EntrySource
{
    private const int MostCharacters = 4096;

    private readonly Func<IEnumerable<FileEntry>> _entries;
    private readonly List<string> _notes = [];

    private EntrySource(string path, bool isArchive, Func<EntrySource, IEnumerable<FileEntry>> entries)
    {
        (Path, IsArchive) = (path, isArchive);
        _entries = () => entries(this);
    }

    /// <summary>The folder or the archive.</summary>
    public string Path { get; }

    /// <summary>Whether it is an archive.</summary>
    public bool IsArchive { get; }

    /// <summary>Whether damage at one place makes all that follows unreadable, as in a tar.</summary>
    public bool IsStream { get; private init; }

    /// <summary>What a person should know about how it was read; whole after its entries were gone through once.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>
    /// Opens a folder, a <c>.zip</c>, a <c>.tar</c> or a gzip-compressed <c>.tar</c>; archives are recognised by their content.
    /// </summary>
    /// <param name="path">Where it is.</param>
    /// <param name="orPicture">Whether a picture could have stood in its stead, for the error.</param>
    /// <exception cref="DataException">Nothing is there, or it is none of these.</exception>
    public static EntrySource Open(string path, bool orPicture = false)
    {
        if (Directory.Exists(path)) return new EntrySource(path, false, source => FolderReader.Read(source.Path));
        byte[] head = new byte[512];
        int length;
        try
        {
            using FileStream file = RegularFile.Open(path);
            length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error);
        }

        if (head is [(byte)'P', (byte)'K', 3 or 5 or 7, 4 or 6 or 8, ..])
            return new EntrySource(path, true, static source => ZipEntries.Read(source.Path, source.Note));
        if (head is [0x1F, 0x8B, ..]) return OfTar(path, compressed: true);
        if (length == head.Length && TarEntries.IsHeader(head)) return OfTar(path, compressed: false);
        string? other = head switch
        {
            [(byte)'R', (byte)'a', (byte)'r', (byte)'!', ..] => "RAR",
            [(byte)'7', (byte)'z', 0xBC, 0xAF, ..] => "7-Zip",
            [(byte)'B', (byte)'Z', (byte)'h', ..] => "bzip2",
            [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] => "xz",
            [0x28, 0xB5, 0x2F, 0xFD, ..] => "zstd",
            _ => null,
        };
        throw new DataException(
            (orPicture ? "The file is no picture that Pare reads (PNG, JPEG, BMP), nor a zip or tar archive"
                : "The file is neither a zip nor a tar archive, compressed or not")
            + (other is null ? "." : $": it is {other}, which is not read."), path,
            $"{(orPicture ? "Convert the picture to PNG, or give" : "Give")} a folder, a .zip, a .tar or a .tar.gz.");
    }

    /// <summary>Goes through all entries once, a folder's in ordinal order, an archive's in its own.</summary>
    /// <exception cref="DataException">The folder or archive is unreadable or damaged, or a path leads out of it.</exception>
    public IEnumerable<FileEntry> Entries()
    {
        using IEnumerator<FileEntry> entries = _entries().GetEnumerator();
        FileInfo? archive = IsArchive ? new FileInfo(RealPath.Of(Path)) : null;
        while (true)
        {
            FileEntry entry;
            try
            {
                if (!entries.MoveNext()) yield break;
                entry = entries.Current;
                if (archive is not null)
                    entry = entry with
                    {
                        Modified = archive.LastWriteTimeUtc.Ticks,
                        Stamp = [.. entry.Stamp, .. BitConverter.GetBytes(archive.Length)],
                    };
            }
            catch (InvalidDataException error)
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
        new($"The archive is damaged or cut short: {error.Message.TrimEnd('.')}.", path, "Fetch or make the archive again.", error);

    /// <summary>Cleans an archive's path; refuses one that is absolute or climbs out, whatever the platform, and one without end.</summary>
    /// <exception cref="DataException">It leads out of the archive, or is longer or deeper than a path can be.</exception>
    public static string SafePath(string name, string archive)
    {
        if (name.Length > MostCharacters)
            throw new DataException(
                $"The archive holds a path of {name.Length} characters; {MostCharacters} are possible.", archive,
                "Make the archive again.");
        string[] parts = name.Replace('\\', '/').Split('/');
        bool absolute = name.Length > 0 && (parts[0].Length == 0 || parts[0] is [_, ':', ..]);
        if (absolute || parts.Contains("..") || name.Contains('\0'))
            throw new DataException(
                $"The archive holds the path `{name}`, which leads out of it.", archive,
                "Do not trust this archive; fetch or make it again.");
        string[] named = [.. parts.Where(static part => part is not ("" or "."))];
        return named.Length <= FolderReader.MaxDepth ? string.Join('/', named) : throw new DataException(
            $"The archive holds folders that lie more than {FolderReader.MaxDepth} deep in each other.", archive,
            "Make the archive again.");
    }

    /// <summary>The folder of a path; empty for the root.</summary>
    public static string FolderOf(string path) => path[..Math.Max(path.LastIndexOf('/'), 0)];

    /// <summary>The path within an archive that a link leads to; null where it leads out.</summary>
    /// <param name="folder">The folder that the link lies in; empty for the root.</param>
    /// <param name="target">What the link says.</param>
    public static string? Follow(string folder, string target)
    {
        if (target.Length == 0 || target[0] is '/' or '\\' || target.Contains('\0')) return null;
        List<string> parts = [.. folder.Split('/', StringSplitOptions.RemoveEmptyEntries)];
        foreach (string part in target.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count == 0) return null;
            else parts.RemoveAt(parts.Count - 1);
        }

        return string.Join('/', parts);
    }

    private static EntrySource OfTar(string path, bool compressed) =>
        new(path, true, source => TarEntries.Read(source.Path, compressed, source.Note)) { IsStream = true };

    private static DataException Unreadable(string path, Exception error) => FilePath.IsNotUtf8(path)
        ? FolderReader.NotUtf8(path)
        : error is FileNotFoundException or DirectoryNotFoundException && !System.IO.Path.Exists(path)
        ? new DataException("There is nothing at this path.", path, "Check the path.", error)
        : new DataException($"It cannot be read: {error.Message.TrimEnd('.')}.", path, "Check that it exists and may be read.", error);

    private void Note(string note)
    {
        if (!_notes.Contains(note)) _notes.Add(note);
    }
}
