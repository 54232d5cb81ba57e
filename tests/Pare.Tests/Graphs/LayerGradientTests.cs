using Pare.Execution;
using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Kernels;
using Pare.Tests.Support;

namespace Pare.Tests.Graphs;

public class LayerGradientTests
{
    // Rows and columns differ, channels are odd, and outputs have several rows and columns.
    private static readonly Dictionary<string, (Type Layer, Func<GraphBuilder, GraphBuilder> Build)> Layers = new()
    {
        ["input"] = (typeof(Input), static graph => graph),
        ["conv 1x1"] = (typeof(Convolution), static graph => graph.PointwiseConv(7, bias: true)),
        ["conv 1x1 stride 2"] = (typeof(Convolution), static graph => graph.Conv(5, kernel: 1, stride: 2)),
        ["conv 1x1 padding 1"] = (typeof(Convolution), static graph => graph.Conv(5, kernel: 1, padding: 1)),
        ["conv 2x2"] = (typeof(Convolution), static graph => graph.Conv(5, kernel: 2, padding: 1)),
        ["conv 2x2 stride 2"] = (typeof(Convolution), static graph => graph.Conv(5, kernel: 2, stride: 2, padding: 0)),
        ["conv 3x3"] = (typeof(Convolution), static graph => graph.Conv(5, bias: true)),
        ["conv 3x3 stride 2"] = (typeof(Convolution), static graph => graph.Conv(5, stride: 2)),
        ["conv 3x3 stride 3"] = (typeof(Convolution), static graph => graph.Conv(5, stride: 3, padding: 0)),
        ["conv 3x3 stride 4096"] = (typeof(Convolution), static graph => graph.Conv(5, stride: 4096, padding: 2)),
        ["conv 3x3 groups"] = (typeof(Convolution), static graph => graph.PointwiseConv(6).Conv(9, groups: 3, bias: true)),
        ["conv 5x5"] = (typeof(Convolution), static graph => graph.Conv(3, kernel: 5, bias: true)),
        ["conv 5x5 stride 2"] = (typeof(Convolution), static graph => graph.Conv(3, kernel: 5, stride: 2)),
        ["depthwise 3x3"] = (typeof(Convolution), static graph => graph.DepthwiseConv(bias: true)),
        ["depthwise 3x3 stride 2 multiplier 2"] =
        (typeof(Convolution), static graph => graph.DepthwiseConv(stride: 2, multiplier: 2, bias: true)),
        ["depthwise 5x5 stride 3"] = (typeof(Convolution), static graph => graph.DepthwiseConv(kernel: 5, stride: 3)),
        ["depthwise 3x3 stride 4000"] = (typeof(Convolution), static graph => graph.DepthwiseConv(stride: 4000)),
        ["average pool stride 4096"] = (typeof(AveragePool), static graph => graph.AveragePool(3, stride: 4096, padding: 1)),
        ["max pool stride 4096"] = (typeof(MaxPool), static graph => graph.MaxPool(3, stride: 4096, padding: 1)),
        ["depthwise 2x2"] = (typeof(Convolution), static graph => graph.DepthwiseConv(kernel: 2, padding: 1)),
        ["linear"] = (typeof(Linear), static graph => graph.Linear(7)),
        ["linear without bias"] = (typeof(Linear), static graph => graph.GlobalAveragePool().Linear(7, bias: false)),
        ["flatten"] = (typeof(Flatten), static graph => graph.Relu().Flatten()),
        ["batch norm"] = (typeof(BatchNorm), static graph => graph.PointwiseConv(5).BatchNorm()),
        ["batch norm without scale"] = (typeof(BatchNorm), static graph => graph.PointwiseConv(5).BatchNorm(scale: false)),
        ["batch norm without shift"] = (typeof(BatchNorm), static graph => graph.PointwiseConv(5).BatchNorm(shift: false)),
        ["relu"] = (typeof(Activation), static graph => graph.Activation(ActivationFunction.Relu)),
        ["relu6"] = (typeof(Activation), static graph => graph.PointwiseConv(5).Activation(ActivationFunction.Relu6)),
        ["silu"] = (typeof(Activation), static graph => graph.Activation(ActivationFunction.Silu)),
        ["hard swish"] = (typeof(Activation), static graph => graph.Activation(ActivationFunction.HardSwish)),
        ["sigmoid"] = (typeof(Activation), static graph => graph.Activation(ActivationFunction.Sigmoid)),
        ["hard sigmoid"] = (typeof(Activation), static graph => graph.PointwiseConv(5).Activation(ActivationFunction.HardSigmoid)),
        ["max pool 2x2"] = (typeof(MaxPool), static graph => graph.MaxPool()),
        ["max pool 2x2 stride 1"] = (typeof(MaxPool), static graph => graph.MaxPool(stride: 1)),
        ["max pool 3x3 stride 2"] = (typeof(MaxPool), static graph => graph.MaxPool(3, stride: 2, padding: 1)),
        ["max pool 2x2 stride 3"] = (typeof(MaxPool), static graph => graph.MaxPool(2, stride: 3)),
        ["blur pool 2"] = (typeof(BlurPool), static graph => graph.BlurPool(filter: 2)),
        ["blur pool 3"] = (typeof(BlurPool), static graph => graph.BlurPool()),
        ["blur pool 3 stride 1"] = (typeof(BlurPool), static graph => graph.BlurPool(stride: 1)),
        ["blur pool 5 stride 3"] = (typeof(BlurPool), static graph => graph.BlurPool(filter: 5, stride: 3)),
        ["blur pool 7"] = (typeof(BlurPool), static graph => graph.BlurPool(filter: 7)),
        ["average pool 2x2"] = (typeof(AveragePool), static graph => graph.AveragePool()),
        ["average pool 3x3 stride 2"] = (typeof(AveragePool), static graph => graph.AveragePool(3, stride: 2, padding: 1)),
        ["average pool of true pixels"] =
        (typeof(AveragePool), static graph => graph.AveragePool(3, stride: 1, padding: 1, countPadding: false)),
        ["global average pool"] = (typeof(GlobalAveragePool), static graph => graph.GlobalAveragePool()),
        ["add"] = (typeof(Add), static graph => graph.Residual(static body => body.Conv(3))),
        ["channel multiply"] =
        (typeof(ChannelMultiply), static graph =>
        graph.Gate(static gate => gate.GlobalAveragePool().Linear(3).Activation(ActivationFunction.Sigmoid))),
        ["dropout"] = (typeof(Dropout), static graph => graph.Dropout(0.3f)),
        ["fake quantize"] = (typeof(FakeQuantize), static graph => graph.PointwiseConv(5).Layer(new FakeQuantize()).Conv(3)),
        ["stochastic depth"] = (typeof(StochasticDepth), static graph => graph.StochasticDepth(0.3f)),
    };

