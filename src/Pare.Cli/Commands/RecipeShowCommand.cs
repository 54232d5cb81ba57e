using System.CommandLine;
using Pare.Recipes;

namespace Pare.Cli.Commands;

/// <summary><c>pare recipe show</c>: a recipe with its phases, or one of them, or one without, with every default written out.</summary>
internal sealed class RecipeShowCommand : CliCommand
{
    private readonly CliConsole _console;
    private readonly Argument<string> _recipe = CommonOptions.Recipe();
    private readonly Option<string[]> _set = CommonOptions.Set();
    private readonly Option<string?> _phase =
        CommonOptions.Phase("Shows one phase as a recipe of its own, with every default. Default: the recipe with its phases.");

    public RecipeShowCommand(CliConsole console)
        : base("show", "Prints a recipe as YAML that reads back as the same recipe: with its phases or, if it has none, with every " +
            "default.")
    {
        _console = console;
        Add(_recipe);
        Add(_phase);
        Add(_set);
        Examples =
        [
            ("pare recipe show mnist > my.yaml", "a recipe of your own to begin with"),
            ("pare recipe show mnist --phase gap --set training.schedule=cosine", "one phase in full, and what a key brings with it"),
        ];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string recipe = parsed.GetRequiredValue(_recipe);
        string? phase = parsed.GetValue(_phase);
        PhasedRecipe? phased = phase is null ? RecipeStore.FindPhases(recipe, parsed.GetValue(_set)) : null;
        _console.Out.Write(phased?.ToYaml() ?? RecipeInputs.Open(recipe, parsed.GetValue(_set) ?? [], phase).ToYaml());
        _console.Out.Flush();
        return ExitCode.Done;
    }
}
