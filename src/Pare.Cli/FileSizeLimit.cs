using System.Runtime.InteropServices;

namespace Pare.Cli;

/// <summary>
/// A file at the limit of <c>ulimit -f</c> ends a process with a signal; where that is not heeded, the write fails, and that is told.
/// </summary>
internal static class FileSizeLimit
{
    // SIGXFSZ.
    private const int Signal = 25;

    // Never disposed: the signal is handled on another thread, and so perhaps when the command is done already.
    private static PosixSignalRegistration? s_registration;

    /// <summary>Lets writes beyond the limit fail, as long as the process lives.</summary>
    public static void FailWrites()
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
            s_registration = PosixSignalRegistration.Create((PosixSignal)Signal, static context => context.Cancel = true);
    }
}
