using Pare.Graphs;
using Pare.Models;

namespace Pare.Recipes;

/// <summary>The settings of a network that a recipe names instead of listing its layers.</summary>
internal static class NamedModels
{
    public static Graph Read(SettingsReader model, Shape input)
    {
        string name = model.Text("name", null) ?? ModelCatalog.Names[0];
        int? classes = model.OptionalInt("classes", null, 1, LayerCatalog.MostChannels);
        float width = (float)model.Number("width", 1, 0.01, 100), drop = (float)model.Number("stochastic_depth", 0, 0, 1);
        if (!ModelCatalog.Names.Contains(name)) throw model.Unknown("model", name, model.Line, "model.name", ModelCatalog.Names);
        if (model.Has("layers")) throw model.Error("'name' and 'layers' cannot stand together.", model.Line, "model.layers", $"Leave out the layers, or the name '{name}'.");
        if (drop > 0 && name != "resnet20") throw model.Error($"The model '{name}' has no stochastic depth.", model.Line, "model.stochastic_depth", "Leave it out, or use resnet20.");
        if (classes is null && !model.Describes) throw model.Error("'classes' is missing.", model.Line, "model", "Write the number of classes, such as classes: 10.");
        try
        {
            return name == "resnet20"
                ? ResNet20.Create(input, classes ?? 1, width, drop)
                : ModelCatalog.Create(name, input, classes ?? 1, width);
        }
        catch (RecipeException error)
        {
            throw model.Error(error.Message, model.Line, $"model.name ({error.Where})", "Use larger images, or another model.", error);
        }
    }
}
