using System.Globalization;

namespace Pare;

/// <summary>
/// The memory that is left to this process: the least of what the runtime's heap may grow by, what the machine has free, and what the
/// control groups around the process have (Linux, versions 1 and 2), whose limit ends a process without a word.
/// </summary>
internal static class AvailableMemory
{
    // To ask costs some file reads; no machine that runs this lacks so little.
    private const long WorthAsking = 64 << 20;

    /// <summary>Bytes that can still be taken.</summary>
    public static long Bytes() => Math.Min(Runtime(), OperatingSystem.IsLinux() ? Linux("/") : long.MaxValue);

    /// <summary>
    /// Refuses to take more than there is, before it is taken: Linux hands out what it does not have and ends the process later.
    /// </summary>
    /// <param name="bytes">How much.</param>
    /// <param name="what">What for, such as <c>The network's weights</c>.</param>
    /// <param name="where">Which part is to blame.</param>
    /// <param name="remedy">What to make smaller.</param>
    /// <exception cref="RecipeException">There is not enough.</exception>
    public static void Require(long bytes, string what, Func<string> where, string remedy)
    {
        if (bytes < WorthAsking) return;
        long available = Bytes();
        if (bytes <= available) return;
        (string taken, string free) = Rounding.Apart(bytes, available, Text);
        throw new RecipeException($"{what} take {taken} of memory, and {free} are free.", where(), remedy);
    }

    /// <summary>An amount for a message, such as <c>6.4 GB</c>, of 1024 MB each as everywhere.</summary>
    public static string Text(long bytes) => bytes < 1 << 30
        ? Invariant($"{bytes / (double)(1 << 20):F0} MB")
        : Invariant($"{bytes / (double)(1 << 30):F1} GB");

    /// <summary>What Linux says under a root: the machine and each control group from the process's own up.</summary>
    internal static long Linux(string root)
    {
        long least = Value(Path.Combine(root, "proc/meminfo"), "MemAvailable:") is long kilobytes ? kilobytes * 1024 : long.MaxValue;
        foreach (string line in Lines(Path.Combine(root, "proc/self/cgroup")))
        {
            // hierarchy:controllers:path
            string[] parts = line.Split(':', 3);
            if (parts.Length < 3) continue;
            bool second = parts[1].Length == 0;
            if (!second && !parts[1].Split(',').Contains("memory")) continue;
            string top = Path.Combine(root, second ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");

            // Inside a container the path is often the host's: then only the top is to be seen.
            for (string path = parts[2].Trim('/'); ; path = Path.GetDirectoryName(path) ?? string.Empty)
            {
                least = Math.Min(least, second ? Group(Path.Combine(top, path), "memory.max", "memory.current", "inactive_file")
                    : Group(Path.Combine(top, path), "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"));
                if (path.Length == 0) break;
            }
        }

        return least;
    }

    // What is left of a group's limit; pages of files that nobody reads give way.
    private static long Group(string folder, string limit, string usage, string cache)
    {
        if (Number(Path.Combine(folder, limit)) is not long most || Number(Path.Combine(folder, usage)) is not long used)
            return long.MaxValue;
        return Math.Max(0, most - used + (Value(Path.Combine(folder, "memory.stat"), cache) ?? 0));
    }

    private static long Runtime()
    {
        // A hard limit (DOTNET_GCHeapHardLimit, or three quarters of a container's) is among these.
        long most = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return most <= 0 ? long.MaxValue : Math.Max(0, most - GC.GetTotalMemory(forceFullCollection: false));
    }

    private static long? Number(string file) =>
        Lines(file) is [{ } first, ..] && long.TryParse(first, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static long? Value(string file, string key)
    {
        foreach (string line in Lines(file))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1 && words[0] == key && long.TryParse(words[1], CultureInfo.InvariantCulture, out long number))
                return number;
        }

        return null;
    }

    private static string[] Lines(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllLines(file) : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
