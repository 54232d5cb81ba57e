namespace Pare.Recipes;

/// <summary>Finds the runs and builds in a folder that was named in their stead, such as <c>runs</c>.</summary>
internal static class RunsBelow
{
    private const int MostNamed = 3, MostSeen = 1_000;

    /// <summary>What to do instead of naming the folder: the newest of those in it; null where there is none.</summary>
    /// <param name="folder">The folder, as the user would type it.</param>
    public static string? Suggest(string folder)
    {
        try
        {
            if (!Directory.Exists(folder)) return null;
            string[] found = [.. Directory.EnumerateDirectories(folder).Take(MostSeen).Where(static below => IsRun(below) || IsBuild(below))
                .OrderByDescending(Directory.GetLastWriteTimeUtc).ThenBy(static below => below, StringComparer.Ordinal)];
            return found.Length == 0 ? null : $"Did you mean {string.Join(" or ", found.Take(MostNamed))}?";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsRun(string folder) => File.Exists(Path.Combine(folder, TrainedModel.WeightsFile));

    // Its runs lie two folders below it.
    private static bool IsBuild(string folder) => Directory.EnumerateDirectories(folder).Take(MostSeen)
        .Any(static phase => Directory.EnumerateDirectories(phase, "seed-*").Take(MostSeen).Any(IsRun));
}
