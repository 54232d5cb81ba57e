namespace Pare.Data;

/// <summary>Follows links as the system does: a link leads on from the folder that it lies in, not from where it is seen.</summary>
/// <remarks>
/// <see cref="FileSystemInfo.ResolveLinkTarget"/> goes by the path that it is given, so that it loses its way in a linked folder.
/// </remarks>
internal static class RealPath
{
    private const int MaxLinks = 40;

    /// <summary>The full path with every link in it followed; links that lead to each other end in one that is still a link.</summary>
    public static string Of(string path)
    {
        path = Path.GetFullPath(path);
        string real = Path.GetPathRoot(path)!;
        var parts = new Stack<string>();
        Push(path[real.Length..]);
        int links = 0;
        while (parts.TryPop(out string? part))
        {
            if (part == "..")
            {
                real = Path.GetDirectoryName(real) ?? real;
                continue;
            }

            real = Path.Combine(real, part);
            if (new FileInfo(real).LinkTarget is not string target || ++links > MaxLinks) continue;
            real = Path.GetDirectoryName(real)!;
            if (Path.IsPathRooted(target))
            {
                target = Path.GetFullPath(target);
                real = Path.GetPathRoot(target)!;
                target = target[real.Length..];
            }

            Push(target);
        }

        return real;

        void Push(string more)
        {
            string[] names = more.Split(
                [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
            for (int i = names.Length - 1; i >= 0; i--)
                if (names[i] != ".") parts.Push(names[i]);
        }
    }
}
