using Pare.Graphs.Layers;
using Pare.Kernels;

namespace Pare.Graphs;

/// <summary>
/// Builds a graph layer by layer. Shapes follow from the one input shape; each error names the layer and the shape it met.
/// </summary>
public sealed class GraphBuilder
{
    private readonly List<Node> _nodes;
    private readonly Dictionary<string, int> _kinds;

    private GraphBuilder(List<Node> nodes, Dictionary<string, int> kinds, Node current) =>
        (_nodes, _kinds, Current) = (nodes, kinds, current);

    /// <summary>The node that the next layer is put on.</summary>
    public Node Current { get; private set; }

    /// <summary>Starts a graph with the shape of one image.</summary>
    public static GraphBuilder Input(int channels, int height, int width)
    {
        var layer = new Input(new Shape(channels, height, width));
        var node = new Node("input", layer, [], Shaped("input", layer, []));
        return new GraphBuilder([node], [], node);
    }

    /// <summary>Puts a layer on the current node.</summary>
    /// <exception cref="RecipeException">The layer's settings or the shape it meets do not fit.</exception>
    public GraphBuilder Layer(Layer layer, string? name = null) => Join(layer, name, Current);

    /// <summary>A convolution, by default 3x3 that keeps the size.</summary>
    public GraphBuilder Conv(int channels, int kernel = 3, int stride = 1, int? padding = null, int groups = 1, bool bias = false) =>
        Layer(new Convolution { Channels = channels, Kernel = kernel, Stride = stride, Padding = padding, Groups = groups, Bias = bias });

    /// <summary>A convolution with one filter a channel.</summary>
    public GraphBuilder DepthwiseConv(int kernel = 3, int stride = 1, int? padding = null, int multiplier = 1, bool bias = false) =>
        Conv(Times(Current.Shape.Channels, multiplier, "multiplier"), kernel, stride, padding, Current.Shape.Channels, bias);

    /// <summary>
    /// A depthwise convolution the size of the map, without padding: one learned weight a channel and pixel where global average pooling
    /// has one for all. The map must be square.
    /// </summary>
    /// <exception cref="RecipeException">The map is not square.</exception>
    public GraphBuilder GlobalDepthwiseConv(bool bias = false)
    {
        Shape shape = Current.Shape;
        return shape.Height == shape.Width
            ? DepthwiseConv(shape.Height, padding: 0, bias: bias)
            : throw Refused(NextName("conv"), [shape],
                new ArgumentException("a depthwise convolution the size of the map takes a square map."));
    }

    /// <summary>A 1x1 convolution.</summary>
    public GraphBuilder PointwiseConv(int channels, bool bias = false) => Conv(channels, kernel: 1, bias: bias);

    /// <summary>Depthwise 3x3 and pointwise convolution, batch norm and ReLU after each. Howard et al. 2017, arXiv 1704.04861.</summary>
    public GraphBuilder DepthwiseSeparable(int channels, int kernel = 3, int stride = 1) =>
        DepthwiseConv(kernel, stride).BatchNorm().Relu().PointwiseConv(channels).BatchNorm().Relu();

    /// <summary>y = W x + b; a map of more than one pixel is flattened first.</summary>
    public GraphBuilder Linear(int units, bool bias = true) => Linear(new Linear { Units = units, Bias = bias });

    /// <summary>A linear layer; a map of more than one pixel is flattened first.</summary>
    internal GraphBuilder Linear(Linear layer) => (Current.Shape.Pixels == 1 ? this : Flatten()).Layer(layer);

    /// <summary>Batch normalization.</summary>
    public GraphBuilder BatchNorm(float momentum = 0.1f, float epsilon = 1e-5f, bool scale = true, bool shift = true) =>
        Layer(new BatchNorm { Momentum = momentum, Epsilon = epsilon, Scale = scale, Shift = shift });

    /// <summary>max(x, 0).</summary>
    public GraphBuilder Relu() => Activation(ActivationFunction.Relu);

    /// <summary>An elementwise function.</summary>
    public GraphBuilder Activation(ActivationFunction function) => Layer(new Activation(function));

    /// <summary>The largest value of each window.</summary>
    public GraphBuilder MaxPool(int kernel = 2, int? stride = null, int padding = 0) =>
        Layer(new MaxPool { Kernel = kernel, Stride = stride, Padding = padding });

