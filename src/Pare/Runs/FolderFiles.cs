using System.Globalization;
using System.Text;

namespace Pare.Runs;

/// <summary>Writes the files of a run's folder, each whole or not at all.</summary>
internal static class FolderFiles
{
    // A name of a file or folder may have 255 bytes, and something is put behind this one.
    private const int LongestName = 100;

    /// <summary>A folder's name from a recipe, what it is for, and the local time, such as <c>mnist-lr-find-20260304-050607</c>.</summary>
    public static string Name(string recipe, string purpose, TimeProvider clock) =>
        $"{FileName(recipe)}{purpose}-{clock.GetLocalNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";

    /// <summary>
    /// A text with everything replaced that a file's name should not hold on some system, and cut where it is too long for one. Letters and
    /// digits of any script stay.
    /// </summary>
    public static string FileName(string text)
    {
        var name = new StringBuilder();
        int bytes = 0;
        foreach (Rune rune in text.TrimStart('.').EnumerateRunes())
        {
            Rune kept = FilePath.IsPlain(rune) || rune.Value == '.' ? rune : new Rune('-');
            if ((bytes += kept.Utf8SequenceLength) > LongestName) break;
            name.Append(kept);
        }

        string plain = name.ToString();
        return FilePath.IsDevice(plain) ? plain.Insert(FilePath.Stem(plain).Length, "-") : plain;
    }

    /// <summary>Where something lies that a record names, with slashes on every system, such as <c>01-baseline/seed-1</c>.</summary>
    public static string Below(string folder, string name) => Path.Combine([folder, .. name.Split('/')]);

    /// <summary>Whether a record's name of a folder is one below its own: a foreign record must not make a reader look elsewhere.</summary>
    public static bool IsBelow(string folder) =>
        folder.Length > 0 && !Path.IsPathRooted(folder) && !folder.Split('/', '\\').Contains("..");

    /// <summary>Writes a text in UTF-8.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public static void WriteText(string folder, string name, string text) =>
        Write(folder, name, file => file.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Writes a file.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public static void Write(string folder, string name, Action<Stream> save) =>
        Guard(folder, () => WholeFile.Write(Path.Combine(folder, name), save));

    /// <summary>Whether a folder holds something: anything but what a writer that was killed left behind.</summary>
    public static bool HoldsSomething(string folder, params ReadOnlySpan<string> butFor)
    {
        if (!Directory.Exists(folder)) return false;
        foreach (string entry in Directory.EnumerateFileSystemEntries(folder))
        {
            if (!WholeFile.IsLeftover(entry) && !butFor.Contains(Path.GetFileName(entry))) return true;
        }

        return false;
    }

    /// <summary>Makes a folder, with those above it; where that fails, none of them.</summary>
    /// <returns>What was not there before, the lowest first.</returns>
    public static IReadOnlyList<string> Make(string folder)
    {
        var made = new List<string>();
        for (string? path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)); path is not null && !Path.Exists(path);
            path = Path.GetDirectoryName(path)) made.Add(path);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch
        {
            RemoveEmpty(made);
            throw;
        }

        return made;
    }

    /// <summary>Takes away what was made, as far as nothing has come to lie in it, and nothing else in its place.</summary>
    /// <param name="made">What <see cref="Make"/> returned.</param>
    public static void RemoveEmpty(IReadOnlyList<string> made)
    {
        try
        {
            foreach (string folder in made)
            {
                // Somebody may have moved it to another disk and left a link, which would go, however much is in it.
                if (new DirectoryInfo(folder).LinkTarget is not null) return;
                if (Directory.Exists(folder)) Directory.Delete(folder);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Something is in it.
        }
    }

    /// <summary>Does something in a folder.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public static void Guard(string folder, Action action) => Guard(folder, () =>
    {
        action();
        return true;
    });

    /// <summary>Does something in a folder.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public static T Guard<T>(string folder, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (IsOfDisk(exception))
        {
            throw new RunException(
                $"The run's folder cannot be written: {exception.Message}", Path.GetFullPath(folder),
                Remedy(exception, "choose another folder"), exception)
            { Setting = "folder" };
        }
    }

    /// <summary>Writes a file that somebody has named, wherever it lies.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public static void WriteNamed(string path, Action<Stream> save)
    {
        try
        {
            WholeFile.Write(path, save);
        }
        catch (Exception exception) when (IsOfDisk(exception))
        {
            throw new RunException($"The file cannot be written: {exception.Message}", Path.GetFullPath(path),
                Remedy(exception, "name another file"), exception)
            { Setting = "file" };
        }
    }

    private static bool IsOfDisk(Exception exception) =>
        exception is IOException or UnauthorizedAccessException || Disk.IsTooLarge(exception);

    private static string Remedy(Exception exception, string other) => Disk.IsFull(exception) ? $"Free some space there, or {other}."
        : $"See that the folder may be written to and that its disk works, or {other}.";
}
