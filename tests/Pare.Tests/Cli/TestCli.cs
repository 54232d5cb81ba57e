using Pare.Cli;

namespace Pare.Tests.Cli;

/// <summary>Runs command lines in this process and keeps what they write.</summary>
internal sealed class TestCli
{
    public TestCli(bool terminal = false, bool color = false, bool debug = false, int width = 80,
        Dictionary<string, string>? variables = null,
        Func<string, IReadOnlyList<string>, ProgramAnswer?>? start = null, Stream? input = null) => Console = new CliConsole
        {
            Out = new StringWriter { NewLine = "\n" },
            Error = new StringWriter { NewLine = "\n" },
            In = () => input ?? Stream.Null,
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

    /// <summary>Runs a command line that fails with a code and says a text.</summary>
    public static void AssertFails(int code, string text, params string[] args)
    {
        var cli = new TestCli();
        Assert.Equal(code, cli.Run(args));
        Assert.Contains(text, cli.Error, StringComparison.Ordinal);
    }

    public int Run(params string[] args) => Program.Run(args, Console, TestContext.Current.CancellationToken);
}
