using Pare.Graphs.Layers;

namespace Pare.Graphs.Lowering;

/// <summary>
/// Turns a trained network into its <see cref="InferenceGraph"/>. A norm goes into the convolution before it when nothing else reads that
/// convolution's map, an activation into the convolution or sum before it; dropout and stochastic depth vanish.
/// </summary>
public sealed class Lowerer
{
    private readonly Network _network;
    private readonly Dictionary<Node, Draft> _drafts = [];
    private readonly Dictionary<Node, int> _readers, _users;
    private readonly Dictionary<string, WeightArray> _shared = [];
    private readonly List<Draft> _order = [];

    private Lowerer(Network network)
    {
        _network = network;
        _readers = CountReaders(network.Graph);
        _users = network.Graph.Nodes.GroupBy(static node => node.WeightsOf ?? node)
            .ToDictionary(static group => group.Key, static group => group.Count());
    }

    /// <summary>Lowers a network; its weights are copied as they are now.</summary>
    /// <param name="network">The trained network.</param>
    /// <param name="preprocessing">How its images were made from pictures.</param>
    /// <param name="classes">The names of the classes; null for their numbers.</param>
    /// <exception cref="ArgumentException">The network is no classifier, or preprocessing or classes are for another.</exception>
    public static InferenceGraph Lower(Network network, Preprocessing preprocessing, IReadOnlyList<string>? classes = null)
    {
        var lowerer = new Lowerer(network);
        foreach (Node node in network.Graph.Nodes) lowerer._drafts[node] = lowerer.Lower(node);
        var builder = new InferenceGraphBuilder(network.Graph.Input.Shape);
        lowerer._drafts[network.Graph.Input].Built = builder.Input;
        foreach (Draft draft in lowerer._order)
            draft.Built = builder.Add(draft.Name, draft.Finish(), [.. draft.Inputs.Select(static input => input.Built!)]);
        return builder.Build(lowerer._drafts[network.Graph.Output].Built!, preprocessing, classes);
    }

    private Draft Lower(Node node)
    {
        if (node.Layer is Input input) return new Draft(node.Name, [], () => new LoweredInput(input.Shape));
        Draft before = _drafts[node.Inputs[0]];
        bool onlyReader = _readers[Source(node.Inputs[0])] == 1;
        switch (node.Layer)
        {
            case var layer when IsIdentity(layer):
                return before;
            case BatchNorm layer:
                Draft normalized = onlyReader && before is ConvolutionDraft { Activation.IsIdentity: true } ? before
                    : Append(PerChannel(node, before));
                ((ConvolutionDraft)normalized).Normalize(Factors(node, layer));
                return normalized;
            case Activation layer:
                if (!onlyReader || !before.TakesActivation || !before.Activation.IsIdentity)
                    return Append(new Draft(node.Name, [before], () => new LoweredActivation(PointActivation.Of(layer.Function))));
                before.Activation = PointActivation.Of(layer.Function);
                return before;
            case Convolution layer:
                return Append(
                    Convolve(node, before, SlidingWindow.Square(layer.Kernel, layer.Stride, layer.PaddingPixels), layer.Groups,
                    layer.Bias));
            case Linear layer:
                return Append(Convolve(node, before, SlidingWindow.Square(1), 1, layer.Bias));
            case MaxPool layer:
                return Append(Pool(node, before, layer.Padding, PoolMode.Max));
            case AveragePool layer:
                return Append(
                    Pool(node, before, layer.Padding, layer.CountPadding && layer.Padding > 0 ? PoolMode.AverageWithBorders
                    : PoolMode.Average));
            case BlurPool layer:
                return Append(new Draft(node.Name, [before], () => new LoweredBlur(layer.Filter, layer.Stride)));
            case GlobalAveragePool:
                return Append(new Draft(node.Name, [before], static () => new LoweredMean()));
            case Flatten:
                return Append(new Draft(node.Name, [before], static () => new LoweredFlatten()));
            case Add:
                return Append(new SumDraft(node.Name, [.. node.Inputs.Select(part => _drafts[part])]));
            case ChannelMultiply:
                return Append(new Draft(node.Name, [before, _drafts[node.Inputs[1]]], static () => new LoweredMultiply()));
            default:
                throw new NotSupportedException($"The layer '{node.Layer.Kind}' has no lowered form.");
        }
    }

    private Draft Append(Draft draft)
    {
        _order.Add(draft);
        return draft;
    }

    private static Draft Pool(Node node, Draft input, int padding, PoolMode mode)
    {
        SlidingWindow window = SlidingWindow.Square(node.Layer.Window.Kernel, node.Layer.Window.Stride, padding);
        return new Draft(node.Name, [input], () => new LoweredPool { Window = window, Mode = mode });
    }

