using Pare.Graphs;
using Pare.Models;

namespace Pare.Recipes;

/// <summary>The settings of a network that a recipe names instead of listing its layers.</summary>
internal static class NamedModels
{
    public static Graph Read(SettingsReader model, Shape input)
    {
        string name = model.About($"A network by its name, instead of layers: {string.Join(", ", ModelCatalog.Names)}.")
            .Text("name", null, SettingsReader.UseOneOf(ModelCatalog.Names)) ?? ModelCatalog.Names[0];
        int? classes = model.About("The classes of a named network.").OptionalInt("classes", null, 1, Limits.Channels);
        float width = (float)model.About("What the channels and hidden units of a named network are multiplied by.")
            .Number("width", 1, 0.01, 100);
        float drop = (float)model.About("The probability of dropping the last block's branch of resnet20; earlier ones have less.")
            .Number("stochastic_depth", 0, 0, 1);
        if (!ModelCatalog.Names.Contains(name)) throw model.Unknown("model", name, model.LineOf("name"), "model.name", ModelCatalog.Names);
        if (model.Has("layers"))
            throw model.Error("'name' and 'layers' cannot stand together.", model.Line, "model.layers",
                $"Leave out the layers, or the name '{name}'.");
        if (drop > 0 && name != "resnet20")
            throw model.Error($"The model '{name}' has no stochastic depth.", model.Line, "model.stochastic_depth",
                "Leave it out, or use resnet20.");
        if (classes is null && !model.Describes)
            throw model.Error("'classes' is missing.", model.Line, "model", "Write the number of classes, such as classes: 10.");
        try
        {
            return name == "resnet20"
                ? ResNet20.Create(input, classes ?? 1, width, drop)
                : ModelCatalog.Create(name, input, classes ?? 1, width);
        }
        catch (RecipeException error)
        {
            throw model.Error(error.Message, model.LineOf("name"), $"model.name ({error.Where})",
                "Use images of another size, another width, or another model.", error);
        }
    }
}
