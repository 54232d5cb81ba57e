namespace Pare.Data;

/// <summary>The entries below a folder, each folder's in ordinal order. Links are followed, but never round in a ring.</summary>
internal static class FolderReader
{
    private const int MaxDepth = 64, MaxLinks = 40;

    /// <summary>Goes through the folder once.</summary>
    /// <exception cref="DataException">Folders are nested too deep.</exception>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be read.</exception>
    public static IEnumerable<FileEntry> Read(string path)
    {
        string real = RealPath(path, 0);
        return Read(path, real, "", [real]);
    }

    /// <param name="path">The folder as it is reached.</param>
    /// <param name="real">The same without links.</param>
    /// <param name="prefix">What its entries' paths begin with.</param>
    /// <param name="above">The real paths of this folder and of those that it was reached through.</param>
    private static IEnumerable<FileEntry> Read(string path, string real, string prefix, List<string> above)
    {
        if (above.Count > MaxDepth)
            throw new DataException(
                $"Folders lie more than {MaxDepth} deep in each other.", path, "Give the folder that holds the classes.");
        FileSystemInfo[] found = new DirectoryInfo(path).GetFileSystemInfos();
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

            string inner = info.LinkTarget is null ? Path.Combine(real, info.Name) : RealPath(info.FullName, 0);
            bool isRing = above.Contains(inner);
            yield return FileEntry.Of(relative, isRing ? EntryKind.Ring : EntryKind.Folder, info.LinkTarget);
            if (isRing) continue;
            above.Add(inner);
            foreach (FileEntry entry in Read(info.FullName, inner, relative + "/", above)) yield return entry;
            above.RemoveAt(above.Count - 1);
        }
    }

    private static FileEntry OfFile(string relative, FileInfo file)
    {
        FileInfo target = file;
        if (file.LinkTarget is not null)
        {
            try
            {
                target = (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!;
            }
            // Links that lead to each other.
            catch (IOException)
            {
                return FileEntry.Of(relative, EntryKind.Link, file.LinkTarget);
            }

            if (!target.Exists) return FileEntry.Of(relative, EntryKind.Link, file.LinkTarget);
        }

        return RegularFile.IsSpecial(target)
            ? FileEntry.Of(relative, EntryKind.Special)
            : new FileEntry(relative, EntryKind.File, target.Exists ? target.Length : 0, target.OpenRead)
            {
                Modified = target.LastWriteTimeUtc.Ticks,
            };
    }

    /// <summary>The path with every link in it followed.</summary>
    private static string RealPath(string path, int links)
    {
        string full = Path.GetFullPath(path), real = Path.GetPathRoot(full)!;
        foreach (string part in full[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var info = new DirectoryInfo(Path.Combine(real, part));
            real = info.LinkTarget is null || links == MaxLinks
                ? info.FullName
                : RealPath(Path.Combine(real, info.LinkTarget), links + 1);
        }

        return real;
    }
}