    /// <summary>The mean of each window.</summary>
    public GraphBuilder AveragePool(int kernel = 2, int? stride = null, int padding = 0, bool countPadding = true) =>
        Layer(new AveragePool { Kernel = kernel, Stride = stride, Padding = padding, CountPadding = countPadding });

    /// <summary>A fixed low-pass filter, then a step. Zhang 2019, arXiv 1904.11486.</summary>
    public GraphBuilder BlurPool(int filter = 3, int stride = 2) => Layer(new BlurPool { Filter = filter, Stride = stride });

    /// <summary>Max pooling without a step, then blur pooling with it: what takes the place of a max pool with a step.</summary>
    public GraphBuilder MaxBlurPool(int kernel = 2, int filter = 3, int stride = 2, int padding = 0) =>
        MaxPool(kernel, stride: 1, padding).BlurPool(filter, stride);

    /// <summary>The mean of each channel.</summary>
    public GraphBuilder GlobalAveragePool() => Layer(new GlobalAveragePool());

    /// <summary>One pixel with a channel for each value.</summary>
    public GraphBuilder Flatten() => Layer(new Flatten());

    /// <summary>Dropout.</summary>
    public GraphBuilder Dropout(float probability = 0.5f) => Layer(new Dropout { Probability = probability });

    /// <summary>Drops the whole map of an image: at the end of a residual branch it drops the branch.</summary>
    public GraphBuilder StochasticDepth(float probability = 0.1f) => Layer(new StochasticDepth { Probability = probability });

    /// <summary>Adds the output of <paramref name="body"/> to its input, or to the output of <paramref name="shortcut"/>.</summary>
    public GraphBuilder Residual(Action<GraphBuilder> body, Action<GraphBuilder>? shortcut = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        Node start = Current;
        Node left = Branch(start, body);
        Node right = shortcut is null ? start : Branch(start, shortcut);
        return Join(new Add(), null, left, right);
    }

    /// <summary>
    /// Two 3x3 convolutions with their norms, an activation between them and one after the addition. Where the shape changes the shortcut
    /// is a 1x1 convolution with a norm. He et al. 2015, arXiv 1512.03385.
    /// </summary>
    /// <param name="channels">Output channels.</param>
    /// <param name="stride">Step of the first convolution.</param>
    /// <param name="activation">The function.</param>
    /// <param name="squeezeExcite">The ratio of a squeeze-and-excitation at the end of the branch; null for none.</param>
    /// <param name="stochasticDepth">The probability of dropping the branch; 0 for never.</param>
    public GraphBuilder ResidualBlock(
        int channels, int stride = 1, ActivationFunction activation = ActivationFunction.Relu, float? squeezeExcite = null,
        float stochasticDepth = 0f)
    {
        bool identity = stride == 1 && channels == Current.Shape.Channels;
        return Residual(
            body => body.Conv(channels, stride: stride).BatchNorm().Activation(activation).Conv(channels).BatchNorm()
            .EndBranch(squeezeExcite, stochasticDepth),
            identity ? null : shortcut => shortcut.Conv(channels, kernel: 1, stride: stride).BatchNorm()).Activation(activation);
    }

    /// <summary>
    /// A pointwise convolution that widens, a depthwise one, and a pointwise one without an activation that narrows again; added to
    /// the input at stride 1 and equal channels. Sandler et al. 2018, arXiv 1801.04381.
    /// </summary>
    /// <param name="channels">Output channels.</param>
    /// <param name="expansion">
    /// How many times wider the depthwise convolution is than the input; 1 leaves the first convolution out.
    /// </param>
    /// <param name="kernel">Side of the depthwise filter.</param>
    /// <param name="stride">Step of the depthwise convolution.</param>
    /// <param name="activation">The function after the first two convolutions.</param>
    /// <param name="squeezeExcite">The ratio of a squeeze-and-excitation before the last convolution; null for none.</param>
    /// <param name="stochasticDepth">The probability of dropping the branch where there is a shortcut; 0 for never.</param>
    public GraphBuilder InvertedResidual(
        int channels, int expansion = 6, int kernel = 3, int stride = 1, ActivationFunction activation = ActivationFunction.Relu6,
        float? squeezeExcite = null, float stochasticDepth = 0f)
    {
        bool adds = stride == 1 && channels == Current.Shape.Channels;
        if (!adds) return Block(this);
        return Residual(body => Block(body).EndBranch(null, stochasticDepth));

        GraphBuilder Block(GraphBuilder net)
        {
            if (expansion != 1)
                net.PointwiseConv(net.Times(net.Current.Shape.Channels, expansion, "expansion")).BatchNorm().Activation(activation);
            net.DepthwiseConv(kernel, stride).BatchNorm().Activation(activation).EndBranch(squeezeExcite, 0f);
            return net.PointwiseConv(channels).BatchNorm();
        }
    }

