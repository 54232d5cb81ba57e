using System.Runtime.InteropServices;

namespace Pare.Cli;

/// <summary>
/// Ctrl+C and a request to terminate: the first asks the command to stop, which may take the time it needs to save; the second
/// ends the process at once.
/// </summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;

    public Interrupt()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_source.IsCancellationRequested) Environment.Exit(ExitCode.Interrupted);
        Console.Error.WriteLine();
        Console.Error.WriteLine("Stopping; what is done is kept. Ctrl+C again quits at once.");
        _source.Cancel();
    }
}
