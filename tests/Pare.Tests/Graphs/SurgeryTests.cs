using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Graphs.Surgery;
using Pare.Models;
using Pare.Tests.Support;

namespace Pare.Tests.Graphs;

public class SurgeryTests
{
    private static readonly Shape Image = new(3, 16, 20);

    private static readonly Dictionary<string, Func<Graph, Graph>> Changes = new()
    {
        ["blur pool"] = static graph => graph.ReplaceMaxPoolsByBlurPool(convolutions: true, averagePools: true),
        ["squeeze excite"] = static graph => graph.InsertSqueezeExcite(),
        ["depthwise separable"] = static graph => graph.ReplaceConvolutionsByDepthwiseSeparable(),
        ["global average pool"] = static graph => graph.ReplaceDenseHeadByGlobalAveragePool(),
        ["scale width"] = static graph => graph.ScaleWidth(0.5f),
    };

    [Fact]
    public void Every_change_keeps_the_classes_and_the_names_of_what_survives()
    {
        int changed = 0;
        foreach (Graph graph in ModelCatalog.Names.Select(static name => ModelCatalog.Create(name, Image, classes: 7)))
        {
            foreach (Func<Graph, Graph> change in Changes.Values)
            {
                Graph result;
                try
                {
                    result = change(graph);
                }
                catch (RecipeException nothing) when (nothing.Message.StartsWith("There is nothing", StringComparison.Ordinal))
                {
                    continue;
                }

                changed++;
                Assert.Equal((graph.Input.Shape, graph.Output.Shape, graph.Output.Name),
                    (result.Input.Shape, result.Output.Shape, result.Output.Name));
                HashSet<string> before = [.. graph.Nodes.Select(static node => node.Name)];
                Assert.All(result.Nodes, node => Assert.Contains(node.Name.Split('.')[0], before));
                Assert.NotEqual(graph.Nodes.Select(static node => (node.Name, node.Layer, node.Shape)),
                    result.Nodes.Select(static node => (node.Name, node.Layer, node.Shape)));
                Assert.All(EngineRun.Infer(new Network(result, seed: 1), [.. Enumerable.Repeat(1f, Image.Count)], images: 1),
                    static logit => Assert.True(float.IsFinite(logit)));
            }
        }

        Assert.Equal(21, changed);
    }

    [Fact]
    public void A_max_pool_becomes_one_without_a_step_and_a_blur_with_it()
    {
        Graph graph = GraphBuilder.Input(3, 8, 10).Conv(4).Relu().MaxPool().Linear(5).Build().ReplaceMaxPoolsByBlurPool(filter: 4);

        Assert.Equal(["input", "conv1", "relu1", "max_pool1", "max_pool1.blur", "flatten1", "linear1"],
            graph.Nodes.Select(static node => node.Name));
        Assert.Equal((new MaxPool { Stride = 1 }, new BlurPool { Filter = 4 }), (graph.Nodes[3].Layer, graph.Nodes[4].Layer));
    }

    [Fact]
    public void Strided_convolutions_are_blurred_after_their_activation_and_shortcuts_before()
    {
        Graph graph = GraphBuilder.Input(3, 8, 10).Conv(4).ResidualBlock(6, stride: 2).Build()
            .ReplaceMaxPoolsByBlurPool(convolutions: true);

        Assert.Equal(
            ["input", "conv1", "conv2", "batch_norm1", "relu1", "conv2.blur", "conv3", "batch_norm2", "conv4.blur", "conv4", "batch_norm3",
            "add1", "relu2"],
            graph.Nodes.Select(static node => node.Name));
        Assert.All(graph.Nodes, static node => Assert.True(node.Layer is BlurPool || node.Layer.Window.Stride == 1));
        Assert.Equal(new Shape(6, 4, 5), graph.Output.Shape);
    }

    [Fact]
    public void Squeeze_and_excitation_goes_where_the_paper_has_it()
    {
        Assert.Equal(["batch_norm2.se"], Gates(GraphBuilder.Input(3, 8, 10).Conv(4).ResidualBlock(4).Linear(5)));
        Assert.Equal(["relu61.se", "relu63.se"],
            Gates(GraphBuilder.Input(3, 8, 10).Conv(4).InvertedResidual(4, expansion: 1).InvertedResidual(4).Linear(5)));
        Assert.Equal(["relu2.se"], Gates(GraphBuilder.Input(3, 8, 10).Conv(4).Relu().Conv(4).Relu().Linear(5)));

        static IEnumerable<string> Gates(GraphBuilder net) =>
            net.Build().InsertSqueezeExcite().Nodes.Where(static node => node.Layer is ChannelMultiply).Select(static node => node.Name);
    }

    [Fact]
    public void A_dense_convolution_becomes_a_depthwise_and_a_pointwise_one()
    {
        Graph graph = GraphBuilder.Input(3, 8, 10).Conv(4).Conv(6, kernel: 5, stride: 2, bias: true).Linear(5).Build()
            .ReplaceConvolutionsByDepthwiseSeparable();

        Assert.Equal(["input", "conv1", "conv2.depthwise", "conv2.norm", "conv2.relu", "conv2", "flatten1", "linear1"],
            graph.Nodes.Select(static node => node.Name));
        Assert.Equal(new Convolution { Channels = 4, Kernel = 5, Stride = 2, Groups = 4 }, graph.Nodes[2].Layer);
        Assert.Equal(new Convolution { Channels = 6, Kernel = 1, Bias = true }, graph.Nodes[5].Layer);
    }

    [Fact]
    public void A_dense_head_becomes_a_mean_and_one_linear_layer()
    {
        Graph graph = GraphBuilder.Input(3, 8, 10).Conv(4).Relu().Linear(9).Relu().Dropout().Linear(5).Build()
            .ReplaceDenseHeadByGlobalAveragePool();

        Assert.Equal(["input", "conv1", "relu1", "flatten1", "linear2"], graph.Nodes.Select(static node => node.Name));
        Assert.IsType<GlobalAveragePool>(graph.Nodes[3].Layer);
    }

    [Fact]
    public void A_factor_scales_all_widths_but_that_of_the_output()
    {
        Graph graph = GraphBuilder.Input(3, 8, 10).Conv(6).InvertedResidual(6, expansion: 2, squeezeExcite: 1).DepthwiseConv(multiplier: 2)
            .Share("conv3").Linear(5).Build().ScaleWidth(1.5f);

        Assert.Equal([9, 18, 18, 18, 18, 9, 18, 18, 5], graph.Nodes.Where(static node => node.Layer is Convolution or Linear)
            .Select(static node => node.Shape.Channels));
        Assert.Throws<RecipeException>(() => graph.ScaleWidth(0));
    }

    [Fact]
    public void Shared_weights_stay_shared()
    {
        Graph graph = GraphBuilder.Input(3, 8, 10).Conv(4).Conv(4).Share("conv2").MaxPool().Linear(5).Build().ReplaceMaxPoolsByBlurPool();

        Assert.Equal("conv2", graph.Nodes[3].WeightsOf!.Name);
        Assert.Equal("conv3", graph.Nodes[3].Name);
        Assert.Throws<RecipeException>(() => graph.ReplaceConvolutionsByDepthwiseSeparable());
    }

    [Fact]
    public void A_change_with_nothing_to_change_is_refused()
    {
        Graph graph = GraphBuilder.Input(3, 8, 10).GlobalAveragePool().Linear(5).Build();
        foreach (Func<Graph, Graph> change in Changes.Values) Assert.Throws<RecipeException>(() => change(graph));
    }
}
