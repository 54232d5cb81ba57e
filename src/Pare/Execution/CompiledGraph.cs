using Pare.Execution.Operations;
using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Kernels;

namespace Pare.Execution;

/// <summary>
/// A graph as operations over feature maps. Batch norm and activation become transforms of the map before them where
/// nothing else reads that map; every other node becomes one operation, a depthwise convolution and the pointwise one after it one together
/// where that pays.
/// <para>
/// With <see cref="MapStorage.BFloat16"/> a map is kept in 16 bits where its width is even and a convolution, a pool or an addition made
/// it; images, outputs and what other layers make stay floats. So does a gradient unless it has one writer and goes through a norm: the
/// others are in a cache, or are added to. The same gradients go past the caches where maps are floats and take more than these hold.
/// </para>
/// </summary>
internal sealed class CompiledGraph
{
    private readonly Network _network;
    private readonly int _slots;
    private readonly bool _training, _dropout;
    private readonly List<Operation> _operations = [];
    private readonly List<BatchNormalization> _norms = [];
    private readonly List<RandomOperation> _randoms = [];
    private readonly Dictionary<Node, FeatureMap> _maps = [];
    private readonly Dictionary<Node, int> _readers;

    private CompiledGraph(Network network, int slots, bool training, bool dropout)
    {
        (_network, _slots, _training, _dropout) = (network, slots, training, dropout);
        _readers = network.Graph.CountReaders();
        foreach (Node node in network.Graph.Nodes) _maps[node] = CompileSized(node);
        Input = _maps[network.Graph.Input];
        Output = _maps[network.Graph.Output];
        Operations = [.. _operations];
        Norms = [.. _norms];
        Randoms = [.. _randoms];
        Ranges = [.. _operations.OfType<FakeQuantizeOperation>().Select(static operation => operation.Range)];
    }

    public Operation[] Operations { get; }

    public FeatureMap Input { get; }

    public FeatureMap Output { get; }

    public BatchNormalization[] Norms { get; }

    public RandomOperation[] Randoms { get; }

    public RunningRange[] Ranges { get; }

    /// <summary>Floats of scratch memory that a thread needs.</summary>
    public int ScratchSize => Operations.Select(static operation => operation.ScratchSize).DefaultIfEmpty(0).Max();

    /// <summary>Floats that operations and norms keep for themselves.</summary>
    public long OwnedFloats => Operations.Sum(static operation => operation.OwnedFloats) + Norms.Sum(static norm => norm.OwnedFloats);

    /// <summary>Takes that memory.</summary>
    public void Allocate()
    {
        foreach (Operation operation in Operations) operation.Allocate();
        foreach (BatchNormalization norm in Norms) norm.Allocate();
    }

    /// <summary>Compiles a network. Everything is counted, and no memory is taken before <see cref="Allocate"/>.</summary>
    /// <param name="network">Graph and weights; the weights are read anew whenever the operations are prepared.</param>
    /// <param name="slots">Tiles that are in memory at once.</param>
    /// <param name="training">Whether norms use the batch and a backward pass may follow.</param>
    /// <param name="inputGradient">Whether the gradient with respect to the images is wanted.</param>
    /// <param name="dropout">Whether dropout acts in training.</param>
    /// <param name="storage">How maps are kept in training.</param>
    /// <param name="streamsFrom">From so many bytes of maps on, gradients are stored past the caches.</param>
    public static CompiledGraph Compile(Network network, int slots, bool training, bool inputGradient = false, bool dropout = true,
        MapStorage storage = MapStorage.Float32, long streamsFrom = long.MaxValue)
    {
        var compiled = new CompiledGraph(network, slots, training, training && dropout);
        if (training) compiled.AssignGradients(inputGradient);
        if (training && storage == MapStorage.BFloat16) compiled.KeepIn16Bits();
        else if (compiled.Operations.Sum(static operation => (long)operation.Output.Size) * sizeof(float) * slots >= streamsFrom)
            compiled.StreamGradients();
        return compiled;
    }

    // Whatever a kernel indexes must be counted in 31 bits: sizes are multiplied with checks, and no kernel begins where they fail.
    private FeatureMap CompileSized(Node node)
    {
        try
        {
            FeatureMap map = Compile(node);
            _ = _operations.LastOrDefault()?.ScratchSize;
            return map;
        }
        catch (OverflowException error)
        {
            throw new RecipeException(
                $"Computing {Simd.Lanes} images at once needs more values than one array holds.",
                $"layer '{node.Name}' ({node.Description}), {node.Shape}",
                "Make the layer's map, window or padding smaller.", error);
        }
    }