    private static readonly Dictionary<string, Func<GraphBuilder, GraphBuilder>> Composites = new()
    {
        ["norm on the input"] = static graph => graph.BatchNorm().Conv(5),
        ["activation on the input"] = static graph => graph.Relu().Conv(5, stride: 2),
        ["norm, activation, convolution"] = static graph =>
        graph.Conv(5).BatchNorm().Relu().Conv(7, stride: 2).BatchNorm().Activation(ActivationFunction.Silu).GlobalAveragePool().Linear(4),
        ["norm after activation"] = static graph => graph.Conv(5).Relu().BatchNorm().Conv(3),
        ["two norms"] = static graph => graph.Conv(5).BatchNorm().BatchNorm().Activation(ActivationFunction.HardSwish),
        ["two activations"] = static graph =>
        graph.Conv(5).Activation(ActivationFunction.Silu).Activation(ActivationFunction.Sigmoid).Conv(3),
        ["norm at the end"] = static graph => graph.Conv(5).BatchNorm(),
        ["depthwise separable"] = static graph => graph.DepthwiseSeparable(5, stride: 2).DepthwiseSeparable(7),
        ["residual with a shared map"] = static graph =>
        graph.Conv(5).BatchNorm().Relu().Residual(static body => body.Conv(5).BatchNorm().Relu().Conv(5).BatchNorm()).Relu().Conv(3),
        ["residual with a shortcut"] = static graph => graph.Conv(5).Relu()
        .Residual(static body => body.Conv(7, stride: 2).BatchNorm(), static shortcut => shortcut.Conv(7, kernel: 1, stride: 2).BatchNorm())
        .Relu(),
        ["activation on one branch of a shared map"] = static graph =>
        graph.Conv(5).BatchNorm().Residual(static body => body.Relu().Conv(5)).Conv(3),
        ["norm on one branch of a shared map"] = static graph =>
        graph.Conv(5).Relu().Residual(static body => body.BatchNorm().Relu().Conv(5)).Conv(3),
        ["both branches end in an activation"] = static graph =>
        graph.Conv(5).Residual(static body => body.Relu(), static shortcut => shortcut.BatchNorm().Activation(ActivationFunction.Silu)),
        ["overlapping max pools of a shared map"] = static graph => graph.Conv(5, stride: 2).BatchNorm().Activation(ActivationFunction.Silu)
            .Residual(static body => body.MaxPool(stride: 1).Conv(5, kernel: 2, padding: 1)).Conv(3),
        ["a sum of sums"] = static graph => graph.Conv(5).BatchNorm().Relu()
            .Residual(static body => body.Residual(static inner => inner.Conv(5).BatchNorm()).Relu().Conv(5).BatchNorm()).Relu().Conv(3),
        ["a map added before and after it is changed"] = static graph => AddAgain(graph.Conv(5).BatchNorm().Relu()),
        ["three terms, two of them one map"] = static graph => AddThree(graph.Conv(5).BatchNorm().Relu()).Relu().Conv(3),
        ["a map added to itself"] = static graph => AddTwice(graph.Conv(5).Relu()),
        ["a pixel that gates itself"] = static graph => GateItself(graph.Conv(5).GlobalAveragePool()),
        ["squeeze and excitation"] = static graph => graph.Conv(5).BatchNorm().Activation(ActivationFunction.HardSwish)
        .SqueezeExcite(gate: ActivationFunction.HardSigmoid, hidden: 2).Conv(3),
        ["max pool, blur, norm"] = static graph => graph.Conv(5).BatchNorm().Relu().MaxBlurPool().BatchNorm().Conv(3),
        ["blur on one branch of a shared map"] = static graph =>
        graph.Conv(5).BatchNorm().Relu().Residual(static body => body.BlurPool(stride: 1).Conv(5)).Conv(3),
        ["residual blocks"] = static graph => graph.Conv(4).BatchNorm().ResidualBlock(4, squeezeExcite: 2, stochasticDepth: 0.3f)
        .ResidualBlock(5, stride: 2, ActivationFunction.Silu),
        ["inverted residual blocks"] = static graph => graph.Conv(4)
            .InvertedResidual(4, expansion: 2, activation: ActivationFunction.Silu, stochasticDepth: 0.3f)
                .InvertedResidual(5, expansion: 1, stride: 2, activation: ActivationFunction.Silu, squeezeExcite: 2),
        ["global depthwise convolution"] = static graph =>
        graph.Conv(4, stride: 2).BlurPool(stride: 2).GlobalDepthwiseConv(bias: true).Linear(3),
        ["shared weights"] = static graph =>
        graph.PointwiseConv(4).Conv(4, bias: true).BatchNorm().Relu().Share("conv2").BatchNorm().Linear(3),
        ["pool, dropout, linear"] = static graph => graph.Conv(5).MaxPool().Dropout(0.5f).BatchNorm().Relu().Linear(4),
        ["flatten between norms"] = static graph => graph.Conv(3, stride: 2).BatchNorm().Relu().Flatten().BatchNorm().Relu().Linear(4),
        ["norm of pooled pixels"] = static graph =>
        graph.Conv(5).GlobalAveragePool().BatchNorm().Activation(ActivationFunction.Silu).Linear(4),
    };

