namespace Pare.Cli.Commands;

/// <summary><c>pare recipe</c>: everything about recipes.</summary>
internal sealed class RecipeCommand : CliCommand
{
    public RecipeCommand(CliConsole console)
        : base("recipe", "Lists recipes, shows one in full, and prints their JSON schema.")
    {
        Add(new RecipeListCommand(console));
        Add(new RecipeShowCommand(console));
        Add(new RecipeSchemaCommand(console));
    }
}
