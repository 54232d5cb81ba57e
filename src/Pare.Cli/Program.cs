using System.CommandLine;
using System.CommandLine.Help;
using Pare.Cli.Commands;

namespace Pare.Cli;

/// <summary>The command <c>pare</c>: the list of its commands, and what holds for all of them.</summary>
internal static class Program
{
    /// <summary>Runs a command line against a console.</summary>
    /// <returns>The exit code, one of <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> args, CliConsole console, CancellationToken cancellation) =>
        console.Finish(Invoke(args, console, cancellation), args);

    private static int Invoke(IReadOnlyList<string> args, CliConsole console, CancellationToken cancellation)
    {
        try
        {
            if (args.Count == 0) return Welcome(console);
            if (args[0] == "help") args = [.. args.Skip(1), "--help"];
            ParseResult result = Commands(args[0], console, cancellation)
                .Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
            bool asksForHelp = result.Action is HelpText;
            if (!asksForHelp
                && (result.Errors.Count > 0 || ParseErrors.UnknownOption(result) is not null || ParseErrors.Empty(result) is not null))
                return ParseErrors.Report(console, result, args, Commands("", console, cancellation));

            // Null: the time to save after Ctrl+C is not limited, and Interrupt owns the signals.
            return result.Invoke(new InvocationConfiguration
            {
                Output = console.Out,
                Error = console.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
#pragma warning disable CA1031 // The one place where every failure becomes three lines and an exit code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return ErrorReport.Write(console, exception, args);
        }
    }

    private static int Main(string[] args) => OpenFiles.Suffice() ? RunProcess(args) : ExitCode.Failed;

    private static int RunProcess(string[] args)
    {
        FileSizeLimit.FailWrites();
        var console = CliConsole.ForProcess();

        // Scripts and editors ask for the version often, so that it loads nothing that it does not need.
        if (args is ["--version"])
        {
            console.Out.WriteLine(About.Version);
            return console.Finish(ExitCode.Done, args);
        }

        // Of a thread that nobody waits for: three lines here, too, instead of a stack trace.
        AppDomain.CurrentDomain.UnhandledException += (_, thrown) =>
            Environment.Exit(ErrorReport.Write(console, (Exception)thrown.ExceptionObject, args));
        using var interrupt = new Interrupt(console, args switch
        {
            ["train" or "down" or "ablate" or "run", ..] => "Stopping; what is done is kept.",
            ["export", ..] => "Stopping; nothing is written.",
            _ => "Stopping.",
        });
        int code = Run(args, console, interrupt.Token);
        return code == ExitCode.Interrupted ? interrupt.ExitCode : code;
    }

    private static RootCommand Commands(string first, CliConsole console, CancellationToken cancellation)
    {
        (string Name, Func<CliCommand> Make)[] commands =
        [
            ("init", () => new InitCommand(console, cancellation)),
            ("down", () => new DownCommand(console, cancellation)),
            ("train", () => new TrainCommand(console, cancellation)),
            ("eval", () => new EvalCommand(console, cancellation)),
            ("predict", () => new PredictCommand(console, cancellation)),
            ("export", () => new ExportCommand(console, cancellation)),
            ("report", () => new ReportCommand(console)),
            ("inspect", () => new InspectCommand(console)),
            ("recipe", () => new RecipeCommand(console)),
            ("lr-find", () => new LrFindCommand(console, cancellation)),
            ("ablate", () => new AblateCommand(console, cancellation)),
            ("run", () => new RunCommand(console, cancellation)),
            ("status", () => new StatusCommand(console)),
            ("submit", () => new SubmitCommand(console)),
            ("bench", () => new BenchCommand(console, cancellation)),
            ("data", () => new DataCommand(console, cancellation)),
        ];
        var root = new RootCommand("Trains small image classifiers from scratch on the CPU that is already there.");

        // A command starts a good deal sooner when the others are not made.
        bool known = Array.Exists(commands, command => command.Name == first);
        foreach ((string name, Func<CliCommand> make) in commands)
        {
            if (!known || name == first) root.Add(make());
        }

        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Description = "Shows this help.";
        help.Action = new HelpText(console);
        root.Options.OfType<VersionOption>().Single().Description = "Shows the version.";
        return root;
    }

    private static int Welcome(CliConsole console)
    {
        (string Command, string Meaning)[] first =
        [
            ("pare init PHOTOS", "writes a recipe for your pictures, a folder for each class; then `pare train` and `pare predict`"),
            ("pare down glyphs", "pares a network down phase by phase, on built-in drawn digits: nothing to download"),
            ("pare train glyphs", "trains only the network that it ends in"),
            ("pare data download mnist", "fetches MNIST; then: pare train mnist"),
            ("pare --help", "lists all commands"),
        ];
        Messages messages = console.Page();
        messages.Paragraph($"Pare {About.Version} trains small image classifiers from scratch on the CPU that is already there.");
        messages.Line();
        messages.Line("To begin:");
        foreach ((string command, string meaning) in first) messages.Hanging($"  {command,-24}   ", meaning);
        return ExitCode.Done;
    }
}