    private const int RandomGraphCount = 30;

    public static TheoryData<string> LayerNames => [.. Layers.Keys];

    public static TheoryData<string> CompositeNames => [.. Composites.Keys];

    [Fact]
    public void Every_layer_has_an_example()
    {
        IEnumerable<Type> layers = typeof(Layer).Assembly.GetTypes()
            .Where(static type => type.IsSubclassOf(typeof(Layer)) && !type.IsAbstract);
        Assert.Equal([], layers.Except(Layers.Values.Select(static example => example.Layer)));
    }

    [Fact]
    public void Every_activation_function_has_an_example()
    {
        IEnumerable<ActivationFunction> tested = Layers.Values.SelectMany(static example => Build(example.Build).Nodes)
            .Select(static node => node.Layer).OfType<Activation>().Select(static layer => layer.Function);
        Assert.Equal([ActivationFunction.Identity], Enum.GetValues<ActivationFunction>().Except(tested));
    }

    [Theory]
    [MemberData(nameof(LayerNames))]
    public void Gradients_of_a_layer_are_the_slopes_of_its_output(string example)
    {
        Graph graph = Build(Layers[example].Build);
        Assert.Contains(graph.Nodes, node => node.Layer.GetType() == Layers[example].Layer);
        GradientCheck.Run(graph);
    }

