using Pare.Cli;

namespace Pare.Tests.Cli;

/// <summary>Runs command lines in this process and keeps what they write.</summary>
internal sealed class TestCli
{
    public TestCli(bool terminal = false, bool color = false, bool debug = false, int width = 80,
        Dictionary<string, string>? variables = null,
        Func<string, IReadOnlyList<string>, ProgramAnswer?>? start = null) => Console = new CliConsole
        {
            Out = new StringWriter { NewLine = "\n" },
            Error = new StringWriter { NewLine = "\n" },
            OutIsTerminal = terminal,
            ErrorIsTerminal = terminal,
            Color = color,
            Debug = debug,
            Width = () => width,
            Variable = name => variables?.GetValueOrDefault(name),
            Start = start ?? (static (_, _) => null),
            Clock = Clock,
        };

    public FakeClock Clock { get; } = new();

    public CliConsole Console { get; }

    public string Out => Console.Out.ToString()!;

    public string Error => Console.Error.ToString()!;

    public int Run(params string[] args) => Program.Run(args, Console, TestContext.Current.CancellationToken);
}
