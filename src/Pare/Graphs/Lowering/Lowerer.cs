using Pare.Graphs.Layers;
using Pare.Kernels;

namespace Pare.Graphs.Lowering;

/// <summary>
/// Turns a trained network into its <see cref="InferenceGraph"/>, layer by layer; <see cref="Fusion"/> then puts norms and activations into
/// the convolutions and sums before them. Dropout and stochastic depth vanish.
/// </summary>
internal sealed class Lowerer
{
    private readonly Network _network;
    private readonly InferenceGraphBuilder _builder;
    private readonly Dictionary<Node, InferenceNode> _lowered = [];
    private readonly Dictionary<string, WeightArray> _weights = new(StringComparer.Ordinal);
    private readonly bool _knowsRanges;

    private Lowerer(Network network)
    {
        _network = network;
        _knowsRanges = network.Parameters.Any(parameter =>
            parameter.Spec.Initialization == Initialization.FirstBatch && network.Values(parameter).ContainsAnyExcept(0));
        _builder = new InferenceGraphBuilder(network.Graph.Input.Shape);
        _lowered[network.Graph.Input] = _builder.Input;
    }

    /// <summary>Lowers a network; its weights are copied as they are now.</summary>
    /// <param name="network">The trained network.</param>
    /// <param name="preprocessing">How its images were made from pictures.</param>
    /// <param name="classes">The names of the classes; null for their numbers.</param>
    /// <exception cref="RecipeException">A layer is not one of the library's (<see cref="ImageLayer"/>).</exception>
    /// <exception cref="ArgumentException">The network is no classifier, or preprocessing or classes are for another.</exception>
    public static InferenceGraph Lower(Network network, Preprocessing preprocessing, IReadOnlyList<string>? classes = null) =>
        Fusion.Fuse(new Lowerer(network).LowerAll(preprocessing, classes));

    /// <summary>Lowers a network, and says of which layers each node was made.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layers">
    /// A node's layers in their order: that whose name it has, the norms that went into it, and its activation. Layers that vanish are in
    /// none.
    /// </param>
    /// <inheritdoc cref="Lower(Network, Preprocessing, IReadOnlyList{string}?)"/>
    internal static InferenceGraph Lower(Network network, out IReadOnlyList<Node[]> layers)
    {
        InferenceGraph single = new Lowerer(network).LowerAll(Preprocessing.Plain(network.Graph.Input.Shape.Channels), null);
        InferenceGraph fused = Fusion.Fuse(single, intoPreprocessing: false, out IReadOnlyList<InferenceNode[]> parts);
        var named = network.Graph.Nodes.ToDictionary(static node => node.Name);
        layers = [.. parts.Select(nodes => nodes.Select(node => named.GetValueOrDefault(node.Name, network.Graph.Input)).ToArray())];
        return fused;
    }

    private InferenceGraph LowerAll(Preprocessing preprocessing, IReadOnlyList<string>? classes)
    {
        foreach (Node node in _network.Graph.Nodes.Skip(1))
        {
            InferenceNode[] inputs = [.. node.Inputs.Select(input => _lowered[input])];
            _lowered[node] = IsIdentity(node.Layer) ? inputs[0] : _builder.Add(node.Name, Lower(node), inputs);
            if (node.Layer is FakeQuantize && _knowsRanges) _lowered[node].Range = RangeOf(node);
        }

        return _builder.Build(_lowered[_network.Graph.Output], preprocessing, classes);
    }

    private ValueRange RangeOf(Node node)
    {
        var range = new ValueRange(Value(FakeQuantize.Low), Value(FakeQuantize.High));
        range.Check();
        return range;

        float Value(string name) => _network.Values(_network[node.ParameterName(name)])[0];
    }

    private InferenceOperation Lower(Node node) => node.Layer switch
    {
        BatchNorm layer => Norm(node, layer),
        Activation layer => new LoweredActivation(PointActivation.Of(layer.Function)),
        Convolution layer =>
        Convolution(node, SlidingWindow.Square(layer.Kernel, layer.Stride, layer.PaddingPixels), layer.Groups, layer.Bias,
            layer.RoundsWeights),
        Linear layer => Convolution(node, SlidingWindow.Square(1), 1, layer.Bias, layer.RoundsWeights),
        MaxPool layer => Pool(node, layer.Padding, PoolMode.Max),
        AveragePool layer =>
        Pool(node, layer.Padding, layer.CountPadding && layer.Padding > 0 ? PoolMode.AverageWithBorders : PoolMode.Average),
        BlurPool layer => new LoweredBlur(layer.Filter, layer.Stride),
        GlobalAveragePool => new LoweredMean(),
        Flatten => new LoweredFlatten(),
        Add => new LoweredAdd(),
        ChannelMultiply => new LoweredMultiply(),
        ImageLayer => throw new RecipeException(
            $"The layer '{node.Layer.Kind}' is not one of the library's: a model and an export could not say what it computes.",
            $"layer '{node.Name}'", "Measure the network where the layer is known (Evaluator), or make the layer of known ones."),
        _ => throw new NotSupportedException($"The layer '{node.Layer.Kind}' has no lowered form."),
    };

    private static bool IsIdentity(Layer layer) =>
        layer is Dropout or StochasticDepth or FakeQuantize or Activation { Function: ActivationFunction.Identity };

    private static LoweredPool Pool(Node node, int padding, PoolMode mode) =>
        new() { Window = SlidingWindow.Square(node.Layer.Window.Kernel, node.Layer.Window.Stride, padding), Mode = mode };

    // Nodes that share weights name the same parameter. The weights are those that the layer computes with.
    private LoweredConvolution Convolution(Node node, SlidingWindow window, int groups, bool bias, bool rounds)
    {
        Parameter weight = _network[node.ParameterName("weight")];
        if (!_weights.TryGetValue(weight.Name, out WeightArray? weights))
        {
            int[] shape = weight.Spec.Shape is [var units, var inputs] ? [units, inputs, 1, 1] : weight.Spec.Shape;
            float[] values = _network.Values(weight).ToArray();
            if (rounds) RoundingKernels.RoundWeights(values, shape[0], values);
            _weights[weight.Name] = weights = new WeightArray(weight.Name, shape, values);
        }

        float[]? shift = bias ? _network.Values(_network[node.ParameterName("bias")]).ToArray() : null;
        return new LoweredConvolution { Weights = weights, Window = window, Groups = groups, Shift = shift };
    }

    // y = scale x + shift with the running statistics: a depthwise convolution of one pixel's window.
    private LoweredConvolution Norm(Node node, BatchNorm layer)
    {
        int channels = node.Shape.Channels;
        float[] scales = new float[channels], shifts = new float[channels];
        for (int c = 0; c < channels; c++)
        {
            double scale = (layer.Scale ? Value("weight", c) : 1) / Math.Sqrt(Value("running_var", c) + layer.Epsilon);
            scales[c] = (float)scale;
            shifts[c] = (float)((layer.Shift ? Value("bias", c) : 0) - (Value("running_mean", c) * scale));
        }

        var weights = new WeightArray($"{node.Name}.weight", [channels, 1, 1, 1], scales);
        return new LoweredConvolution { Weights = weights, Window = SlidingWindow.Square(1), Groups = channels, Shift = shifts };

        double Value(string name, int channel) => _network.Values(_network[node.ParameterName(name)])[channel];
    }
}