    private ConvolutionDraft Convolve(Node node, Draft input, SlidingWindow window, int groups, bool bias)
    {
        Parameter weight = _network[node.ParameterName("weight")];
        int[] shape = weight.Spec.Shape is [var units, var inputs] ? [units, inputs, 1, 1] : weight.Spec.Shape;
        WeightArray? shared = null;
        if (_users[node.WeightsOf ?? node] > 1 && !_shared.TryGetValue(weight.Name, out shared))
            _shared[weight.Name] = shared = new WeightArray(weight.Name, shape, _network.Values(weight).ToArray());
        WeightArray weights = shared ?? new WeightArray(weight.Name, shape, _network.Values(weight).ToArray());
        var draft = new ConvolutionDraft(node.Name, input, weights, shared is not null, window, groups);
        if (bias)
            draft.Normalize(
                [.. _network.Values(_network[node.ParameterName("bias")]).ToArray().Select(static value => (1.0, (double)value))]);
        return draft;
    }

    private static ConvolutionDraft PerChannel(Node node, Draft input)
    {
        int channels = node.Shape.Channels;
        var ones = new WeightArray($"{node.Name}.weight", [channels, 1, 1, 1], [.. Enumerable.Repeat(1f, channels)]);
        return new ConvolutionDraft(node.Name, input, ones, shared: false, SlidingWindow.Square(1), channels);
    }

    // y = scale x + shift with the running statistics.
    private (double Scale, double Shift)[] Factors(Node node, BatchNorm layer)
    {
        var factors = new (double, double)[node.Shape.Channels];
        for (int c = 0; c < factors.Length; c++)
        {
            double scale = (layer.Scale ? Value("weight", c) : 1) / Math.Sqrt(Value("running_var", c) + layer.Epsilon);
            factors[c] = (scale, (layer.Shift ? Value("bias", c) : 0) - (Value("running_mean", c) * scale));
        }

        return factors;

        double Value(string name, int channel) => _network.Values(_network[node.ParameterName(name)])[channel];
    }

    private static bool IsIdentity(Layer layer) =>
        layer.TrainingOnly || layer is Activation { Function: Kernels.ActivationFunction.Identity };

    private static Node Source(Node node) => IsIdentity(node.Layer) ? Source(node.Inputs[0]) : node;

    // Who reads what vanishes reads what is before it.
    private static Dictionary<Node, int> CountReaders(Graph graph)
    {
        var readers = graph.Nodes.ToDictionary(static node => node, static _ => 0);
        readers[graph.Output] = 1;
        foreach (Node node in graph.Nodes.Reverse())
        {
            foreach (Node input in node.Inputs) readers[input] += IsIdentity(node.Layer) ? readers[node] : 1;
        }

        return readers;
    }

    /// <summary>A node that may still take up what follows it.</summary>
    private class Draft(string name, Draft[] inputs, Func<InferenceOperation>? finish = null)
    {
        public string Name { get; } = name;

        public Draft[] Inputs { get; } = inputs;

        public PointActivation Activation { get; set; }

        public InferenceNode? Built { get; set; }

        public virtual bool TakesActivation => false;

        public virtual InferenceOperation Finish() => finish!();
    }

    private sealed class SumDraft(string name, Draft[] inputs) : Draft(name, inputs)
    {
        public override bool TakesActivation => true;

        public override InferenceOperation Finish() => new LoweredAdd { Activation = Activation };
    }

    private sealed class ConvolutionDraft(string name, Draft input, WeightArray weights, bool shared, SlidingWindow window,
        int groups) : Draft(name, [input])
    {
        private (double Scale, double Shift)[]? _factors;

        public override bool TakesActivation => true;

        public void Normalize((double Scale, double Shift)[] factors) => _factors = _factors is null
            ? factors
            : [.. _factors.Zip(factors, static (first, then) => (first.Scale * then.Scale, (first.Shift * then.Scale) + then.Shift))];

        public override InferenceOperation Finish()
        {
            bool scaled = _factors is not null && _factors.Any(static factor => factor.Scale != 1);
            return new LoweredConvolution
            {
                Weights = scaled && !shared ? Scaled() : weights,
                Window = window,
                Groups = groups,
                Scale = scaled && shared ? [.. _factors!.Select(static factor => (float)factor.Scale)] : null,
                Shift = _factors is null ? null : [.. _factors.Select(static factor => (float)factor.Shift)],
                Activation = Activation,
            };
        }

        private WeightArray Scaled()
        {
            float[] values = weights.Values.ToArray();
            int each = values.Length / _factors!.Length;
            for (int i = 0; i < values.Length; i++) values[i] = (float)(values[i] * _factors[i / each].Scale);
            return new WeightArray(weights.Name, weights.Shape, values);
        }
    }
}
