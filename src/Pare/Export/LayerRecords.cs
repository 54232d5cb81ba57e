using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Kernels;

namespace Pare.Export;

/// <summary>A trained network's structure to records and back.</summary>
internal static class LayerRecords
{
    private static readonly Dictionary<string, ActivationFunction> Functions =
        Enum.GetValues<ActivationFunction>().ToDictionary(static function => new Activation(function).Kind);

    public static ModelRecord.LayerRecord[] Of(Graph graph) => [.. graph.Nodes.Select(static node => Of(node.Layer) with
    {
        Name = node.Name,
        Kind = node.Layer.Kind,
        Inputs = node.Inputs.Count == 0 ? null : [.. node.Inputs.Select(static input => input.Name)],
        WeightsOf = node.WeightsOf?.Name,
    })];

    /// <summary>Builds the graph again; every shape is checked on the way.</summary>
    /// <exception cref="RecipeException">Settings or shapes do not fit.</exception>
    /// <exception cref="InvalidDataException">The records are no network; the message says why.</exception>
    public static Graph ToGraph(ModelRecord.LayerRecord[] records)
    {
        if (records is not [{ Kind: "input", Shape: [var channels, var height, var width] }, ..])
            throw new InvalidDataException("the network has no input");
        GraphBuilder net = GraphBuilder.Input(channels, height, width);
        var nodes = new Dictionary<string, Node>(StringComparer.Ordinal) { [records[0].Name] = net.Current };
        foreach (ModelRecord.LayerRecord record in records.AsSpan(1))
        {
            Node[] inputs =
                [.. (record.Inputs ?? [])
                .Select(name => nodes.TryGetValue(name, out Node? input) ? input
                : throw new InvalidDataException($"layer '{record.Name}' reads '{name}', which does not come before it"))];
            if (inputs.Length == 0) throw new InvalidDataException($"layer '{record.Name}' reads nothing");
            net.Continue(inputs[0]);
            if (record.WeightsOf is { } owner) net.Share(owner, record.Name);
            else net.Join(ToLayer(record), record.Name, inputs);
            if (!nodes.TryAdd(record.Name, net.Current)) throw new InvalidDataException($"two layers are named '{record.Name}'");
        }

        return net.Build();
    }

    private static ModelRecord.LayerRecord Of(Layer layer) => layer switch
    {
        Input input => new() { Shape = [input.Shape.Channels, input.Shape.Height, input.Shape.Width] },
        Convolution conv =>
        new()
        {
            Channels = conv.Channels,
            Kernel = conv.Kernel,
            Stride = conv.Stride,
            Padding = conv.Padding,
            Groups = conv.Groups,
            Bias = conv.Bias,
            RoundsWeights = conv.RoundsWeights ? true : null,
        },
        Linear linear => new() { Units = linear.Units, Bias = linear.Bias, RoundsWeights = linear.RoundsWeights ? true : null },
        FakeQuantize quantize => new() { Momentum = quantize.Momentum },
        BatchNorm norm => new() { Momentum = norm.Momentum, Epsilon = norm.Epsilon, Scale = norm.Scale, Shift = norm.Shift },
        MaxPool pool => new() { Kernel = pool.Kernel, Stride = pool.Stride, Padding = pool.Padding },
        AveragePool pool => new() { Kernel = pool.Kernel, Stride = pool.Stride, Padding = pool.Padding, CountPadding = pool.CountPadding },
        BlurPool blur => new() { Filter = blur.Filter, Stride = blur.Stride },
        Dropout dropout => new() { Probability = dropout.Probability },
        StochasticDepth depth => new() { Probability = depth.Probability },
        Activation or GlobalAveragePool or Flatten or Add or ChannelMultiply => new(),
        ImageLayer => throw new RecipeException(
            $"The layer '{layer.Kind}' is not one of the library's: a model's file could not say what it computes.", layer.Kind,
            "Keep the training's state instead, or make the layer of known ones."),
        _ => throw new NotSupportedException($"The layer '{layer.Kind}' cannot be written."),
    };

    private static Layer ToLayer(ModelRecord.LayerRecord record)
    {
        switch (record.Kind)
        {
            case "conv":
                return new Convolution
                {
                    Channels = Need(record.Channels),
                    Kernel = Need(record.Kernel),
                    Stride = Need(record.Stride),
                    Padding = record.Padding,
                    Groups = Need(record.Groups),
                    Bias = Need(record.Bias),
                    RoundsWeights = record.RoundsWeights ?? false,
                };
            case "linear":
                return new Linear { Units = Need(record.Units), Bias = Need(record.Bias), RoundsWeights = record.RoundsWeights ?? false };
            case "fake_quantize": return new FakeQuantize { Momentum = Need(record.Momentum) };
            case "batch_norm":
                return new BatchNorm
                {
                    Momentum = Need(record.Momentum),
                    Epsilon = Need(record.Epsilon),
                    Scale = Need(record.Scale),
                    Shift = Need(record.Shift)
                };
            case "max_pool": return new MaxPool { Kernel = Need(record.Kernel), Stride = record.Stride, Padding = Need(record.Padding) };
            case "average_pool":
                return new AveragePool
                {
                    Kernel = Need(record.Kernel),
                    Stride = record.Stride,
                    Padding = Need(record.Padding),
                    CountPadding = Need(record.CountPadding)
                };
            case "blur_pool": return new BlurPool { Filter = Need(record.Filter), Stride = Need(record.Stride) };
            case "dropout": return new Dropout { Probability = Need(record.Probability) };
            case "stochastic_depth": return new StochasticDepth { Probability = Need(record.Probability) };
            case "global_average_pool": return new GlobalAveragePool();
            case "flatten": return new Flatten();
            case "add": return new Add();
            case "channel_multiply": return new ChannelMultiply();
            default:
                return Functions.TryGetValue(record.Kind, out ActivationFunction function) ? new Activation(function)
                : throw new InvalidDataException($"layer '{record.Name}' is a {record.Kind}, which this version does not know");
        }

        T Need<T>(T? value)
            where T : struct
            => value ?? throw new InvalidDataException($"layer '{record.Name}' lacks a setting");
    }
}
