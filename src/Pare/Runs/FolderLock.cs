namespace Pare.Runs;

/// <summary>Keeps other programs from working in a folder at the same time.</summary>
internal sealed class FolderLock : IDisposable
{
    /// <summary>The name of the file that is held; one that a killed program left behind is in nobody's way.</summary>
    public const string FileName = ".lock";

    // No file takes longer to write.
    private static readonly TimeSpan s_writing = TimeSpan.FromMinutes(1);

    private readonly FileStream _hold;

    private FolderLock(FileStream hold) => _hold = hold;

    /// <summary>Takes a folder, and makes it where there is none; what a writer that was killed left in it is swept out.</summary>
    /// <param name="location">The folder.</param>
    /// <param name="command">The command that works in such a folder.</param>
    /// <exception cref="RunException">The folder cannot be made or used, or another program works in it.</exception>
    public static FolderLock Take(string location, string command)
    {
        FolderFiles.Guard(location, () => Directory.CreateDirectory(location));
        try
        {
            var hold = new FileStream(
                Path.Combine(location, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1,
                FileOptions.DeleteOnClose);
            Sweep(location);
            return new FolderLock(hold);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException(
                $"The folder cannot be used: {error.Message}", Path.GetFullPath(location),
                $"Let the other `{command}` in this folder finish, or choose another folder.", error)
            { Setting = "folder" };
        }
    }

    /// <summary>Lets others work in the folder.</summary>
    public void Dispose() => _hold.Dispose();

    // A report may be written there at this moment: what is new is left.
    private static void Sweep(string location)
    {
        foreach (string file in Directory.EnumerateFiles(location, "*", SearchOption.AllDirectories)
            .Where(static file => WholeFile.IsLeftover(file)).ToArray())
        {
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > s_writing) File.Delete(file);
        }
    }
}
