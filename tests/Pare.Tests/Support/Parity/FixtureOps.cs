using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Kernels;

namespace Pare.Tests.Support.Parity;

/// <summary>The operations of the fixtures as nodes of a graph; one that is not known fails the test.</summary>
internal static class FixtureOps
{
    /// <summary>The operations that a case's graph may name.</summary>
    public static readonly HashSet<string> OfGraphs =
        ["conv2d", "batch_norm", "relu", "relu6", "silu", "hard_swish", "max_pool", "blur_pool", "squeeze_excite", "global_avg_pool",
            "add", "linear"];

    /// <summary>Puts an operation on nodes of a graph. Its parameters are named <c>id.weight</c> and so on.</summary>
    public static Node Add(GraphBuilder graph, string op, string id, FixtureAttributes attributes, params Node[] inputs)
    {
        Shape shape = inputs[0].Shape;
        switch (op)
        {
            case "squeeze_excite":
                SqueezeExcite(graph, id, attributes, inputs[0]);
                break;
            case "add_relu":
                graph.Join(new Add(), id, inputs).Relu();
                break;
            case "max_blur_pool":
                graph.Join(
                    new MaxPool
                    {
                        Kernel = attributes.Int("max_kernel"),
                        Stride = attributes.Int("max_stride"),
                        Padding = attributes.Int("max_padding")
                    }, id, inputs)
                    .Layer(BlurPool(attributes));
                break;
            case "conv_relu_blur":
                graph.Join(Convolution(attributes, shape, "conv_stride"), id, inputs).Relu().Layer(BlurPool(attributes));
                break;
            default:
                graph.Join(Layer(op, attributes, shape), id, inputs);
                break;
        }

        attributes.AssertAllRead();
        return graph.Current;
    }

    public static ActivationFunction Function(string name) => name switch
    {
        "relu" => ActivationFunction.Relu,
        "relu6" => ActivationFunction.Relu6,
        "silu" => ActivationFunction.Silu,
        "hard_swish" => ActivationFunction.HardSwish,
        "sigmoid" => ActivationFunction.Sigmoid,
        "hard_sigmoid" => ActivationFunction.HardSigmoid,
        _ => throw new InvalidDataException($"unknown function '{name}'"),
    };

    private static Layer Layer(string op, FixtureAttributes attributes, Shape input)
    {
        switch (op)
        {
            case "conv2d":
                return Convolution(attributes, input, "stride");
            case "linear":
                Assert.Equal(input.Channels, attributes.Int("in_features"));
                return new Linear { Units = attributes.Int("out_features"), Bias = attributes.Flag("bias") };
            case "batch_norm":
                Assert.Equal(input.Channels, attributes.Int("channels"));
                return new BatchNorm { Epsilon = attributes.Float("eps"), Momentum = attributes.Float("momentum") };
            case "activation":
                return new Activation(Function(attributes.Text("function")));
            case "relu" or "relu6" or "silu" or "hard_swish":
                return new Activation(Function(op));
            case "max_pool":
                return new MaxPool
                {
                    Kernel = attributes.Int("kernel"),
                    Stride = attributes.Int("stride"),
                    Padding = attributes.Int("padding")
                };
            case "blur_pool":
                return BlurPool(attributes);
            case "avg_pool":
                return new AveragePool
                {
                    Kernel = attributes.Int("kernel"),
                    Stride = attributes.Int("stride"),
                    Padding = attributes.Int("padding"),
                    CountPadding = attributes.Flag("count_include_pad"),
                };
            case "global_avg_pool":
                return new GlobalAveragePool();
            case "add":
                return new Add();
            default:
                throw new InvalidDataException($"unknown op '{op}'");
        }
    }

    private static Convolution Convolution(FixtureAttributes attributes, Shape input, string stride)
    {
        Assert.Equal(input.Channels, attributes.Int("in_channels"));
        return new Convolution
        {
            Channels = attributes.Int("out_channels"),
            Kernel = attributes.Int("kernel"),
            Stride = attributes.Int(stride),
            Padding = attributes.Int("padding"),
            Groups = attributes.Int("groups"),
            Bias = attributes.Flag("bias"),
        };
    }

    private static BlurPool BlurPool(FixtureAttributes attributes)
    {
        Assert.Equal("reflect", attributes.Text("pad_mode", absent: "reflect"));
        return new BlurPool { Filter = attributes.Int("filter_size"), Stride = attributes.Int("stride") };
    }

    private static void SqueezeExcite(GraphBuilder graph, string id, FixtureAttributes attributes, Node input)
    {
        int channels = attributes.Int("channels");
        bool bias = attributes.Flag("bias");
        Assert.Equal(input.Shape.Channels, channels);
        Assert.Equal(input, graph.Current);
        graph.SqueezeExcite(gate: Function(attributes.Text("gate")), hidden: attributes.Int("reduced_channels"), bias: bias, name: id);
    }
}
