using System.Text.Json;
using Pare.Data;

namespace Pare.Runs;

/// <summary>
/// Keeps other programs from working in a folder at the same time. The lock is a file that names its holder and comes to be whole and at
/// once, on network file systems, too; whoever finds that of a process which is provably gone takes its place.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    /// <summary>The name of the file; one that a killed program left behind is in nobody's way.</summary>
    public const string FileName = ".lock";

    private const int Attempts = 100;

    // No file takes longer to write.
    private static readonly TimeSpan s_writing = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    private readonly string _path;
    private readonly LockHolder _holder;

    // Held open: on one kernel it tells who cannot look the process up that it goes on.
    private readonly FileStream _hold;

    // Folders that were made for it: where nothing was kept in them, as after a refusal, they go with it.
    private readonly IReadOnlyList<string> _made;

    private FolderLock(string path, LockHolder holder, FileStream hold, IReadOnlyList<string> made) =>
        (_path, _holder, _hold, _made) = (path, holder, hold, made);

    /// <summary>
    /// Takes a folder, and makes it where there is none: then it goes again with the lock, if nothing is in it. What a writer that was
    /// killed left in it is swept out.
    /// </summary>
    /// <param name="location">The folder.</param>
    /// <param name="command">The command that works in such a folder.</param>
    /// <exception cref="RunException">The folder cannot be made or used, or another program works in it.</exception>
    public static FolderLock Take(string location, string command) => Take(location, FileName, command);

    /// <summary>Takes one thing in a folder, such as a run that is a file there, and leaves the others.</summary>
    /// <param name="location">The folder.</param>
    /// <param name="name">The name of the lock's file.</param>
    /// <param name="command">The command that works in such a folder.</param>
    /// <exception cref="RunException">The folder cannot be made or used, or another program holds the thing.</exception>
    public static FolderLock Take(string location, string name, string command) => FolderFiles.Guard(location, () =>
        Take(location, name, command, out LockHolder? holder) ?? throw Held(location, name, command, holder));

    /// <summary>Takes a folder unless another program works in it: then null.</summary>
    /// <exception cref="RunException">The folder cannot be made or used.</exception>
    public static FolderLock? TryTake(string location, string command, string name = FileName) => FolderFiles.Guard(location, () =>
        Take(location, name, command, out _));

    /// <summary>Who holds a folder at this moment; null for nobody that is known to go on.</summary>
    public static LockHolder? HolderOf(string location, string name = FileName)
    {
        try
        {
            return Read(Path.Combine(location, name)) is { } holder
                && holder.SeenBy(LockHolder.Current("")) is not HolderStanding.Gone ? holder : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether the folder is still held by this; not when it was deleted, or its lock taken away by hand.</summary>
    public bool Holds()
    {
        try
        {
            return Read(_path)?.Token == _holder.Token;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Lets others work in the folder.</summary>
    public void Dispose()
    {
        // A folder without this lock is another one by now, or somebody else's.
        bool isOurs = false;
        try
        {
            isOurs = Holds();
            if (isOurs) File.Delete(_path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What stays names a process that will be gone.
        }

        _hold.Dispose();
        if (isOurs) FolderFiles.RemoveEmpty(_made);
    }

    // Null when another holds it.
    private static FolderLock? Take(string location, string name, string command, out LockHolder? holder)
    {
        string path = Path.Combine(location, name);
        var me = LockHolder.Current(command);
        IReadOnlyList<string> made = [];
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            FileStream? hold;
            try
            {
                made = [.. FolderFiles.Make(location).Union(made)];
                hold = TryCreate(path, me);
            }
            catch (DirectoryNotFoundException) when (attempt < Attempts)
            {
                // Who made it has kept nothing in it, and takes it away at this moment.
                continue;
            }
            catch
            {
                FolderFiles.RemoveEmpty(made);
                throw;
            }

            if (hold is not null)
            {
                holder = me;

                // Who holds one thing of many leaves what the others do alone.
                if (name == FileName) Sweep(location);
                return new FolderLock(path, me, hold, made);
            }

            holder = TryRemove(path, me, out bool removed);
            if (removed) continue;
            if (holder?.SeenBy(me) is HolderStanding.Alive or HolderStanding.Elsewhere) return null;

            // Somebody looks at this moment, or writes it.
            Thread.Sleep(s_pause);
        }

        holder = TryRead(path);
        return null;
    }

    // Null when there is a lock already.
    private static FileStream? TryCreate(string path, LockHolder me)
    {
        string temporary = WholeFile.TemporaryBeside(path);
        var hold = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, 1);
        try
        {
            Write(hold, me);
            if (Disk.TryName(temporary, path) is not { } named)
            {
                // A file system without second names: whole, but not at once.
                hold.Dispose();
                hold = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, 1);
                Write(hold, me);
                return hold;
            }

            // The answer of a network's server can be lost: what stands there decides, if it was not taken away meanwhile.
            if (named || TryRead(path)?.Token == me.Token) return hold;
        }
        catch (IOException) when (File.Exists(path))
        {
        }
        catch
        {
            hold.Dispose();
            throw;
        }
        finally
        {
            WholeFile.Discard(temporary);
        }

        hold.Dispose();
        return null;
    }

    private static void Write(FileStream file, LockHolder me)
    {
        JsonSerializer.Serialize(file, me, RunRecords.TypeOf<LockHolder>());
        Disk.Flush(file);
    }

    // Takes a lock away whose holder is gone. Of several that find it one at a time has it open alone, and it is the one that it looked at.
    private static LockHolder? TryRemove(string path, LockHolder me, out bool removed)
    {
        removed = false;
        try
        {
            if (Read(path) is { } known && known.SeenBy(me) is HolderStanding.Alive or HolderStanding.Elsewhere) return known;
            bool areLocksHeard = AreLocksHeard(path);
            using var alone = new FileStream(path, FileMode.Open, FileAccess.ReadWrite,
                OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None, 1);
            LockHolder? holder = Parse(alone);
            HolderStanding? standing = holder?.SeenBy(me);

            // Without a word in it: of an earlier version, which held it open, or of one that was killed while it wrote.
            bool isGone = standing switch
            {
                null => areLocksHeard && DateTime.UtcNow - File.GetLastWriteTimeUtc(alone.SafeFileHandle) > TimeSpan.FromSeconds(1),
                HolderStanding.OnThisKernel => areLocksHeard,
                _ => standing == HolderStanding.Gone,
            };
            if (!isGone || File.GetLastWriteTimeUtc(alone.SafeFileHandle) != File.GetLastWriteTimeUtc(path)) return holder;
            File.Delete(path);
            removed = true;
            return holder;
        }
        catch (FileNotFoundException)
        {
            removed = true;
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return TryRead(path);
        }
    }

    // Some file systems take any lock for granted.
    private static bool AreLocksHeard(string path)
    {
        using var first = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, 1);
        try
        {
            using var second = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    // Null for a lock without a word in it, or a damaged one.
    private static LockHolder? Read(string path)
    {
        using FileStream file = RegularFile.Open(path, FileShare.ReadWrite | FileShare.Delete);
        return Parse(file);
    }

    private static LockHolder? TryRead(string path)
    {
        try
        {
            return Read(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static LockHolder? Parse(FileStream file)
    {
        if (file.Length == 0 || file.Length > LockHolder.MostBytes) return null;
        try
        {
            LockHolder? holder = JsonSerializer.Deserialize(file, RunRecords.TypeOf<LockHolder>());
            holder?.Check();
            return holder;
        }
        catch (Exception error) when (error is JsonException or FormatException or NotSupportedException)
        {
            return null;
        }
    }

    private static RunException Held(string location, string name, string command, LockHolder? holder)
    {
        var me = LockHolder.Current(command);
        string file = Path.GetFullPath(Path.Combine(location, name));
        string what = holder is null ? $"The folder's lock is held, and does not say by whom: {name}."
            : $"Another `{holder.Command}` {(name == FileName ? "works in the folder" : "trains this run")}: {holder}.";
        string wait = $"the other `{holder?.Command ?? command}` in this folder finish, or choose another folder.";
        string remedy = holder?.SeenBy(me) == HolderStanding.Alive ? $"Let {wait}"
            : $"If it is gone, which cannot be seen from {me.Host}, delete {file} and start again; otherwise let {wait}";
        return new RunException(what, Path.GetDirectoryName(file)!, remedy) { Setting = "folder" };
    }

    // A report may be written there at this moment: what is new is left. So is what lies elsewhere and is only linked to.
    private static void Sweep(string location)
    {
        var within = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (string file in Directory.EnumerateFiles(location, "*", within)
            .Where(static file => WholeFile.IsLeftover(file)).ToArray())
        {
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > s_writing) WholeFile.Discard(file);
        }
    }
}
