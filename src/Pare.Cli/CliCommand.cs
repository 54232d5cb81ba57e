using System.CommandLine;
using System.CommandLine.Parsing;

namespace Pare.Cli;

/// <summary>A command that shows in its help how it is used.</summary>
internal class CliCommand(string name, string description) : Command(name, description)
{
    /// <summary>Lines to copy, each with what it does.</summary>
    public IReadOnlyList<(string Line, string? Meaning)> Examples { get; init; } = [];

    /// <summary>Adds options, in the order of the help.</summary>
    protected void AddOptions(params IEnumerable<Option> options)
    {
        foreach (Option option in options) Add(option);
    }

    /// <summary>
    /// Adds a check of values that must go together. A value that is no good by itself is told by its own check, and only that.
    /// </summary>
    protected void Check(Action<CommandResult> check) => Validators.Add(result =>
    {
        try
        {
            check(result);
        }
        // So the value of an option is refused that does not parse.
        catch (InvalidOperationException) when (result.Children.OfType<OptionResult>().Any(static option => option.Errors.Any()))
        {
        }
    });
}