    private FeatureMap Compile(Node node)
    {
        if (node.Layer is Input) return new FeatureMap(node.Name, node.Shape);
        FeatureMap before = _maps[node.Inputs[0]];
        bool onlyReader = _readers[node.Inputs[0]] == 1;
        switch (node.Layer)
        {
            case BatchNorm:
                FeatureMap normalized = onlyReader && !before.HasTransform ? before : Copy(node, before);
                normalized.Norm = new BatchNormalization(_network, node, _slots) { UsesBatchStatistics = _training };
                _norms.Add(normalized.Norm);
                return normalized;
            case Activation activation:
                FeatureMap activated = onlyReader && before.Function == ActivationFunction.Identity ? before : Copy(node, before);
                activated.Function = activation.Function;
                return activated;
            case { TrainingOnly: true } when !_dropout:
                return onlyReader ? before : Copy(node, before);
            case Flatten:
                return Copy(node, before);
            case Add when SumAsStored(node) is { } sum:
                return sum;
            default:
                var output = new FeatureMap(node.Name, node.Shape);
                InputEdge[] inputs = [.. node.Inputs.Select(input => new InputEdge(_maps[input]))];
                _operations.Add(Operation(node, output, inputs));
                return output;
        }
    }

    private FeatureMap Copy(Node node, FeatureMap input)
    {
        var output = new FeatureMap(node.Name, node.Layer is Flatten ? node.Shape : input.Shape);
        _operations.Add(new CopyOperation(node.Name, output, new InputEdge(input)));
        return output;
    }

    private Operation Operation(Node node, FeatureMap output, InputEdge[] inputs)
    {
        switch (node.Layer)
        {
            case Convolution layer when layer.Groups > 1 && layer.Groups == inputs[0].Map.Shape.Channels:
                return new DepthwiseOperation(node.Name, _network, Weight(node), layer.RoundsWeights, Bias(node, layer.Bias), layer.Kernel,
                    layer.Stride, layer.PaddingPixels, output, inputs[0]);
            case Convolution { Kernel: 1, Stride: 1, PaddingPixels: 0, Groups: 1 } layer when DepthwiseBefore(node, layer) is { } depthwise:
                _operations.Remove(depthwise);
                return new DepthwisePointwiseOperation(node.Name, _network, depthwise, Weight(node), layer.RoundsWeights,
                    Bias(node, layer.Bias), _training, output);
            case Convolution layer when WinogradOperation.Serves(layer, inputs[0].Map.Shape, output.Shape):
                return new WinogradOperation(node.Name, _network, Weight(node), layer.RoundsWeights, Bias(node, layer.Bias),
                    layer.PaddingPixels, output, inputs[0]);
            case Convolution layer:
                return new ConvolutionOperation(node.Name, _network, Weight(node), layer.RoundsWeights, Bias(node, layer.Bias),
                    layer.Kernel, layer.Stride, layer.PaddingPixels, layer.Groups, output, inputs[0]);
            case Linear layer:
                return new ConvolutionOperation(node.Name, _network, Weight(node), layer.RoundsWeights, Bias(node, layer.Bias), 1, 1, 0, 1,
                    output, inputs[0]);
            case MaxPool layer:
                return new MaxPoolOperation(node.Name, layer, output, inputs[0]);
            case AveragePool layer:
                return new AveragePoolOperation(node.Name, layer, output, inputs[0]);
            case BlurPool layer:
                return new BlurPoolOperation(node.Name, layer, output, inputs[0]);
            case GlobalAveragePool:
                return new GlobalAveragePoolOperation(node.Name, output, inputs[0]);
            case Add:
                return new AddOperation(node.Name, output, inputs);
            case ChannelMultiply:
                return new ChannelMultiplyOperation(node.Name, output, inputs[0], inputs[1]);
            case FakeQuantize:
                return new FakeQuantizeOperation(node.Name, _network, node, _slots, observes: _training, output, inputs[0]);
            case Dropout layer:
                return Random(new DropoutOperation(node.Name, layer.Probability, _randoms.Count, output, inputs[0]));
            case StochasticDepth layer:
                return Random(new StochasticDepthOperation(node.Name, layer.Probability, _randoms.Count, output, inputs[0]));
            case ImageLayer layer:
                Parameter[] parameters = [.. layer.Parameters(inputs[0].Map.Shape)
                    .Select(spec => _network[node.ParameterName(spec.Name)])];
                return new ImageLayerOperation(node.Name, layer, _network, parameters, output, inputs[0]);
            default:
                throw new NotSupportedException($"No operation computes the layer '{node.Layer.Kind}'.");
        }
    }

