using System.Globalization;
using System.Text;

namespace Pare.Cli;

/// <summary>
/// Standard output or standard error. One that is closed or full takes nothing more, and the work goes on: whoever needs to know asks for
/// the failure at the end.
/// </summary>
internal sealed class StandardWriter : TextWriter
{
    private readonly Lock _lock = new();
    private readonly TextWriter _inner;

    /// <param name="inner">Where it goes.</param>
    public StandardWriter(TextWriter inner)
        : base(CultureInfo.InvariantCulture) => _inner = inner;

    /// <summary>Why the first text that was lost could not be written; null while nothing was.</summary>
    public Exception? Failure { get; private set; }

    public override Encoding Encoding => _inner.Encoding;

    /// <summary>A stream of the process; a closed one is a writer that has failed already.</summary>
    /// <param name="descriptor">Its number: 1 or 2.</param>
    /// <param name="open">Opens it.</param>
    public static StandardWriter Open(int descriptor, Func<Stream> open)
    {
        try
        {
            if (OperatingSystem.IsLinux() && IsTakenByTheRuntime(descriptor)) throw new UnauthorizedAccessException();

            // Without the mark that some encodings begin with: the reader of a pipe would take it for text.
            Encoding encoding = Console.OutputEncoding is UTF8Encoding ? new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)
                : Console.OutputEncoding;
            return new StandardWriter(new StreamWriter(open(), encoding));
        }
        catch (Exception error) when (IsLoss(error))
        {
            return new StandardWriter(Null) { Failure = error };
        }
    }

    public override void Write(char value) => Try(() => _inner.Write(value));

    public override void Write(string? value) => Try(() => _inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => _inner.Write(buffer, index, count));

    public override void Flush() => Try(_inner.Flush);

    private static bool IsLoss(Exception error) =>
        error is IOException or UnauthorizedAccessException or ObjectDisposedException or NotSupportedException || Disk.IsFull(error);

    // Of a process that is started without standard streams the runtime's first files get their numbers: one of its pipes, with both ends
    // among the first three. What is written there comes back to the runtime.
    private static bool IsTakenByTheRuntime(int descriptor)
    {
        try
        {
            string? target = Target(descriptor);
            return target?.StartsWith("pipe:", StringComparison.Ordinal) == true
                && Enumerable.Range(0, 3).Any(other => Target(other) == target && IsReading(other) != IsReading(descriptor));
        }
        catch (IOException)
        {
            return false;
        }

        static string? Target(int number) => new FileInfo($"/proc/self/fd/{number}").LinkTarget;
        static bool IsReading(int number) => File.ReadLines($"/proc/self/fdinfo/{number}")
            .First(static line => line.StartsWith("flags:", StringComparison.Ordinal)).EndsWith('0');
    }

    private void Try(Action write)
    {
        lock (_lock)
        {
            if (Failure is not null) return;
            try
            {
                write();
            }
            catch (Exception error) when (IsLoss(error))
            {
                Failure = error;
            }
        }
    }
}
