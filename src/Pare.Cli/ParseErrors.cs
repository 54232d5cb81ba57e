using System.CommandLine;
using System.CommandLine.Parsing;

namespace Pare.Cli;

/// <summary>Turns what the parser could not make sense of into three lines with the nearest name.</summary>
internal static class ParseErrors
{
    private const int MostNamed = 3;
    private const string SeedKey = "training.seed=";

    /// <summary>Tells what is wrong with a line, and what was probably meant.</summary>
    /// <param name="console">Where it is told.</param>
    /// <param name="result">What the parser made of the line.</param>
    /// <param name="args">The line.</param>
    /// <param name="all">All commands: another one may have an option that this one has not.</param>
    public static int Report(CliConsole console, ParseResult result, IReadOnlyList<string> args, Command all)
    {
        Command command = result.CommandResult.Command;
        string path = Path(result.CommandResult);
        (string what, string remedy) = Explain(result, command, path, all);
        ErrorReport.Write(console, what, CommandLine.Join(args), remedy);
        return ExitCode.Usage;
    }

    /// <summary>An option that no command here knows; the parser alone would take it for the value of an argument.</summary>
    public static string? UnknownOption(ParseResult result) => result.Tokens
        .TakeWhile(static token => token.Type != TokenType.DoubleDash)
        .FirstOrDefault(static token =>
            token.Type == TokenType.Argument && token.Value.Length > 1 && token.Value[0] == '-' && !char.IsAsciiDigit(token.Value[1]))
        ?.Value;

    /// <summary>An option or argument whose value has nothing in it: a variable of a script that is not set, mostly.</summary>
    public static string? Empty(ParseResult result) => result.CommandResult.Children
        .Where(static child => child.Tokens.Any(static token => string.IsNullOrWhiteSpace(token.Value)))
        .Select(static child => child is OptionResult option ? option.Option.Name : (child as ArgumentResult)?.Argument.Name)
        .FirstOrDefault();

    private static (string What, string Remedy) Explain(ParseResult result, Command command, string path, Command all)
    {
        string help = $"`{path} --help` lists what there is.";
        if (UnknownOption(result) is string option)
        {
            string name = option.Split('=', ':')[0];
            int at = result.Tokens.ToList().FindIndex(token => token.Type == TokenType.Argument && token.Value == option);
            if (at > 0 && result.Tokens[at - 1] is { Type: TokenType.Option } before
                && FindOption(result, before.Value) is { HelpName: string value } bare)
                return ($"{bare.Name} needs a value: {bare.Name} {value}.",
                    $"`{option}` begins like an option; a path of that name is ./{option}. {help}");
            return ($"There is no option {name}.",
                Instead(name, result.Tokens.Skip(at).Take(2),
                    [.. HelpText.Options(result.CommandResult).Select(static known => known.Name)], all) + help);
        }

        bool misspelled = command.Subcommands.Count > 0 && result.UnmatchedTokens.Count > 0;
        if (misspelled)
        {
            string name = result.UnmatchedTokens[0];
            return ($"There is no command `{path} {name}`.", Suggest(name, command.Subcommands.Select(static child => child.Name)) + help);
        }

        if (command.Subcommands.Count > 0) return ($"`{path}` needs a command after it.", help);
        if (Empty(result) is string empty)
            return ($"{empty} is given an empty value.",
                $"Give it a value, or leave it out. Usage: {HelpText.Usage(result.CommandResult)}.");
        ParseError error = result.Errors[0];
        string what = error.SymbolResult switch
        {
            OptionResult { Tokens.Count: 0 } bare => $"{bare.Option.Name} needs a value: {bare.Option.Name} {bare.Option.HelpName}.",
            OptionResult { Tokens.Count: > 1 } twice when error.Message.Contains("expects a single", StringComparison.Ordinal) =>
                $"{twice.Option.Name} is given {twice.Tokens.Count} times.",
            ArgumentResult { Tokens.Count: 0 } missing => $"{missing.Argument.Name} is missing.",
            _ when result.UnmatchedTokens.Count > 0 => $"`{result.UnmatchedTokens[0]}` is one argument too many.",
            _ => error.Message,
        };
        return (what, $"Usage: {HelpText.Usage(result.CommandResult)}. {help}");
    }

    // What goes on from what was typed was meant; otherwise a command that has an option of this very name says more than a guess.
    private static string Instead(string name, IEnumerable<Token> typed, string[] known, Command all)
    {
        string[] others = [.. Owners(all, "pare", name)];
        if (others.Length == 0 || Array.Exists(known, option => option.StartsWith(name, StringComparison.Ordinal)))
            return Suggest(name, known);
        bool isOfSeeds = known.Contains("--seeds") && typed.Any(static token => token.Value.Contains(SeedKey, StringComparison.Ordinal));
        return (isOfSeeds ? "Several seeds are --seeds N. " : "") + (others.Length > MostNamed ? "Other commands have it. "
            : $"{string.Join(" and ", others)} {(others.Length == 1 ? "has" : "have")} it. ");
    }

    private static IEnumerable<string> Owners(Command command, string path, string option) =>
        (command.Options.Any(own => own.Name == option && !own.Recursive) ? [$"`{path}`"] : Array.Empty<string>())
            .Concat(command.Subcommands.SelectMany(child => Owners(child, $"{path} {child.Name}", option)));

    private static Option? FindOption(ParseResult result, string name) =>
        HelpText.Options(result.CommandResult).FirstOrDefault(known => known.Name == name);

    private static string Suggest(string name, IEnumerable<string> candidates) =>
        Nearest.Find(name, candidates) is string near ? $"Did you mean {near}? " : "";

    internal static string Path(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{Path(parent)} {command.Command.Name}" : "pare";
}
