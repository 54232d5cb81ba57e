using System.Text.Json.Nodes;
using Pare.Graphs;
using Pare.Kernels;
using YamlDotNet.RepresentationModel;

namespace Pare.Recipes;

/// <summary>The layers that a recipe can name: for each its settings and what it adds to a graph.</summary>
internal static class LayerCatalog
{
    public const int MostChannels = 65536;

    // The setting that a single value stands for, as in 'conv: 16'.
    private static readonly Dictionary<string, string> Primary = new()
    {
        ["conv"] = "channels",
        ["pointwise_conv"] = "channels",
        ["depthwise_conv"] = "kernel",
        ["depthwise_separable"] = "channels",
        ["linear"] = "units",
        ["residual_block"] = "channels",
        ["inverted_residual"] = "channels",
        ["squeeze_excite"] = "ratio",
        ["share"] = "layer",
        ["max_pool"] = "kernel",
        ["max_blur_pool"] = "kernel",
        ["blur_pool"] = "filter",
        ["average_pool"] = "kernel",
        ["dropout"] = "probability",
        ["stochastic_depth"] = "probability",
    };

    private static readonly Dictionary<string, ActivationFunction> Functions = new()
    {
        ["relu"] = ActivationFunction.Relu,
        ["relu6"] = ActivationFunction.Relu6,
        ["hard_swish"] = ActivationFunction.HardSwish,
        ["silu"] = ActivationFunction.Silu,
    };

    /// <summary>What may stand at the end of squeeze-and-excitation.</summary>
    public static readonly Dictionary<string, ActivationFunction> Gates = new()
    {
        ["sigmoid"] = ActivationFunction.Sigmoid,
        ["hard_sigmoid"] = ActivationFunction.HardSigmoid,
    };

    private static readonly Dictionary<string, Action<GraphBuilder, SettingsReader>> Layers = new()
    {
        ["conv"] = static (net, s) => net.Conv(Required(s, "channels"), s.Int("kernel", 3), s.Int("stride", 1), s.OptionalInt("padding", null), s.Int("groups", 1), s.Switch("bias", false)),
        ["pointwise_conv"] = static (net, s) => net.PointwiseConv(Required(s, "channels"), s.Switch("bias", false)),
        ["depthwise_conv"] = static (net, s) => net.DepthwiseConv(s.Int("kernel", 3), s.Int("stride", 1), s.OptionalInt("padding", null), s.Int("multiplier", 1), s.Switch("bias", false)),
        ["depthwise_separable"] = static (net, s) => net.DepthwiseSeparable(Required(s, "channels"), s.Int("kernel", 3), s.Int("stride", 1)),
        ["global_depthwise_conv"] = static (net, s) => net.GlobalDepthwiseConv(s.Switch("bias", false)),
        ["residual_block"] = static (net, s) => net.ResidualBlock(Required(s, "channels"), s.Int("stride", 1), s.Choice("activation", "relu", Functions), Ratio(s), Drop(s)),
        ["inverted_residual"] = static (net, s) => net.InvertedResidual(
            Required(s, "channels"), s.Int("expansion", 6, 1, 64), s.Int("kernel", 3), s.Int("stride", 1), s.Choice("activation", "relu6", Functions), Ratio(s), Drop(s)),
        ["squeeze_excite"] = static (net, s) => net.SqueezeExcite((float)s.Number("ratio", 4, 1), s.Choice("gate", "sigmoid", Gates), s.OptionalInt("hidden", null, 1, MostChannels), s.Switch("bias", true)),
        ["share"] = static (net, s) => net.Share(s.RequiredText("layer", "conv1", "Name an earlier layer, such as conv1.")),
        ["linear"] = static (net, s) => net.Linear(Required(s, "units"), s.Switch("bias", true)),
        ["batch_norm"] = static (net, s) => net.BatchNorm((float)s.Number("momentum", 0.1, 0, 1), (float)s.Number("epsilon", 1e-5), s.Switch("scale", true), s.Switch("shift", true)),
        ["relu"] = static (net, _) => net.Relu(),
        ["relu6"] = static (net, _) => net.Activation(ActivationFunction.Relu6),
        ["hard_swish"] = static (net, _) => net.Activation(ActivationFunction.HardSwish),
        ["silu"] = static (net, _) => net.Activation(ActivationFunction.Silu),
        ["sigmoid"] = static (net, _) => net.Activation(ActivationFunction.Sigmoid),
        ["hard_sigmoid"] = static (net, _) => net.Activation(ActivationFunction.HardSigmoid),
        ["max_pool"] = static (net, s) => net.MaxPool(s.Int("kernel", 2), s.OptionalInt("stride", null, 1), s.Int("padding", 0, 0)),
        ["max_blur_pool"] = static (net, s) => net.MaxBlurPool(s.Int("kernel", 2), s.Int("filter", 3), s.Int("stride", 2), s.Int("padding", 0, 0)),
        ["blur_pool"] = static (net, s) => net.BlurPool(s.Int("filter", 3), s.Int("stride", 2)),
        ["average_pool"] = static (net, s) => net.AveragePool(s.Int("kernel", 2), s.OptionalInt("stride", null, 1), s.Int("padding", 0, 0), s.Switch("count_padding", true)),
        ["global_average_pool"] = static (net, _) => net.GlobalAveragePool(),
        ["flatten"] = static (net, _) => net.Flatten(),
        ["dropout"] = static (net, s) => net.Dropout((float)s.Number("probability", 0.5, 0, 1)),
        ["stochastic_depth"] = static (net, s) => net.StochasticDepth((float)s.Number("probability", 0.1, 0, 1)),
        ["residual"] = static (net, s) => Branches(net, s),
    };

