using System.CommandLine;
using System.Text.Json;
using Pare.Graphs;
using Pare.Inference;
using Pare.Recipes;
using Pare.Training;
using Pare.Training.Losses;

namespace Pare.Cli.Commands;

/// <summary><c>pare inspect</c>: the nodes of a recipe's network and what each costs, and the card of a trained one.</summary>
internal sealed class InspectCommand : CliCommand
{
    private readonly CliConsole _console;
    private readonly Argument<string> _given = new("RECIPE|MODEL")
    {
        Description =
            $"A recipe file, or one of the shipped recipes: {string.Join(", ", RecipeStore.Names)}; a model's file (.safetensors or " +
                $".onnx); " +
            "or the folder of a run or of a build, which has both.",
    };

    private readonly Option<string?> _phase = CommonOptions.Phase();
    private readonly Option<string[]> _set = CommonOptions.Set();
    private readonly Option<bool> _json = CommonOptions.Json();

    public InspectCommand(CliConsole console)
        : base("inspect", "Lists a recipe's network layer by layer with its cost; shows the inputs, cost and accuracy of a trained model.")
    {
        _console = console;
        Add(_given);
        Add(_phase);
        Add(_set);
        Add(_json);
        Examples =
        [
            ("pare inspect mnist", null),
            ("pare inspect models/mnist.safetensors", "classes, pictures, cost, latency, accuracy"),
            ("pare inspect runs/mnist-20260304-050607 --json", "both"),
        ];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string given = parsed.GetRequiredValue(_given);
        string[] set = parsed.GetValue(_set) ?? [];
        bool isChanged = set.Length > 0 || parsed.GetValue(_phase) is not null;
        if (isChanged && IsModelFile(given))
            throw new RecipeException(
                "A model's file is what was trained: it has no other phase, and no key that could be set.", given,
                "Name the recipe, or leave out --phase and --set.");
        Messages messages = _console.Messages(parsed.GetValue(_json));
        ModelCard? card = isChanged ? null : CardOf(given, messages);
        bool hasRecipe = card is null || (Directory.Exists(given) && File.Exists(Path.Combine(given, RecipeStore.FileName)));
        Recipe? recipe = hasRecipe ? RecipeInputs.Open(given, set, parsed.GetValue(_phase)) : null;
        if (parsed.GetValue(_json))
        {
            JsonOutput.WriteObject(_console.Out, json => Write(json, recipe, card));
            return ExitCode.Done;
        }

        if (recipe is not null) WriteTable(messages, recipe, parsed.GetValue(_phase), Cost.Of(recipe.Graph));
        if (recipe is not null && card is not null) messages.Line();
        if (card is not null) ModelCardView.Write(messages, card);
        return ExitCode.Done;
    }

    private static bool IsModelFile(string path) => !Directory.Exists(path)
        && (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)
            || path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase));

    // Null for a recipe, and for a run or a build that has come to no model yet.
    private static ModelCard? CardOf(string given, Messages messages)
    {
        if (IsModelFile(given)) return ModelCard.Read(given);
        if (!Directory.Exists(given)) return null;
        try
        {
            return ModelCard.Find(given);
        }
        catch (RunException error)
        {
            messages.Fact("note", error.Message);
            return null;
        }
    }

    private static void WriteTable(Messages messages, Recipe recipe, string? phase, Cost cost)
    {
        var table = new TextTable("node", "layer", "output", ">params", ">MACs", ">bytes", ">receptive");
        foreach (NodeCost node in cost.Nodes)
        {
            table.Add(
                node.Node.Name, node.Node.Description, node.Node.Shape.ToString(), Amounts.Count(node.Parameters), Amounts.Count(node.Macs),
                Amounts.Count(4L * node.Node.Shape.Count), Amounts.Count(node.ReceptiveField));
        }

        table.Rule();
        table.Add("total", "", "", Amounts.Count(cost.Parameters), Amounts.Count(cost.Macs), "", Amounts.Count(cost.ReceptiveField));
        table.Write(messages);
        messages.Line();
        RecipeInputs.ShowPhase(messages, recipe, phase);
        messages.Fact("weights",
            $"{Amounts.Bytes(cost.WeightBytes)}, and {Amounts.Count(cost.Statistics)} running statistics that are not trained");
        messages.Fact("memory", $"{Amounts.Bytes(cost.PeakActivationBytes)} at most for the feature maps of one image");
        messages.Fact("training", TrainingBytes(recipe, out string? unknown) is long bytes
            ? $"about {Amounts.Bytes(bytes)} of memory with a batch of {Amounts.Count(recipe.Training.BatchSize)}, beside the images"
            : $"how much memory it takes is not known: {unknown}");
        messages.Paragraph(
            "bytes: the node's feature map of one image; receptive: its receptive field, the side of the square of input pixels behind one "
            + "output pixel");
    }

    // A teacher may be gone, or not be trained yet, and is only asked for its size.
    private static long? TrainingBytes(Recipe recipe, out string? unknown)
    {
        try
        {
            unknown = null;
            return MemoryEstimate.Of(recipe.Graph, recipe.Training).Total;
        }
        catch (PareException error) when (recipe.Training.Techniques.OfType<Distillation>().Any())
        {
            unknown = error.Message;
            return null;
        }
    }

    private static void Write(Utf8JsonWriter json, Recipe? recipe, ModelCard? card)
    {
        if (recipe is not null) Write(json, recipe, Cost.Of(recipe.Graph));
        if (card is null) return;
        if (recipe is not null) json.WriteStartObject("card");
        ModelCardView.Write(json, card);
        if (recipe is not null) json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Recipe recipe, Cost cost)
    {
        json.WriteString("recipe", recipe.Name);
        json.WriteNumber("parameters", cost.Parameters);
        json.WriteNumber("statistics", cost.Statistics);
        json.WriteNumber("macs", cost.Macs);
        json.WriteNumber("weight_bytes", cost.WeightBytes);
        json.WriteNumber("peak_activation_bytes", cost.PeakActivationBytes);
        if (TrainingBytes(recipe, out _) is long bytes) json.WriteNumber("training_bytes", bytes);
        else json.WriteNull("training_bytes");
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
