using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Pare.Cli;

/// <summary>Writes a command's help: what it does, how to call it, and an example to copy.</summary>
internal sealed class HelpText(CliConsole console) : SynchronousCommandLineAction
{
    public override bool Terminating => true;

    public override bool ClearsParseErrors => true;

    /// <summary>One line: <c>pare train RECIPE [options]</c>.</summary>
    public static string Usage(CommandResult result)
    {
        IEnumerable<string> arguments = result.Command.Arguments.Select(static argument =>
            argument.Arity.MinimumNumberOfValues == 0 ? $"[{argument.Name}]" : argument.Name);
        string rest = result.Command.Subcommands.Count > 0 ? "COMMAND" : "[options]";
        return string.Join(' ', [ParseErrors.Path(result), .. arguments, rest]);
    }

    public override int Invoke(ParseResult parseResult)
    {
        Command command = parseResult.CommandResult.Command;
        console.Page().Paragraph(command.Description ?? "");
        console.Out.WriteLine();
        console.Out.WriteLine($"usage: {Usage(parseResult.CommandResult)}");
        List("commands", command.Subcommands.Select(static child => (child.Name, child.Description)));
        List("arguments", command.Arguments.Select(static argument => (argument.Name, argument.Description)));
        List("options", Options(parseResult.CommandResult).OrderBy(static option => option is HelpOption or VersionOption)
            .Select(static option => (Name(option), option.Description)));
        List("examples", (command as CliCommand)?.Examples ?? []);
        return ExitCode.Done;
    }

    /// <summary>The command's own options and those that hold for all.</summary>
    public static IEnumerable<Option> Options(CommandResult result) => result.Parent is CommandResult parent
        ? result.Command.Options.Concat(Options(parent).Where(static option => option.Recursive))
        : result.Command.Options;

    private static string Name(Option option) => option is HelpOption or VersionOption || option.HelpName is null
        ? option.Name
        : $"{option.Name} {option.HelpName}";

    private void List(string title, IEnumerable<(string Name, string? Description)> rows)
    {
        (string Name, string? Description)[] list = [.. rows];
        if (list.Length == 0) return;
        int column = list.Max(static row => row.Name.Length);
        console.Out.WriteLine();
        console.Out.WriteLine($"{title}:");
        Messages messages = console.Page();
        foreach ((string name, string? description) in list) messages.Hanging($"  {name.PadRight(column)}  ", description ?? "");
    }
}
