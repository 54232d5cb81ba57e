using System.Text;

namespace Pare.Cli;

/// <summary>Everything a command may read of and write to its surroundings, so that tests can stand in for them.</summary>
internal sealed class CliConsole
{
    /// <summary>Results.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Errors, and all messages when the result is JSON.</summary>
    public required TextWriter Error { get; init; }

    public bool OutIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>Asked at every drawing, because a window can be resized.</summary>
    public Func<int> Width { get; init; } = static () => 80;

    public bool Color { get; init; }

    /// <summary>Whether unexpected errors show where in the program they came from.</summary>
    public bool Debug { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The real terminal and environment.</summary>
    public static CliConsole ForProcess()
    {
        if (OperatingSystem.IsWindows() && !Console.IsOutputRedirected) Console.OutputEncoding = Encoding.UTF8;
        bool plain = Environment.GetEnvironmentVariable("TERM") == "dumb";
        return new CliConsole
        {
            Out = Console.Out,
            Error = Console.Error,
            OutIsTerminal = !plain && !Console.IsOutputRedirected,
            ErrorIsTerminal = !plain && !Console.IsErrorRedirected,
            Width = static () => Console.WindowWidth is > 0 and int width ? width : 80,
            Color = !plain && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
            Debug = Environment.GetEnvironmentVariable("PARE_DEBUG") is "1",
        };
    }

    /// <summary>Where a command tells how it gets on: standard output, unless that is kept for JSON.</summary>
    public Messages Messages(bool json) => json
        ? new Messages(Error, ErrorIsTerminal, Color && ErrorIsTerminal, Width, Clock)
        : new Messages(Out, OutIsTerminal, Color && OutIsTerminal, Width, Clock);
}
