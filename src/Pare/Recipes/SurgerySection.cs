using System.Text.Json.Nodes;
using Pare.Graphs;
using Pare.Graphs.Surgery;
using Pare.Models;
using YamlDotNet.RepresentationModel;

namespace Pare.Recipes;

/// <summary>The list under <c>model.surgery</c>: changes of the network, made one after another.</summary>
internal static class SurgerySection
{
    // The setting that a single value stands for, as in 'scale_width: 0.5'.
    private static readonly Dictionary<string, string> Primary = new()
    {
        ["blur_pool"] = "filter",
        ["squeeze_excite"] = "ratio",
        ["scale_width"] = "factor",
    };

    private static readonly Dictionary<string, Func<Graph, SettingsReader, Graph>> Changes = new()
    {
        ["blur_pool"] = static (graph, s) => graph.ReplaceMaxPoolsByBlurPool(s.Int("filter", 3), s.Switch("convolutions", false), s.Switch("average_pools", false)),
        ["squeeze_excite"] = static (graph, s) => graph.InsertSqueezeExcite((float)s.Number("ratio", 4, 1), s.Choice("gate", "sigmoid", LayerCatalog.Gates), s.Switch("bias", true)),
        ["depthwise_separable"] = static (graph, _) => graph.ReplaceConvolutionsByDepthwiseSeparable(),
        ["global_average_pool"] = static (graph, _) => graph.ReplaceDenseHeadByGlobalAveragePool(),
        ["scale_width"] = static (graph, s) => graph.ScaleWidth((float)s.Number("factor", 0.5)),
    };

    /// <summary>What the schema says of a change.</summary>
    public static JsonObject Describe(SchemaSummaries summaries)
    {
        Graph any = ModelCatalog.Create("vgg", new Shape(3, 32, 32), 10, 1);
        return SettingsSchema.Named(Changes.Select(change =>
            (change.Key, SettingsReader.Describe(summaries, change.Key, settings => change.Value(any, settings)).Short(Primary.GetValueOrDefault(change.Key)))));
    }

    /// <summary>Makes the changes that the model lists, if any.</summary>
    public static Graph Apply(Graph graph, SettingsReader model)
    {
        model.List("surgery", required: false, "surgery", (name, settings, path, line) =>
        {
            if (!Changes.TryGetValue(name, out Func<Graph, SettingsReader, Graph>? change)) throw model.Unknown("change", name, line, path, Changes.Keys);
            var reader = new SettingsReader(model.File, path, SettingsReader.InFull(settings, Primary.GetValueOrDefault(name)), line);
            try
            {
                graph = change(graph, reader);
            }
            catch (RecipeException error) when (!error.Where.StartsWith(model.File, StringComparison.Ordinal))
            {
                throw model.Error(error.Message, line, $"{path} ({error.Where})", error.Remedy, error);
            }

            reader.RefuseUnknown();
            return Setting.OfEntries(reader.Resolved);
        });
        return graph;
    }
}
