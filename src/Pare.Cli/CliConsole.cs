using System.Text;

namespace Pare.Cli;

/// <summary>Everything a command may read of and write to its surroundings, so that tests can stand in for them.</summary>
internal sealed class CliConsole
{
    private const int PageColumns = 79;

    /// <summary>Results.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Errors, and all messages when the result is JSON.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Opens standard input.</summary>
    public Func<Stream> In { get; init; } = static () => Stream.Null;

    public bool OutIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>Asked at every drawing, because a window can be resized.</summary>
    public Func<int> Width { get; init; } = static () => 80;

    public bool Color { get; init; }

    /// <summary>Whether unexpected errors show where in the program they came from.</summary>
    public bool Debug { get; init; }

    /// <summary>The value of an environment variable; null for none.</summary>
    public Func<string, string?> Variable { get; init; } = static _ => null;

    /// <summary>Runs another program to its end; null where there is none of that name.</summary>
    public Func<string, IReadOnlyList<string>, ProgramAnswer?> Start { get; init; } = static (_, _) => null;

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The real terminal and environment.</summary>
    public static CliConsole ForProcess()
    {
        if (OperatingSystem.IsWindows() && !Console.IsOutputRedirected) Console.OutputEncoding = Encoding.UTF8;
        bool plain = Environment.GetEnvironmentVariable("TERM") == "dumb";
        return new CliConsole
        {
            Out = StandardWriter.Open(1, Console.OpenStandardOutput),
            Error = StandardWriter.Open(2, Console.OpenStandardError),
            In = Console.OpenStandardInput,
            OutIsTerminal = !plain && !Console.IsOutputRedirected,
            ErrorIsTerminal = !plain && !Console.IsErrorRedirected,
            Width = static () => Console.WindowWidth is > 0 and int width ? width : 80,
            Color = !plain && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
            Variable = Environment.GetEnvironmentVariable,
            Start = ProgramAnswer.Of,
            Debug = Environment.GetEnvironmentVariable("PARE_DEBUG") is "1",
        };
    }

    /// <summary>
    /// The last thing a command does: what it has written is sent off. A result that did not arrive is a failure; lost messages are not,
    /// and neither is a reader such as <c>head</c> that goes away because it has read enough.
    /// </summary>
    /// <param name="code">The exit code so far.</param>
    /// <param name="args">The command line.</param>
    /// <returns>The exit code.</returns>
    public int Finish(int code, IReadOnlyList<string> args)
    {
        Out.Flush();
        Error.Flush();
        if (code != ExitCode.Done || Out is not StandardWriter { Failure: { } failure }) return code;
        string why = failure switch
        {
            UnauthorizedAccessException => "it is closed",
            ArgumentException => "a file may not grow so large here",
            _ => failure.Message.TrimEnd('.'),
        };
        ErrorReport.Write(this, $"The result could not be written to standard output: {why}.", CommandLine.Join(args),
            "Send the output to where it can be written. What a command writes into a folder or a file is there.");
        return ExitCode.Failed;
    }

    /// <summary>Where a command tells how it gets on: standard output, unless that is kept for JSON.</summary>
    public Messages Messages(bool json) => json
        ? new Messages(Error, ErrorIsTerminal, Color && ErrorIsTerminal, Width, Clock)
        : new Messages(Out, OutIsTerminal, Color && OutIsTerminal, Width, Clock);

    /// <summary>Where help is written: it is read through pagers, too, and keeps to the width of a page there.</summary>
    public Messages Page() => new(Out, OutIsTerminal, Color && OutIsTerminal, Width, Clock) { PlainColumns = PageColumns };
}
