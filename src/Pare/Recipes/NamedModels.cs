using Pare.Graphs;
using Pare.Models;

namespace Pare.Recipes;

/// <summary>The settings of a network that a recipe names instead of listing its layers.</summary>
internal static class NamedModels
{
    public static Graph Read(SettingsReader model, Shape input)
    {
        string name = model.Text("name", null)!;
        if (!ModelCatalog.Names.Contains(name)) throw model.Unknown("model", name, model.Line, "model.name", ModelCatalog.Names);
        if (model.Has("layers")) throw model.Error("'name' and 'layers' cannot stand together.", model.Line, "model.layers", $"Leave out the layers, or the name '{name}'.");
        int classes = model.OptionalInt("classes", null, 1, LayerCatalog.MostChannels)
            ?? throw model.Error("'classes' is missing.", model.Line, "model", "Write the number of classes, such as classes: 10.");
        float width = (float)model.Number("width", 1, 0.01, 100);
        try
        {
            return name == "resnet20"
                ? ResNet20.Create(input, classes, width, (float)model.Number("stochastic_depth", 0, 0, 1))
                : ModelCatalog.Create(name, input, classes, width);
        }
        catch (RecipeException error)
        {
            throw model.Error(error.Message, model.Line, $"model.name ({error.Where})", "Use larger images, or another model.", error);
        }
    }
}
