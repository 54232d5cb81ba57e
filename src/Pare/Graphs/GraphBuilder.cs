using Pare.Graphs.Layers;
using Pare.Kernels;

namespace Pare.Graphs;

/// <summary>Builds a graph layer by layer. Shapes follow from the one input shape; each error names the layer and the shape it met.</summary>
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
        Conv(Current.Shape.Channels * multiplier, kernel, stride, padding, Current.Shape.Channels, bias);

    /// <summary>A 1x1 convolution.</summary>
    public GraphBuilder PointwiseConv(int channels, bool bias = false) => Conv(channels, kernel: 1, bias: bias);

    /// <summary>Depthwise 3x3 and pointwise convolution, batch norm and ReLU after each. Howard et al. 2017, arXiv 1704.04861.</summary>
    public GraphBuilder DepthwiseSeparable(int channels, int kernel = 3, int stride = 1) =>
        DepthwiseConv(kernel, stride).BatchNorm().Relu().PointwiseConv(channels).BatchNorm().Relu();

    /// <summary>y = W x + b; a map of more than one pixel is flattened first.</summary>
    public GraphBuilder Linear(int units, bool bias = true) =>
        (Current.Shape.Pixels == 1 ? this : Flatten()).Layer(new Linear { Units = units, Bias = bias });

    /// <summary>Batch normalization.</summary>
    public GraphBuilder BatchNorm(float momentum = 0.1f, float epsilon = 1e-5f) => Layer(new BatchNorm { Momentum = momentum, Epsilon = epsilon });

    /// <summary>max(x, 0).</summary>
    public GraphBuilder Relu() => Activation(ActivationFunction.Relu);

    /// <summary>An elementwise function.</summary>
    public GraphBuilder Activation(ActivationFunction function) => Layer(new Activation(function));

    /// <summary>The largest value of each window.</summary>
    public GraphBuilder MaxPool(int kernel = 2, int? stride = null, int padding = 0) => Layer(new MaxPool { Kernel = kernel, Stride = stride, Padding = padding });

    /// <summary>The mean of each window.</summary>
    public GraphBuilder AveragePool(int kernel = 2, int? stride = null, int padding = 0, bool countPadding = true) =>
        Layer(new AveragePool { Kernel = kernel, Stride = stride, Padding = padding, CountPadding = countPadding });

    /// <summary>The mean of each channel.</summary>
    public GraphBuilder GlobalAveragePool() => Layer(new GlobalAveragePool());

    /// <summary>One pixel with a channel for each value.</summary>
    public GraphBuilder Flatten() => Layer(new Flatten());

    /// <summary>Dropout.</summary>
    public GraphBuilder Dropout(float probability = 0.5f) => Layer(new Dropout { Probability = probability });

    /// <summary>Adds the output of <paramref name="body"/> to its input, or to the output of <paramref name="shortcut"/>.</summary>
    public GraphBuilder Residual(Action<GraphBuilder> body, Action<GraphBuilder>? shortcut = null)
    {
        Node start = Current;
        Node left = Branch(start, body);
        Node right = shortcut is null ? start : Branch(start, shortcut);
        return Join(new Add(), null, left, right);
    }

    /// <summary>Multiplies each channel by a gate made from the current map by <paramref name="gate"/>, whose output is one pixel a channel.</summary>
    public GraphBuilder Gate(Action<GraphBuilder> gate)
    {
        Node start = Current;
        return Join(new ChannelMultiply(), null, start, Branch(start, gate));
    }

    /// <summary>Puts a layer of several inputs on nodes of this graph.</summary>
    /// <exception cref="RecipeException">The layer's settings or the shapes it meets do not fit.</exception>
    public GraphBuilder Join(Layer layer, string? name, params Node[] inputs)
    {
        if (name is null)
        {
            _kinds[layer.Kind] = _kinds.GetValueOrDefault(layer.Kind) + 1;
            name = layer.Kind + _kinds[layer.Kind].ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (_nodes.Any(node => node.Name == name))
            throw new RecipeException($"Two layers are named '{name}'.", $"layer '{name}'", "Give each layer a name of its own.");
        Current = new Node(name, layer, inputs, Shaped(name, layer, inputs));
        _nodes.Add(Current);
        return this;
    }

    /// <summary>The graph as it stands; its output is the node that was added last.</summary>
    /// <exception cref="RecipeException">Another node's output is read by nothing.</exception>
    public Graph Build()
    {
        var graph = new Graph([.. _nodes]);
        Node? unread = graph.CountReaders().FirstOrDefault(node => node.Value == 0 && node.Key != graph.Output).Key;
        return unread is null
            ? graph
            : throw new RecipeException("Nothing reads the output of this layer.", $"layer '{unread.Name}'", "Join it to the rest of the network, or leave it out.");
    }

    /// <summary>The graph with freshly initialized weights.</summary>
    /// <param name="seed">The same seed gives the same weights.</param>
    public Network Build(int seed) => new(Build(), seed);

    private Node Branch(Node start, Action<GraphBuilder> build)
    {
        var branch = new GraphBuilder(_nodes, _kinds, start);
        build(branch);
        return branch.Current;
    }

    private static Shape Shaped(string name, Layer layer, IReadOnlyList<Node> inputs)
    {
        Shape[] shapes = [.. inputs.Select(static input => input.Shape)];
        try
        {
            return layer.OutputShape(shapes);
        }
        catch (ArgumentException error)
        {
            string met = shapes.Length == 0 ? string.Empty : $", which meets {string.Join(" and ", shapes)}";
            throw new RecipeException(error.Message, $"layer '{name}'{met}", "Change this layer's settings or the layers before it.", error);
        }
    }
}
