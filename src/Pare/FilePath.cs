namespace Pare;

/// <summary>What a path can be.</summary>
internal static class FilePath
{
    /// <summary>Whether a file can have this path at all: the system refuses others as arguments, before it looks for a file.</summary>
    public static bool CanBe(string path) => path.Length > 0 && !path.Contains('\0');
}
