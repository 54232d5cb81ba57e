using System.Runtime.InteropServices;

namespace Pare;

/// <summary>
/// Brings what was written to the disk itself. <see cref="FileStream.Flush(bool)"/> asks for it, but on Linux keeps silent when the system
/// answers that it could not be done: there the system is asked directly.
/// </summary>
internal static unsafe class Disk
{
    private const int ReadOnly = 0, CloseOnExec = 0x80000;
    private const int Interrupted = 4, Unsupported = 22, ReadOnlySystem = 30, NoSuchCall = 38, NotSupported = 95;

    // By the program's own names, so that what is preloaded to watch or to fail on purpose is asked as well.
    private static readonly delegate* unmanaged<int, int> s_sync = (delegate* unmanaged<int, int>)Function("fsync");
    private static readonly delegate* unmanaged<byte*, int, int> s_open = (delegate* unmanaged<byte*, int, int>)Function("open");
    private static readonly delegate* unmanaged<int, int> s_close = (delegate* unmanaged<int, int>)Function("close");

    /// <summary>Brings a file to the disk.</summary>
    /// <exception cref="IOException">It could not be done.</exception>
    public static void Flush(FileStream file)
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

    /// <summary>Brings what lies behind a handle of Linux to the disk.</summary>
    /// <exception cref="IOException">It could not be done.</exception>
    internal static void Sync(int handle, string path)
    {
        while (s_sync(handle) < 0)
        {
            int error = Marshal.GetLastSystemError();
            if (error is Unsupported or ReadOnlySystem or NoSuchCall or NotSupported) return;
            if (error != Interrupted)
                throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)}, while it was brought to the disk: '{path}'");
        }
    }

    private static nint Function(string name) =>
        OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), name, out nint address) ? address : 0;
}
