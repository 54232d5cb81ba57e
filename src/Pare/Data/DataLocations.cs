namespace Pare.Data;

/// <summary>The places a data set is looked for, in this order.</summary>
public sealed record DataLocations
{
    /// <summary>The environment variable that names a data set, or a folder of data sets.</summary>
    public const string EnvironmentVariable = "PARE_DATA";

    /// <summary>What the user gave with <c>--data</c>; nothing else is looked at then.</summary>
    public string? Given { get; init; }

    /// <summary>The content of <c>PARE_DATA</c>.</summary>
    public string? Environment { get; init; }

    /// <summary>The folder that downloads are kept in.</summary>
    public string? Cache { get; init; }

    /// <summary>The folder that decoded images are kept in; null without a cache.</summary>
    public string? ImageCache => Cache is null ? null : Path.Combine(Cache, "decoded");

    /// <summary>The endings an archive of images may have.</summary>
    internal static IReadOnlyList<string> ArchiveEndings { get; } = [".tar.gz", ".tgz", ".tar", ".zip"];

    /// <summary>The places of this process.</summary>
    /// <param name="given">What the user gave with <c>--data</c>, if anything.</param>
    public static DataLocations Of(string? given) => new()
    {
        Given = given,
        Environment = System.Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } path ? path : null,
        Cache = CacheFolder(System.Environment.GetEnvironmentVariable("XDG_CACHE_HOME")),
    };

    /// <summary>
    /// The folder that downloads are kept in: <c>pare</c> below <c>XDG_CACHE_HOME</c>, or below the platform's place for caches.
    /// </summary>
    /// <param name="xdgCacheHome">
    /// The content of <c>XDG_CACHE_HOME</c>; a path that is not absolute counts as none, as its specification says.
    /// </param>
    public static string CacheFolder(string? xdgCacheHome)
    {
        string home = System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile);
        string root = Path.IsPathFullyQualified(xdgCacheHome ?? "") ? xdgCacheHome!
            : OperatingSystem.IsWindows() ? System.Environment.GetFolderPath(System.Environment.SpecialFolder.LocalApplicationData)
            : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches")
            : Path.Combine(home, ".cache");
        return Path.Combine(root, "pare");
    }
}
