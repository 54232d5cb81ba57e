namespace Pare;

/// <summary>
/// Writes a file whole or not at all, also when the program is killed or the power fails: under a name of its own in the same folder,
/// flushed to the disk, and then given its own name.
/// </summary>
public static class WholeFile
{
    private const string Prefix = ".pare-", Suffix = ".tmp";

    /// <summary>Writes a file; one that was there is replaced, and left as it was when the writing fails.</summary>
    /// <param name="path">The file; its folder must exist. A link stays one: what it points to is replaced.</param>
    /// <param name="save">Writes the content to the stream that it is given.</param>
    /// <exception cref="IOException">The disk is full or gone, or did not take what was written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or the file is write-protected.</exception>
    public static void Write(string path, Action<Stream> save) => Write(path, save, replace: true);

    /// <summary>Writes a file; one that was there is left as it was when the writing fails.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="save">Writes the content to the stream that it is given.</param>
    /// <param name="replace">Whether one that was there may be replaced.</param>
    /// <param name="beforeNaming">Called when the content is on the disk, before it gets the file's name.</param>
    /// <exception cref="IOException">
    /// The disk is full or gone, or did not take what was written; there is a file that may not be replaced; or no file can have this path.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The folder or the file is write-protected.</exception>
    internal static void Write(string path, Action<Stream> save, bool replace, Action? beforeNaming = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!FilePath.CanBe(path)) throw new IOException("no file can have this path");
        string full = replace ? Target(Path.GetFullPath(path)) : Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full)!, temporary = TemporaryBeside(full);
        if (!Directory.Exists(folder) && !File.Exists(folder)) throw new DirectoryNotFoundException($"there is no folder for '{full}'");
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
            {
                save(file);

                // The rename must not reach the disk before the content does.
                Disk.Flush(file);
            }

            KeepMode(full, temporary);
            beforeNaming?.Invoke();
            File.Move(temporary, full, overwrite: replace);
        }
        catch (Exception error)
        {
            Discard(temporary);
            if (Disk.IsTooLarge(error)) throw new IOException("A file may not grow so large here.", Disk.FileTooLarge);

            // Whoever is told knows the file by its own name.
            string told = error.Message.Replace(temporary, full, StringComparison.Ordinal);
            if (told == error.Message) throw;
            throw error is UnauthorizedAccessException ? new UnauthorizedAccessException(told, error)
                : new IOException(told, error) { HResult = error.HResult };
        }

        Disk.FlushFolder(folder);
    }

    // A rename asks for no right to the file that it replaces.
    private static string Target(string path)
    {
        string target = new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
        return new FileInfo(target) is { Exists: true, IsReadOnly: true }
            ? throw new UnauthorizedAccessException($"the file '{path}' is write-protected") : target;
    }

    private static void KeepMode(string before, string after)
    {
        if (OperatingSystem.IsWindows() || new FileInfo(before) is not { Exists: true } file) return;
        UnixFileMode mode = file.UnixFileMode;
        if (mode != File.GetUnixFileMode(after)) File.SetUnixFileMode(after, mode);
    }

    /// <summary>Whether a name is one that a writer which was killed left behind.</summary>
    internal static bool IsLeftover(string path) =>
        Path.GetFileName(path.AsSpan()) is var name && name.StartsWith(Prefix, StringComparison.Ordinal)
            && name.EndsWith(Suffix, StringComparison.Ordinal);

    /// <summary>A name of its own in the folder of a file; not made from the file's, which may be as long as a name can be.</summary>
    internal static string TemporaryBeside(string path) =>
        Path.Combine(Path.GetDirectoryName(path)!, $"{Prefix}{Guid.NewGuid():N}{Suffix}");

    /// <summary>Deletes a temporary file if it can be: what went wrong before is what is told.</summary>
    internal static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }
}