    /// <summary>
    /// Multiplies each channel by a gate made from the current map by <paramref name="gate"/>, whose output is one pixel a channel.
    /// </summary>
    public GraphBuilder Gate(Action<GraphBuilder> gate)
    {
        ArgumentNullException.ThrowIfNull(gate);
        Node start = Current;
        return Join(new ChannelMultiply(), null, start, Branch(start, gate));
    }

    /// <summary>
    /// Squeeze-and-excitation: the mean of each channel goes through two linear layers, and their result s = gate(W2 relu(W1 z + b1) + b2)
    /// multiplies the channels. Hu et al. 2017, arXiv 1709.01507.
    /// </summary>
    /// <param name="ratio">
    /// How many times fewer units than channels are between the two layers, at least 1: max(round(channels / ratio), 4).
    /// </param>
    /// <param name="gate"><see cref="ActivationFunction.Sigmoid"/> or <see cref="ActivationFunction.HardSigmoid"/>.</param>
    /// <param name="hidden">The units between the two layers, instead of a ratio.</param>
    /// <param name="bias">Whether the linear layers have biases.</param>
    /// <param name="name">What the layers' names begin with, as in <c>name.fc1</c>.</param>
    public GraphBuilder SqueezeExcite(float ratio = 4f, ActivationFunction gate = ActivationFunction.Sigmoid, int? hidden = null,
        bool bias = true, string? name = null)
    {
        name ??= NextName("squeeze_excite");
        Node start = Current;
        int channels = start.Shape.Channels;
        if (!(ratio >= 1))
            throw Refused(name, [start.Shape],
                new ArgumentException(Invariant($"ratio is {ratio}; it must be 1 or more: 4 makes a quarter of the channels.")));
        if (gate is not (ActivationFunction.Sigmoid or ActivationFunction.HardSigmoid))
            throw Refused(name, [start.Shape], new ArgumentException($"gate is {gate}; it must be a sigmoid or a hard sigmoid."));
        int units = hidden ?? Math.Max((int)MathF.Round(channels / ratio, MidpointRounding.AwayFromZero), 4);
        return Join(new ChannelMultiply(), name, start, Branch(start, branch => branch
            .Layer(new GlobalAveragePool(), $"{name}.pool")
            .Layer(new Linear { Units = units, Bias = bias }, $"{name}.fc1").Layer(new Activation(ActivationFunction.Relu), $"{name}.relu")
            .Layer(new Linear { Units = channels, Bias = bias }, $"{name}.fc2").Layer(new Activation(gate), $"{name}.gate")));
    }

    /// <summary>
    /// Puts the convolution or linear layer of that name on the current node once more, with the same weights; their gradients add up.
    /// </summary>
    /// <param name="owner">The name of an earlier layer.</param>
    /// <param name="name">This layer's own name.</param>
    /// <exception cref="RecipeException">There is no such layer, or its weights are of another shape here.</exception>
    public GraphBuilder Share(string owner, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(owner);
        Node source = _nodes.Find(node => node.Name == owner)
            ?? throw new RecipeException(
                $"There is no layer '{owner}' before this one.", $"layer '{name ?? "share"}'",
                $"Name an earlier layer: " +
                $"{string.Join(", ", _nodes.Where(static node => node.Parameters.Count > 0).Select(static node => node.Name))}.");
        source = source.WeightsOf ?? source;
        name ??= NextName(source.Layer.Kind);
        if (!source.Parameters.Any(static spec => spec.Role == ParameterRole.Weight))
            throw Refused(name, [Current.Shape],
                new ArgumentException($"'{owner}' is a {source.Layer.Kind}; only convolutions and linear layers share their weights."));
        if (!source.Layer.Parameters(Current.Shape).Select(static spec => spec.Length)
            .SequenceEqual(source.Parameters.Select(static spec => spec.Length)))
            throw Refused(name, [Current.Shape],
                new ArgumentException($"the weights of '{owner}' are for a map of {source.Inputs[0].Shape.Channels} channels."));
        return Add(new Node(name, source.Layer, [Current], Shaped(name, source.Layer, [Current]), source));
    }

