using System.Runtime.InteropServices;

namespace Pare.Execution;

/// <summary>
/// Asks Linux to back large buffers by huge pages. Kernels walk many planes at once, each on small pages of its own, so that
/// looking addresses up takes a tenth of a step; measured in docs/performance-log.md. Only speed depends on the answer.
/// </summary>
internal static partial class HugePages
{
    private const int HugePageBytes = 2 << 20;
    private const int SmallPageBytes = 4096;
    private const int MadvHugePage = 14;

    /// <summary>Asks for a buffer that has not been touched yet.</summary>
    /// <param name="address">Its first byte.</param>
    /// <param name="bytes">Its length.</param>
    public static void Ask(long address, long bytes)
    {
        if (!OperatingSystem.IsLinux() || bytes < 2 * HugePageBytes) return;
        long first = (address + SmallPageBytes - 1) / SmallPageBytes * SmallPageBytes,
            length = (address + bytes - first) / SmallPageBytes * SmallPageBytes;
        _ = Advise((nint)first, (nint)length, MadvHugePage);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nint length, int advice);
}
