using System.Text.Json.Nodes;
using Pare.Graphs;
using Pare.Models;

namespace Pare.Recipes;

/// <summary>The list under <c>model.surgery</c>: changes of the network, made one after another.</summary>
internal static class SurgerySection
{
    private static readonly Dictionary<string, Func<SurgeryChange>> Changes = new()
    {
        ["blur_pool"] = static () => new BlurPoolChange(),
        ["squeeze_excite"] = static () => new SqueezeExciteChange(),
        ["depthwise_separable"] = static () => new DepthwiseSeparableChange(),
        ["global_average_pool"] = static () => new GlobalAveragePoolChange(),
        ["scale_width"] = static () => new ScaleWidthChange(),
    };

    /// <summary>What the schema says of a change.</summary>
    public static JsonObject Describe(SchemaSummaries summaries) => SettingsSchema.Named(Changes.Select(change =>
        (change.Key,
            SettingsReader.Describe(summaries, change.Key, settings => settings.Document(RecordSettings.Read(settings, change.Value())))
            .Short(true))));

    /// <summary>Makes the changes that the model lists, if any.</summary>
    public static Graph Apply(Graph graph, SettingsReader model)
    {
        model.About("Changes of the network, made one after another.")
            .List("surgery", required: false, "surgery", (name, settings, path, line) =>
        {
            if (!Changes.TryGetValue(name, out Func<SurgeryChange>? make)) throw model.Unknown("change", name, line, path, Changes.Keys);
            SettingsReader reader = model.Item(settings, path, line, single: true);
            SurgeryChange change = RecordSettings.Read(reader, make());
            reader.RefuseUnknown();
            try
            {
                graph = change.Apply(graph);
            }
            catch (RecipeException error)
            {
                throw model.Error(error.Message, line, $"{path} ({error.Where})", error.Remedy, error);
            }

            return Setting.OfEntries(reader.Resolved);
        });
        return graph;
    }
}
