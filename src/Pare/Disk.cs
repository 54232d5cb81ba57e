using System.Runtime.InteropServices;

namespace Pare;

/// <summary>
/// Brings what was written to the disk itself. <see cref="FileStream.Flush(bool)"/> asks for it, but on Linux keeps silent when the system
/// answers that it could not be done: there the system is asked directly.
/// </summary>
public static unsafe class Disk
{
    private const int ReadOnly = 0, CloseOnExec = 0x80000;
    private const int NotPermitted = 1, Interrupted = 4, Exists = 17, Unsupported = 22, ReadOnlySystem = 30, TooManyLinks = 31,
        NoSuchCall = 38, NotSupported = 95;

    private const int NoSpace = 28, QuotaOfBsd = 69, Quota = 122;

    /// <summary>The number of "file too large" on Unix.</summary>
    internal const int FileTooLarge = 27;

    // By the program's own names, so that what is preloaded to watch or to fail on purpose is asked as well.
    private static readonly delegate* unmanaged<int, int> s_sync = (delegate* unmanaged<int, int>)Function("fsync");
    private static readonly delegate* unmanaged<byte*, int, int> s_open = (delegate* unmanaged<byte*, int, int>)Function("open");
    private static readonly delegate* unmanaged<int, int> s_close = (delegate* unmanaged<int, int>)Function("close");
    private static readonly delegate* unmanaged<byte*, byte*, int> s_link = (delegate* unmanaged<byte*, byte*, int>)Function("link");

    /// <summary>Whether something failed because a disk, a quota or a limit of the process on a file's size has no more room.</summary>
    /// <param name="exception">What it failed with.</param>
    public static bool IsFull(Exception exception) => IsTooLarge(exception) || (exception is IOException && (OperatingSystem.IsWindows()
        ? exception.HResult is unchecked((int)0x80070070) or unchecked((int)0x80070027)
        : exception.HResult is NoSpace or FileTooLarge or Quota or QuotaOfBsd));

    /// <summary>Whether a write failed at a limit on a file's size, which .NET takes for a wrong argument.</summary>
    internal static bool IsTooLarge(Exception exception) => exception is ArgumentOutOfRangeException { ParamName: "value" };

    /// <summary>Brings a file to the disk.</summary>
    /// <exception cref="IOException">It could not be done.</exception>
    internal static void Flush(FileStream file)
    {
        if (s_sync is null)
        {
            file.Flush(flushToDisk: true);
            return;
        }

        file.Flush();
        Sync((int)file.SafeFileHandle.DangerousGetHandle(), file.Name);
    }

    /// <summary>Brings the names in a folder to the disk, where the system can.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IOException">It could not be done.</exception>
    public static void FlushFolder(string folder)
    {
        if (s_sync is null || s_open is null || s_close is null) return;
        nint name = Marshal.StringToCoTaskMemUTF8(folder);
        int handle = s_open((byte*)name, ReadOnly | CloseOnExec);
        Marshal.FreeCoTaskMem(name);
        if (handle < 0) return;
        try
        {
            Sync(handle, folder);
        }
        finally
        {
            _ = s_close(handle);
        }
    }

    /// <summary>
    /// Gives a file a name that no file has, at once and for one of many that try; under its old name it may be gone afterwards.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The name, in the same folder.</param>
    /// <returns>Whether it got it; null where the file system cannot do so.</returns>
    /// <exception cref="IOException">It could not be done.</exception>
    internal static bool? TryName(string path, string name)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                File.Move(path, name);
                return true;
            }
            catch (IOException) when (File.Exists(name))
            {
                return false;
            }
        }

        if (s_link is null) return null;
        nint from = Marshal.StringToCoTaskMemUTF8(path), to = Marshal.StringToCoTaskMemUTF8(name);
        int error = s_link((byte*)from, (byte*)to) == 0 ? 0 : Marshal.GetLastSystemError();
        Marshal.FreeCoTaskMem(from);
        Marshal.FreeCoTaskMem(to);
        return error switch
        {
            0 => true,
            Exists => false,
            NotPermitted or TooManyLinks or NoSuchCall or NotSupported => null,
            _ => throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)}: '{name}'"),
        };
    }

    /// <summary>Brings what lies behind a handle of Linux to the disk.</summary>
    /// <exception cref="IOException">It could not be done.</exception>
    internal static void Sync(int handle, string path)
    {
        while (s_sync(handle) < 0)
        {
            int error = Marshal.GetLastSystemError();
            if (error is Unsupported or ReadOnlySystem or NoSuchCall or NotSupported) return;
            if (error != Interrupted)
                throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)}, while it was written to the disk: '{path}'");
        }
    }

    private static nint Function(string name) =>
        OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), name, out nint address) ? address : 0;
}
