using System.Runtime.InteropServices;

namespace Pare.Cli;

/// <summary>Says what went wrong in three lines, what, where and what to do, and chooses the exit code.</summary>
internal static class ErrorReport
{
    private const int Indent = 7;

    /// <summary>Writes the three lines; a terminal gets long ones broken between words.</summary>
    public static void Write(CliConsole console, string what, string where, string remedy)
    {
        Line("error:", what);
        Line("where:", where);
        Line("  fix:", remedy);
        console.Error.Flush();

        void Line(string label, string text)
        {
            string[] lines = console.ErrorIsTerminal ? Messages.Wrap(Printable.Text(text), Math.Max(20, console.Width() - Indent - 1), 0)
                : [Printable.Text(text)];
            console.Error.WriteLine($"{(console.Color && console.ErrorIsTerminal ? $"\e[31m{label}\e[0m" : label)} {lines[0]}");
            foreach (string more in lines.AsSpan(1)) console.Error.WriteLine(new string(' ', Indent) + more);
        }
    }

    /// <summary>Reports an exception.</summary>
    /// <returns>The exit code that goes with it.</returns>
    public static int Write(CliConsole console, Exception exception, IReadOnlyList<string> args)
    {
        string command = CommandLine.Join(args);
        while (exception is AggregateException { InnerExceptions.Count: > 0 } several) exception = several.InnerExceptions[0];
        int code = ExitCode.Failed;
        switch (exception)
        {
            case OperationCanceledException:
                console.Error.WriteLine("Interrupted.");
                console.Error.Flush();
                return ExitCode.Interrupted;
            case PareException known:
                (string where, string remedy) = SettingFlags.Of(known, args);
                Write(console, known.Message, where, remedy);
                code = known switch
                {
                    DataException => ExitCode.Data,
                    RecipeException => ExitCode.Usage,
                    _ => ExitCode.Failed,
                };
                break;
            case UnauthorizedAccessException:
                Write(console, exception.Message, command,
                    "Choose a folder that you may write to (--out FOLDER), or change its permissions.");
                break;
            case IOException when Disk.IsFull(exception):
                Write(console, "There is no room left for what is to be written.", command,
                    "Free some space, or write to another disk with --out FOLDER.");
                break;
            case IOException:
                Write(console, exception.Message, command,
                    "Check that the path exists, that it may be written to, and that the disk works.");
                break;
            case OutOfMemoryException:
                Write(console, "There is not enough memory.", command, "Use a smaller batch or smaller images.");
                break;
            default:
                Write(
                    console,
                    $"Pare failed in a way it should not: {exception.GetType().Name}: {exception.Message}",
                    $"{command} (Pare {About.Version}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier})",
                    "Please report these lines. PARE_DEBUG=1 shows where in the program it happened.");
                break;
        }

        if (console.Debug) console.Error.WriteLine(exception);
        console.Error.Flush();
        return code;
    }
}
