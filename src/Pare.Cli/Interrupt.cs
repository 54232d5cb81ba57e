using System.Runtime.InteropServices;

namespace Pare.Cli;

/// <summary>
/// Ctrl+C, a request to terminate and a terminal that goes away: the first asks the command to stop, which may take the time it needs to
/// save; a Ctrl+C after that ends the process at once. Whoever asks to terminate twice, as a system that shuts down does, gets no less
/// saved.
/// </summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly CliConsole _console;
    private readonly string _stopping;
    private volatile int _exitCode = Pare.Cli.ExitCode.Interrupted;

    /// <param name="console">Where it is told.</param>
    /// <param name="stopping">What is told: whether what is done is kept.</param>
    public Interrupt(CliConsole console, string stopping)
    {
        (_console, _stopping) = (console, stopping);
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => OnSignal(context, Pare.Cli.ExitCode.Interrupted)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => OnSignal(context, Pare.Cli.ExitCode.Terminated)),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => OnSignal(context, Pare.Cli.ExitCode.HungUp)),
        ];
    }

    public CancellationToken Token => _source.Token;

    /// <summary>
    /// What the caller gets for a command that was stopped: 128 and the number of the signal, as of any program that ends by one.
    /// </summary>
    public int ExitCode => _exitCode;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context, int exitCode)
    {
        context.Cancel = true;
        if (_source.IsCancellationRequested)
        {
            if (exitCode == Pare.Cli.ExitCode.Interrupted) Environment.Exit(_exitCode);
            return;
        }

        _exitCode = exitCode;
        _console.Error.WriteLine();
        _console.Error.WriteLine($"{_stopping} Ctrl+C again quits at once.");
        _console.Error.Flush();
        _source.Cancel();
    }
}
