namespace Pare.Data;

/// <summary>What operating systems, network disks and programs leave lying about in folders: never a class, never an image.</summary>
internal static class LeftOut
{
    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "__MACOSX", "Icon\r", "Network Trash Folder", "Temporary Items", // macOS
        "$RECYCLE.BIN", "RECYCLER", "System Volume Information", "Thumbs.db", "ehthumbs.db", "desktop.ini", // Windows
        "lost+found", // Linux
        "@eaDir", "#recycle", "#snapshot", "@tmp", "@__thumb", "@Recycle", "@Recently-Snapshot", // Synology, QNAP
        "__pycache__",
    };

    /// <summary>Whether a file or folder of this name is left out.</summary>
    public static bool IsName(string name) => name[0] == '.' || Names.Contains(name);

    /// <summary>The part of a path up to the first name that is left out; null where none is.</summary>
    public static string? In(string path)
    {
        for (int start = 0; start < path.Length;)
        {
            int slash = path.IndexOf('/', start), end = slash < 0 ? path.Length : slash;
            if (end > start && IsName(path[start..end])) return path[..end];
            start = end + 1;
        }

        return null;
    }
}