    [Theory]
    [MemberData(nameof(CompositeNames))]
    public void Gradients_of_layers_together_are_the_slopes_of_their_output(string example) =>
        GradientCheck.Run(Build(Composites[example]));

    [Theory]
    [MemberData(nameof(LayerNames))]
    public void No_layer_hides_NaN(string example) => NaNCheck.Run(Build(Layers[example].Build));

    [Theory]
    [MemberData(nameof(CompositeNames))]
    public void Layers_together_hide_no_NaN(string example) => NaNCheck.Run(Build(Composites[example]));

    [Fact]
    public void Gradients_of_random_graphs_are_the_slopes_of_their_output()
    {
        for (int seed = 0; seed < RandomGraphCount; seed++) GradientCheck.Run(RandomGraphs.Classifier(seed, classes: 4));
    }

    [Fact]
    public void Random_graphs_hide_no_NaN()
    {
        for (int seed = 0; seed < RandomGraphCount; seed++) NaNCheck.Run(RandomGraphs.Classifier(seed, classes: 4), mayBeDead: true);
    }

    [Fact]
    public void Random_graphs_have_all_layers()
    {
        IEnumerable<Node> nodes = Enumerable.Range(0, RandomGraphCount)
            .SelectMany(static seed => RandomGraphs.Classifier(seed, classes: 4).Nodes);

        // What is rounded is chosen by a surgery, which QuantizationSurgeryTests hold to random graphs.
        Assert.Equal([typeof(FakeQuantize)],
            Layers.Values.Select(static example => example.Layer).Except(nodes.Select(static node => node.Layer.GetType())));
        Assert.Contains(nodes, static node => node.WeightsOf is not null);
        Assert.Contains(nodes, static node =>
            node.Layer is Convolution { Groups: > 1 and int groups, Stride: > 1 } && groups < node.Inputs[0].Shape.Channels);
    }

    [Fact]
    public void Gradients_of_a_norm_with_running_statistics_are_the_slopes_of_its_output() =>
        GradientCheck.Run(Build(static graph => graph.BatchNorm().Conv(5).BatchNorm().Relu()), static plan =>
        {
            foreach (BatchNormalization norm in plan.Norms) norm.UsesBatchStatistics = false;
        });

    private static Graph Build(Func<GraphBuilder, GraphBuilder> layers) => layers(GraphBuilder.Input(3, 7, 5)).Build();

    // The first sum has a term that is older than it and a term of the second, too.
    private static GraphBuilder AddAgain(GraphBuilder graph)
    {
        Node start = graph.Current, branch = graph.Conv(5).BatchNorm().Current;
        Node sum = graph.Join(new Add(), null, start, branch).Relu().Current;
        return graph.Join(new Add(), null, sum, branch).Conv(3);
    }

    private static GraphBuilder AddThree(GraphBuilder graph)
    {
        Node start = graph.Current, branch = graph.Conv(5).BatchNorm().Current;
        return graph.Join(new Add(), null, branch, start, start);
    }

    private static GraphBuilder AddTwice(GraphBuilder graph) => graph.Join(new Add(), null, graph.Current, graph.Current);

    private static GraphBuilder GateItself(GraphBuilder graph) => graph.Join(new ChannelMultiply(), null, graph.Current, graph.Current);
}
