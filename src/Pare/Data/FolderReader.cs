namespace Pare.Data;

/// <summary>The entries below a folder, each folder's in ordinal order. Links are followed, but never round in a ring.</summary>
internal static class FolderReader
{
    /// <summary>Folders that may lie in each other.</summary>
    public const int MaxDepth = 64;

    /// <summary>Goes through the folder once.</summary>
    /// <exception cref="DataException">Folders are nested too deep, or the name of one is not UTF-8.</exception>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be read.</exception>
    public static IEnumerable<FileEntry> Read(string path)
    {
        string real = RealPath.Of(path);
        return Read(real, "", [real]);
    }

    /// <param name="real">The folder, without a link in its path: what a link in it says begins there.</param>
    /// <param name="prefix">What its entries' paths begin with.</param>
    /// <param name="above">The real paths of this folder and of those that it was reached through.</param>
    private static IEnumerable<FileEntry> Read(string real, string prefix, List<string> above)
    {
        if (above.Count > MaxDepth)
            throw new DataException(
                $"Folders lie more than {MaxDepth} deep in each other.", real, "Give the folder that holds the classes.");
        FileSystemInfo[] found = new DirectoryInfo(real).GetFileSystemInfos();
        Array.Sort(found, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        foreach (FileSystemInfo info in found)
        {
            string relative = prefix + info.Name;
            if (info is FileInfo file)
            {
                yield return OfFile(relative, file);
                continue;
            }

            // What is left out anyway is often not ours to read.
            if (LeftOut.IsName(info.Name))
            {
                yield return FileEntry.Of(relative, EntryKind.Folder);
                continue;
            }

            if (FilePath.IsNotUtf8(info.FullName)) throw NotUtf8(info.FullName);
            string inner = info.LinkTarget is null ? info.FullName : RealPath.Of(info.FullName);
            bool isRing = above.Contains(inner);
            yield return FileEntry.Of(relative, isRing ? EntryKind.Ring : EntryKind.Folder, info.LinkTarget);
            if (isRing) continue;
            above.Add(inner);
            foreach (FileEntry entry in Read(inner, relative + "/", above)) yield return entry;
            above.RemoveAt(above.Count - 1);
        }
    }

    /// <summary>The error for a path that is not UTF-8.</summary>
    public static DataException NotUtf8(string path) => new(FilePath.NotUtf8, path, FilePath.RenameToUtf8);

    private static FileEntry OfFile(string relative, FileInfo file)
    {
        if (FilePath.IsNotUtf8(file.FullName))
            return new FileEntry(relative, EntryKind.File, 0,
                static () => throw new InvalidDataException($"its name is not UTF-8: rename it ({FilePath.Renamer})"));
        FileInfo target = file.LinkTarget is null ? file : new FileInfo(RealPath.Of(file.FullName));
        // A link that is still one is of those that lead to each other.
        if (file.LinkTarget is not null && (target.LinkTarget is not null || !target.Exists))
            return FileEntry.Of(relative, EntryKind.Link, file.LinkTarget);
        return RegularFile.IsSpecial(target)
            ? FileEntry.Of(relative, EntryKind.Special)
            : new FileEntry(relative, EntryKind.File, target.Exists ? target.Length : 0, target.OpenRead)
            {
                Modified = target.LastWriteTimeUtc.Ticks,
            };
    }
}