    /// <summary>Goes on from an earlier node.</summary>
    internal void Continue(Node node) => Current = node;

    /// <summary>Puts a layer of several inputs on nodes of this graph.</summary>
    /// <exception cref="RecipeException">The layer's settings or the shapes it meets do not fit.</exception>
    public GraphBuilder Join(Layer layer, string? name, params Node[] inputs)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(inputs);
        name ??= NextName(layer.Kind);
        return Add(new Node(name, layer, inputs, Shaped(name, layer, inputs)));
    }

    /// <summary>The graph as it stands; its output is the node that was added last.</summary>
    /// <exception cref="RecipeException">Another node's output is read by nothing, or the network is too large.</exception>
    public Graph Build()
    {
        var graph = new Graph([.. _nodes]);
        Node? unread = graph.CountReaders().FirstOrDefault(node => node.Value == 0 && node.Key != graph.Output).Key;
        if (unread is not null)
            throw new RecipeException("Nothing reads the output of this layer.", $"layer '{unread.Name}'",
                "Join it to the rest of the network, or leave it out.");
        Cost.Check(graph);
        return graph;
    }

    /// <summary>The graph with freshly initialized weights.</summary>
    /// <param name="seed">The same seed gives the same weights.</param>
    public Network Build(int seed) => new(Build(), seed);

    private GraphBuilder Add(Node node)
    {
        if (_nodes.Any(other => other.Name == node.Name))
            throw new RecipeException($"Two layers are named '{node.Name}'.", $"layer '{node.Name}'", "Give each layer a name of its own.");
        if (_nodes.Count == Limits.Nodes)
            throw new RecipeException($"The network has more than {Limits.Nodes} layers.", $"layer '{node.Name}'", "Use fewer layers.");
        Current = node;
        _nodes.Add(node);
        return this;
    }

    private string NextName(string kind)
    {
        _kinds[kind] = _kinds.GetValueOrDefault(kind) + 1;
        return kind + _kinds[kind].ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    // Channels that are a multiple of others, refused with the figure where it is out of range.
    private int Times(int channels, int factor, string name)
    {
        long product = (long)channels * factor;
        return factor >= 1 && product <= Limits.Channels
            ? (int)product
            : throw Refused(NextName("conv"), [Current.Shape],
                new ArgumentException($"{name} {factor} makes {product} channels; there must be from 1 to {Limits.Channels}."));
    }

    private GraphBuilder EndBranch(float? squeezeExcite, float stochasticDepth)
    {
        if (squeezeExcite is { } ratio) SqueezeExcite(ratio);
        return stochasticDepth > 0 ? StochasticDepth(stochasticDepth) : this;
    }

    private Node Branch(Node start, Action<GraphBuilder> build)
    {
        var branch = new GraphBuilder(_nodes, _kinds, start);
        build(branch);
        return branch.Current;
    }

    /// <summary>The shape that a layer makes of its inputs.</summary>
    /// <exception cref="RecipeException">They do not fit; the error names the layer.</exception>
    internal static Shape Shaped(string name, Layer layer, IReadOnlyList<Node> inputs)
    {
        Shape[] shapes = [.. inputs.Select(static input => input.Shape)];
        try
        {
            return layer.OutputShape(shapes);
        }
        catch (ArgumentException error)
        {
            throw Refused(name, shapes, error);
        }
    }

    private static RecipeException Refused(string name, Shape[] shapes, ArgumentException error)
    {
        string met = shapes.Length == 0 ? string.Empty : $", which meets {string.Join(" and ", shapes)}";
        return new RecipeException(error.Message, $"layer '{name}'{met}", "Change this layer's settings or the layers before it.", error);
    }
}
