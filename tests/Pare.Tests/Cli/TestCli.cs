using Pare.Cli;

namespace Pare.Tests.Cli;

/// <summary>Runs command lines in this process and keeps what they write.</summary>
internal sealed class TestCli
{
    private readonly StringWriter _out = new() { NewLine = "\n" };
    private readonly StringWriter _error = new() { NewLine = "\n" };

    public TestCli(bool terminal = false, bool color = false, bool debug = false, int width = 80) => Console = new CliConsole
    {
        Out = _out,
        Error = _error,
        OutIsTerminal = terminal,
        ErrorIsTerminal = terminal,
        Color = color,
        Debug = debug,
        Width = () => width,
        Clock = Clock,
    };

    public FakeClock Clock { get; } = new();

    public CliConsole Console { get; }

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    public int Run(params string[] args) => Program.Run(args, Console, TestContext.Current.CancellationToken);
}
