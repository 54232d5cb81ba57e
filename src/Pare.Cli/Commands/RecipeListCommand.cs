using System.CommandLine;
using Pare.Graphs;
using Pare.Models;
using Pare.Recipes;

namespace Pare.Cli.Commands;

/// <summary><c>pare recipe list</c>: the recipes that come with the program.</summary>
internal sealed class RecipeListCommand : CliCommand
{
    private const int Classes = 10;

    private static readonly Shape s_input = new(3, 32, 32);
    private readonly CliConsole _console;
    private readonly Option<bool> _json = CommonOptions.Json();

    public RecipeListCommand(CliConsole console)
        : base("list", "Lists the recipes that come with Pare, and the networks that a recipe can name.")
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
                json.WriteStartArray("models");
                foreach (string name in ModelCatalog.Names)
                {
                    json.WriteStartObject();
                    json.WriteString("name", name);
                    json.WriteString("description", ModelCatalog.Describe(name));
                    json.WriteString("input", s_input.ToString());
                    json.WriteNumber("classes", Classes);
                    json.WriteNumber("parameters", Parameters(name));
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
            return ExitCode.Done;
        }

        var table = new TextTable("recipe", ">parameters", "description");
        foreach (Recipe recipe in recipes) table.Add(recipe.Name, Amounts.Count(Cost.Of(recipe.Graph).Parameters), recipe.Description);
        Messages messages = _console.Messages(json: false);
        table.Write(messages);
        messages.Line();
        var models = new TextTable("model", ">parameters", "description");
        foreach (string name in ModelCatalog.Names) models.Add(name, Amounts.Count(Parameters(name)), ModelCatalog.Describe(name));
        models.Write(messages);
        messages.Line();
        messages.Paragraph(
            $"A recipe names a network as model: {{ input: {s_input}, name: {ModelCatalog.Names[0]}, classes: {Classes} }}; the " +
            $"parameters are those of {s_input} and {Classes} classes.");
        return ExitCode.Done;
    }

    private static long Parameters(string model) => Cost.Of(ModelCatalog.Create(model, s_input, Classes)).Parameters;
}
