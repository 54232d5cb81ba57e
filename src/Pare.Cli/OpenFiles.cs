using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Pare.Cli;

/// <summary>
/// Whether the process may open enough files. Where it may not, the runtime fails to open its own, here with a stack trace and there as if
/// memory were short; so it is tried before anything else is.
/// </summary>
internal static class OpenFiles
{
    // The runtime's own, those of the system's libraries, and pictures that are read at the same time.
    private const int Needed = 96;

    /// <summary>Tries; says what is wrong where they are too few.</summary>
    public static bool Suffice()
    {
        if (OperatingSystem.IsWindows()) return true;
        var handles = new SafeFileHandle?[Needed];
        try
        {
            for (int i = 0; i < handles.Length; i++) handles[i] = File.OpenHandle("/dev/null");
            return true;
        }
        catch (IOException)
        {
        }
        finally
        {
            foreach (SafeFileHandle? handle in handles) handle?.Dispose();
        }

        // By hand: what else writes to a console would have to be loaded, and opened, first.
        try
        {
            using var handle = new SafeFileHandle(2, ownsHandle: false);
            using var output = new FileStream(handle, FileAccess.Write, bufferSize: 0);
            output.Write(Encoding.UTF8.GetBytes(
                "error: Too few files may be open at the same time.\n" +
                "where: the limit of open files of this process\n" +
                "  fix: Raise the limit, to 256 or more: ulimit -n 256\n"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Nobody reads it.
        }

        return false;
    }
}
