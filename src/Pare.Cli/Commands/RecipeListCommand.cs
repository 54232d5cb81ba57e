using System.CommandLine;
using Pare.Graphs;
using Pare.Recipes;

namespace Pare.Cli.Commands;

/// <summary><c>pare recipe list</c>: the recipes that come with the program.</summary>
internal sealed class RecipeListCommand : CliCommand
{
    private readonly CliConsole _console;
    private readonly Option<bool> _json = CommonOptions.Json();

    public RecipeListCommand(CliConsole console)
        : base("list", "Lists the recipes that come with Pare.")
    {
        _console = console;
        Add(_json);
        Examples = [("pare recipe list", null)];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        Recipe[] recipes = [.. RecipeStore.Names.Select(static name => RecipeStore.Open(name))];
        if (parsed.GetValue(_json))
        {
            JsonOutput.WriteObject(_console.Out, json =>
            {
                json.WriteStartArray("recipes");
                foreach (Recipe recipe in recipes)
                {
                    json.WriteStartObject();
                    json.WriteString("name", recipe.Name);
                    json.WriteString("description", recipe.Description);
                    json.WriteString("dataset", recipe.DatasetName);
                    json.WriteNumber("parameters", Cost.Of(recipe.Graph).Parameters);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
            return ExitCode.Done;
        }

        var table = new TextTable("recipe", ">parameters", "description");
        foreach (Recipe recipe in recipes) table.Add(recipe.Name, Amounts.Count(Cost.Of(recipe.Graph).Parameters), recipe.Description);
        table.Write(_console.Messages(json: false));
        return ExitCode.Done;
    }
}
