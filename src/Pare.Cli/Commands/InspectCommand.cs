using System.CommandLine;
using System.Text.Json;
using Pare.Graphs;
using Pare.Recipes;
using Pare.Training;

namespace Pare.Cli.Commands;

/// <summary><c>pare inspect</c>: the nodes of a recipe's network and what each costs.</summary>
internal sealed class InspectCommand : CliCommand
{
    private readonly CliConsole _console;
    private readonly Argument<string> _recipe = CommonOptions.Recipe();
    private readonly Option<string?> _phase = CommonOptions.Phase();
    private readonly Option<string[]> _set = CommonOptions.Set();
    private readonly Option<bool> _json = CommonOptions.Json();

    public InspectCommand(CliConsole console)
        : base("inspect", "Lists a recipe's network node by node with its cost.")
    {
        _console = console;
        Add(_recipe);
        Add(_phase);
        Add(_set);
        Add(_json);
        Examples = [("pare inspect mnist", null), ("pare inspect my.yaml --json", null)];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        Recipe recipe = RecipeStore.Open(parsed.GetRequiredValue(_recipe), parsed.GetValue(_set) ?? [], parsed.GetValue(_phase));
        var cost = Cost.Of(recipe.Graph);
        if (parsed.GetValue(_json)) JsonOutput.WriteObject(_console.Out, json => Write(json, recipe, cost));
        else WriteTable(recipe, parsed.GetValue(_phase), cost);
        return ExitCode.Done;
    }

    private void WriteTable(Recipe recipe, string? phase, Cost cost)
    {
        var table = new TextTable("node", "layer", "output", ">params", ">MACs", ">bytes", ">sees");
        foreach (NodeCost node in cost.Nodes)
        {
            table.Add(
                node.Node.Name, node.Node.Description, node.Node.Shape.ToString(), Amounts.Count(node.Parameters), Amounts.Count(node.Macs),
                Amounts.Count(4L * node.Node.Shape.Count), Amounts.Count(node.ReceptiveField));
        }

        table.Rule();
        table.Add("total", "", "", Amounts.Count(cost.Parameters), Amounts.Count(cost.Macs), "", Amounts.Count(cost.ReceptiveField));
        Messages messages = _console.Messages(json: false);
        table.Write(messages);
        messages.Line();
        if (recipe.Phase is { } taken) messages.Fact("phase", RecipeInputs.Describe(taken, phase));
        messages.Fact("weights", $"{Amounts.Bytes(cost.WeightBytes)}, and {Amounts.Count(cost.Statistics)} running statistics that are not trained");
        messages.Fact("memory", $"{Amounts.Bytes(cost.PeakActivationBytes)} at most for the feature maps of one image");
        messages.Fact("training", $"about {Amounts.Bytes(MemoryEstimate.Of(recipe.Graph, recipe.Training).Total)} of memory with a batch of {Amounts.Count(recipe.Training.BatchSize)}, beside the images");
        messages.Paragraph("bytes: the node's feature map of one image; sees: the side of the square of input pixels behind one output pixel");
    }

    private static void Write(Utf8JsonWriter json, Recipe recipe, Cost cost)
    {
        json.WriteString("recipe", recipe.Name);
        json.WriteNumber("parameters", cost.Parameters);
        json.WriteNumber("statistics", cost.Statistics);
        json.WriteNumber("macs", cost.Macs);
        json.WriteNumber("weight_bytes", cost.WeightBytes);
        json.WriteNumber("peak_activation_bytes", cost.PeakActivationBytes);
        json.WriteNumber("training_bytes", MemoryEstimate.Of(recipe.Graph, recipe.Training).Total);
        json.WriteNumber("receptive_field", cost.ReceptiveField);
        json.WriteStartArray("nodes");
        foreach (NodeCost node in cost.Nodes)
        {
            json.WriteStartObject();
            json.WriteString("name", node.Node.Name);
            json.WriteString("layer", node.Node.Layer.Kind);
            json.WriteStartArray("output");
            json.WriteNumberValue(node.Node.Shape.Channels);
            json.WriteNumberValue(node.Node.Shape.Height);
            json.WriteNumberValue(node.Node.Shape.Width);
            json.WriteEndArray();
            json.WriteNumber("parameters", node.Parameters);
            json.WriteNumber("macs", node.Macs);
            json.WriteNumber("bytes", 4L * node.Node.Shape.Count);
            json.WriteNumber("receptive_field", node.ReceptiveField);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
