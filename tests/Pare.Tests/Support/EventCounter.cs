using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pare.Tests.Support;

/// <summary>
/// Counts what the processor does for the calling thread, as <c>perf stat</c> does. Only Linux has it, and virtual machines often do not
/// hand the processor's counters on.
/// </summary>
internal sealed partial class EventCounter : IDisposable
{
    /// <summary>A counter of the processor: instructions that were carried out.</summary>
    public const int Hardware = 0, Instructions = 1;

    /// <summary>A clock of the kernel, which every Linux counts: nanoseconds that the thread ran.</summary>
    public const int Software = 1, TaskClock = 1;

    private const int SystemCall = 298, SizeOfAttributes = 64;

    // Not what the kernel does in the thread's name, and not the hypervisor.
    private const ulong ExcludeKernel = 1 << 5, ExcludeHypervisor = 1 << 6;

    private readonly int _file;

    private EventCounter(int file) => _file = file;

    /// <summary>Opens a counter of this thread.</summary>
    /// <param name="type"><see cref="Hardware"/> or <see cref="Software"/>.</param>
    /// <param name="number">Which.</param>
    /// <param name="whyNot">Why there is none, else null.</param>
    public static EventCounter? Open(int type, int number, out string? whyNot)
    {
        whyNot = null;
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            whyNot = "counters are read on Linux with an x64 processor only";
            return null;
        }

        var attributes = new byte[SizeOfAttributes];
        BinaryPrimitives.WriteInt32LittleEndian(attributes, type);
        BinaryPrimitives.WriteInt32LittleEndian(attributes.AsSpan(4), SizeOfAttributes);
        BinaryPrimitives.WriteInt64LittleEndian(attributes.AsSpan(8), number);
        BinaryPrimitives.WriteUInt64LittleEndian(attributes.AsSpan(40), ExcludeKernel | ExcludeHypervisor);
        int file = (int)Call(SystemCall, attributes, 0, -1, -1, 0);
        if (file >= 0) return new EventCounter(file);
        whyNot = $"the machine, or its virtual machine, does not hand this counter out: {Marshal.GetLastPInvokeErrorMessage()}";
        return null;
    }

    /// <summary>The count since it was opened.</summary>
    public long Read()
    {
        var value = new byte[sizeof(long)];
        if (Read(_file, value, value.Length) != value.Length) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        return BinaryPrimitives.ReadInt64LittleEndian(value);
    }

    public void Dispose() => _ = Close(_file);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Call(long number, byte[] attributes, int process, int processor, int group, ulong flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int file, byte[] value, nint length);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);
}