    /// <summary>The names, for suggestions.</summary>
    public static IEnumerable<string> Names => Layers.Keys;

    /// <summary>Adds the layers listed under a key to a graph.</summary>
    /// <returns>Whether the key is there.</returns>
    public static bool Add(GraphBuilder net, SettingsReader reader, string key, bool required = true) =>
        reader.List(key, required, "layer", (name, settings, path, line) =>
        {
            if (!Layers.TryGetValue(name, out Action<GraphBuilder, SettingsReader>? add)) throw reader.Unknown("layer", name, line, path, Names);
            var layer = new SettingsReader(reader.File, path, SettingsReader.InFull(settings, Primary.GetValueOrDefault(name)), line);
            try
            {
                add(net, layer);
            }
            catch (RecipeException error) when (error.InnerException is ArgumentException)
            {
                throw reader.Error(error.Message, line, $"{path} ({error.Where})", error.Remedy, error);
            }

            layer.RefuseUnknown();
            return Setting.OfEntries(layer.Resolved);
        });

    /// <summary>What the schema says of a layer.</summary>
    public static JsonObject Describe(SchemaSummaries summaries) => SettingsSchema.Named(Layers.Select(layer =>
        (layer.Key, SettingsReader.Describe(summaries, layer.Key, settings => layer.Value(GraphBuilder.Input(64, 64, 64).Conv(64), settings)).Short(Primary.GetValueOrDefault(layer.Key)))));

    private static void Branches(GraphBuilder net, SettingsReader settings)
    {
        // Whether there is a shortcut is only known once it has been asked for, after the body.
        net.Residual(
            body => Add(body, settings, "body"),
            shortcut => Add(shortcut, settings, "shortcut", required: false));
    }

    private static float? Ratio(SettingsReader settings) => (float?)settings.OptionalNumber("squeeze_excite", null, 1);

    private static float Drop(SettingsReader settings) => (float)settings.Number("stochastic_depth", 0, 0, 1);

    private static int Required(SettingsReader settings, string key) => settings.RequiredInt(key, 1, MostChannels);
}
