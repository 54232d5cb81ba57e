using System.Text.Json.Nodes;
using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Kernels;

namespace Pare.Recipes;

/// <summary>
/// The layers that a recipe can name: records that say themselves what settings they have, and the branches of a residual.
/// </summary>
internal static class LayerCatalog
{
    private const string Residual = "residual";

    private static readonly Dictionary<string, Entry> Entries = new()
    {
        ["conv"] = Of(static () => new Convolution { Channels = 1 }),
        ["pointwise_conv"] = Several(static () => new PointwiseConvolution { Channels = 1 }),
        ["depthwise_conv"] = Several(static () => new DepthwiseConvolution()),
        ["depthwise_separable"] = Several(static () => new DepthwiseSeparable { Channels = 1 }),
        ["global_depthwise_conv"] = Several(static () => new GlobalDepthwiseConvolution()),
        ["residual_block"] = Several(static () => new ResidualBlock { Channels = 1 }),
        ["inverted_residual"] = Several(static () => new InvertedResidual { Channels = 1 }),
        ["squeeze_excite"] = Several(static () => new SqueezeExcite()),
        ["share"] = Several(static () => new Share { Layer = "conv1" }),
        ["linear"] = Of(static () => new Linear { Units = 1 }, static (net, layer) => net.Linear(layer)),
        ["batch_norm"] = Of(static () => new BatchNorm()) with { Short = false },
        ["relu"] = Of(ActivationFunction.Relu),
        ["relu6"] = Of(ActivationFunction.Relu6),
        ["hard_swish"] = Of(ActivationFunction.HardSwish),
        ["silu"] = Of(ActivationFunction.Silu),
        ["sigmoid"] = Of(ActivationFunction.Sigmoid),
        ["hard_sigmoid"] = Of(ActivationFunction.HardSigmoid),
        ["max_pool"] = Of(static () => new MaxPool()),
        ["max_blur_pool"] = Several(static () => new MaxBlurPool()),
        ["blur_pool"] = Of(static () => new BlurPool()),
        ["average_pool"] = Of(static () => new AveragePool()),
        ["global_average_pool"] = Of(static () => new GlobalAveragePool()),
        ["flatten"] = Of(static () => new Flatten()),
        ["dropout"] = Of(static () => new Dropout()),
        ["stochastic_depth"] = Of(static () => new StochasticDepth()),
        [Residual] =
        new(static (settings, net) => Branches(settings, net),
        "The output of the body, added to its input or to the output of the shortcut. He et al. 2015, arXiv 1512.03385.", Short: false),
    };

    /// <summary>The names, for suggestions.</summary>
    public static IEnumerable<string> Names => Entries.Keys;

    /// <summary>Adds the layers listed under a key to a graph.</summary>
    /// <returns>Whether the key is there.</returns>
    public static bool Add(GraphBuilder net, SettingsReader reader, string key, bool required = true) =>
        reader.List(key, required, "layer", (name, settings, path, line) =>
        {
            if (!Entries.TryGetValue(name, out Entry? entry)) throw reader.Unknown("layer", name, line, path, Names);
            SettingsReader layer = reader.Item(settings, path, line, entry.Short);
            try
            {
                entry.Read(layer, net);
            }
            catch (RecipeException error) when (error.InnerException is ArgumentException)
            {
                throw reader.Error(error.Message, line, $"{path} ({error.Where})", error.Remedy, error);
            }

            layer.RefuseUnknown();
            return Setting.OfEntries(layer.Resolved);
        });

    /// <summary>What the schema says of a layer.</summary>
    public static JsonObject Describe(SchemaSummaries summaries) => SettingsSchema.Named(Entries.Select(layer =>
        (layer.Key,
            SettingsReader.Describe(summaries, layer.Key, settings =>
            layer.Value.Read(settings, GraphBuilder.Input(64, 64, 64).Conv(64)), layer.Value.About).Short(layer.Value.Short))));

    private static Entry Of<TLayer>(Func<TLayer> make, Action<GraphBuilder, TLayer>? add = null)
        where TLayer : Layer => new((settings, net) =>
        {
            var layer = (TLayer)RecordSettings.Read(settings, make());
            settings.Document(layer);
            if (add is null) net.Layer(layer);
            else add(net, layer);
        });

    private static Entry Several(Func<Block> make) => new((settings, net) =>
    {
        Block block = RecordSettings.Read(settings, make());
        settings.Document(block);
        block.Put(net);
    });

    private static Entry Of(ActivationFunction function) => new((settings, net) =>
    {
        net.Activation(function);
        settings.Document(function);
    });

    private static void Branches(SettingsReader settings, GraphBuilder net)
    {
        // Whether there is a shortcut is only known once it has been asked for, after the body.
        net.Residual(
            body => Add(body, settings.About("The layers of the branch."), "body"),
            shortcut =>
            Add(shortcut, settings.About("The layers of the shortcut; the input itself without them."), "shortcut", required: false));
    }

    /// <summary>A layer that can be named.</summary>
    /// <param name="Read">Reads its settings and adds it.</param>
    /// <param name="About">What the schema says of it, where no type does.</param>
    /// <param name="Short">Whether a single value stands for its first setting, as in <c>conv: 16</c>.</param>
    private sealed record Entry(Action<SettingsReader, GraphBuilder> Read, string? About = null, bool Short = true);
}