    // Of two terms, where no gradient is wanted, the one that is computed last, if nothing else reads it: the other is added to it.
    private FeatureMap? SumAsStored(Node node)
    {
        if (_training || node.Inputs.Count != 2) return null;
        int Place(int term) => _operations.FindLastIndex(operation => operation.Output == _maps[node.Inputs[term]]);
        int last = Place(0) > Place(1) ? 0 : 1;
        FeatureMap sum = _maps[node.Inputs[last]], other = _maps[node.Inputs[1 - last]];
        if (Place(last) < 0 || _readers[node.Inputs[last]] != 1 || sum == other || sum.Added is not null) return null;
        sum.Add(other);
        return sum;
    }

    // The depthwise convolution that a pointwise one alone reads, as it is, if the two are to be computed together.
    private DepthwiseOperation? DepthwiseBefore(Node node, Convolution pointwise) =>
        _operations.LastOrDefault() is DepthwiseOperation { Output: { HasTransform: false, Added: null } } before
            && before.Output == _maps[node.Inputs[0]] && _readers[node.Inputs[0]] == 1
            && DepthwisePointwiseOperation.Pays(before, pointwise.Channels, _training) ? before : null;

    private RandomOperation Random(RandomOperation operation)
    {
        _randoms.Add(operation);
        return operation;
    }

    private Parameter Weight(Node node) => _network[node.ParameterName("weight")];

    private Parameter? Bias(Node node, bool present) => present ? _network[node.ParameterName("bias")] : null;

    // A map needs a gradient when a weight, or the images if so wished, lie before it. Of its readers the one that the backward
    // pass meets first writes the gradient, the others add, the last hands it on.
    private void AssignGradients(bool inputGradient)
    {
        Input.NeedsGradient = inputGradient || Input.Norm is not null;
        foreach (Operation operation in Operations)
            operation.Output.NeedsGradient = operation.HasWeights || operation.Output.Norm is not null
                || operation.Inputs.Any(static input => input.NeedsGradient);

        var last = new Dictionary<FeatureMap, InputEdge>();
        foreach (Operation operation in Operations.Reverse())
        {
            foreach (InputEdge input in operation.Inputs)
            {
                input.Accumulates = last.ContainsKey(input.Map);
                last[input.Map] = input;
            }
        }

        foreach (InputEdge input in last.Values) input.Completes = true;
        GradientSharing.Decide(Operations);
        var shared = Operations.SelectMany(static operation => operation.Inputs).Where(static input => input.SharesGradient)
            .Select(static input => input.Map).ToHashSet();
        foreach (FeatureMap map in Operations.Select(static operation => operation.Output).Prepend(Input))
            map.PassesActivation = map.Norm is not null && map.Function != ActivationFunction.Identity && !shared.Contains(map);
    }

    private void KeepIn16Bits()
    {
        foreach (Operation operation in Operations)
        {
            FeatureMap map = operation.Output;
            if (!operation.StagesOutput || map == Output || map.Shape.Width % 2 > 0) continue;
            map.Storage = MapStorage.BFloat16;
            if (GradientIsStoredOnce(operation)) map.GradientStorage = MapStorage.BFloat16;
        }
    }

    private void StreamGradients()
    {
        foreach (Operation operation in Operations) operation.Output.StreamsGradient = GradientIsStoredOnce(operation);
    }

    // By one writer, for a norm that sums it on the way, and in no other map's place.
    private bool GradientIsStoredOnce(Operation operation)
    {
        FeatureMap map = operation.Output;
        InputEdge[] readers = [.. Operations.SelectMany(static other => other.Inputs).Where(input => input.Map == map)];
        return map.NeedsGradient && map.Norm is not null && readers is [{ SharesGradient: false }]
            && !Array.Exists(operation.Inputs, static input => input.SharesGradient);
    }
}
