using System.CommandLine;
using Pare.Recipes;

namespace Pare.Cli.Commands;

/// <summary><c>pare recipe show</c>: a recipe with every default written out.</summary>
internal sealed class RecipeShowCommand : CliCommand
{
    private readonly CliConsole _console;
    private readonly Argument<string> _recipe = CommonOptions.Recipe();
    private readonly Option<string[]> _set = CommonOptions.Set();

    public RecipeShowCommand(CliConsole console)
        : base("show", "Prints a recipe with every default, as YAML that reads back as the same recipe.")
    {
        _console = console;
        Add(_recipe);
        Add(_set);
        Examples =
        [
            ("pare recipe show mnist > my.yaml", "a recipe of your own to begin with"),
            ("pare recipe show mnist --set training.schedule=cosine", "what a key brings with it"),
        ];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        _console.Out.Write(RecipeStore.Open(parsed.GetRequiredValue(_recipe), parsed.GetValue(_set)).ToYaml());
        _console.Out.Flush();
        return ExitCode.Done;
    }
}
