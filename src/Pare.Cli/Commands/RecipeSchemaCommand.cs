using System.CommandLine;
using Pare.Recipes;

namespace Pare.Cli.Commands;

/// <summary><c>pare recipe schema</c>: what a recipe may hold, for editors.</summary>
internal sealed class RecipeSchemaCommand : CliCommand
{
    private readonly CliConsole _console;

    public RecipeSchemaCommand(CliConsole console)
        : base("schema", "Prints the JSON schema of recipes, with which editors complete and check them.")
    {
        _console = console;
        Examples =
        [
            ("pare recipe schema > recipe.schema.json", null),
            ("# yaml-language-server: $schema=recipe.schema.json", "as the first line of a recipe beside it"),
        ];
        SetAction(_ => Run());
    }

    private int Run()
    {
        _console.Out.Write(RecipeSchema.Write());
        _console.Out.Flush();
        return ExitCode.Done;
    }
}
