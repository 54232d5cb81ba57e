using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Kernels;

namespace Pare.Tests.Graphs;

public class GraphBuilderTests
{
    [Fact]
    public void A_layer_whose_output_nothing_reads_is_refused_by_name()
    {
        GraphBuilder net = GraphBuilder.Input(1, 6, 5);
        Node start = net.Current;
        net.Layer(new Convolution { Channels = 2 }, "lost").Join(new GlobalAveragePool(), "pool", start);

        var error = Assert.Throws<RecipeException>(() => net.Build());

        Assert.Equal("layer 'lost'", error.Where);
    }

    [Fact]
    public void A_map_that_cannot_be_pooled_further_is_refused_with_the_shape_it_has()
    {
        GraphBuilder net = GraphBuilder.Input(3, 2, 3).MaxPool();

        var error = Assert.Throws<RecipeException>(() => net.MaxPool());

        Assert.Equal("layer 'max_pool2', which meets 3x1x1", error.Where);
    }

    [Fact]
    public void Layers_of_the_same_name_are_refused()
    {
        GraphBuilder net = GraphBuilder.Input(1, 4, 4).Layer(new Flatten(), "same");

        Assert.Throws<RecipeException>(() => net.Layer(new Flatten(), "same"));
    }

    [Theory]
    [InlineData(3, 1, 5)]
    [InlineData(5, 2, 5)]
    [InlineData(5, 5, 2)]
    [InlineData(7, 3, 9)]
    [InlineData(1, 9, 9)]
    [InlineData(8, 9, 9)]
    public void A_blur_whose_border_the_map_cannot_mirror_is_refused_by_name(int filter, int height, int width)
    {
        var error = Assert.Throws<RecipeException>(() => GraphBuilder.Input(3, height, width).BlurPool(filter));

        Assert.Equal($"layer 'blur_pool1', which meets 3x{height}x{width}", error.Where);
    }

    [Theory]
    [InlineData(2, 2, 4, 5)]
    [InlineData(3, 2, 4, 5)]
    [InlineData(5, 3, 3, 3)]
    [InlineData(7, 1, 7, 9)]
    public void A_blur_keeps_every_stride_th_pixel(int filter, int stride, int height, int width) =>
        Assert.Equal(new Shape(3, height, width), GraphBuilder.Input(3, 7, 9).BlurPool(filter, stride).Current.Shape);

    [Theory]
    [InlineData(16, 4, 4)]
    [InlineData(33, 8, 4)]
    [InlineData(40, 4, 10)]
    [InlineData(42, 4, 11)]
    [InlineData(5, 16, 4)]
    public void Squeeze_and_excitation_has_a_share_of_the_channels_and_at_least_four_units(int channels, float ratio, int units)
    {
        Graph graph = GraphBuilder.Input(channels, 3, 4).SqueezeExcite(ratio).Build();

        Assert.Equal(units, Assert.Single(graph.Nodes, static node => node.Name == "squeeze_excite1.fc1").Shape.Channels);
        Assert.Equal(graph.Input.Shape, graph.Output.Shape);
    }

    [Fact]
    public void Squeeze_and_excitation_refuses_a_share_and_a_gate_that_can_grow()
    {
        Assert.Throws<RecipeException>(static () => GraphBuilder.Input(8, 3, 4).SqueezeExcite(0.25f));
        Assert.Throws<RecipeException>(static () => GraphBuilder.Input(8, 3, 4).SqueezeExcite(gate: ActivationFunction.Relu));
    }

    [Fact]
    public void An_inverted_residual_adds_its_input_only_where_the_shape_stays()
    {
        GraphBuilder net = GraphBuilder.Input(4, 8, 8).InvertedResidual(4).InvertedResidual(6).InvertedResidual(6, stride: 2)
            .InvertedResidual(6, expansion: 1);

        Assert.Equal(2, net.Build().Nodes.Count(static node => node.Layer is Add));
        Assert.Equal([24, 4, 24, 6, 36, 6, 6], net.Build().Nodes.Where(static node => node.Layer is Convolution { Kernel: 1 })
            .Select(static node => node.Shape.Channels));
    }

    [Fact]
    public void Shared_weights_are_counted_and_stored_once()
    {
        Graph graph = GraphBuilder.Input(4, 6, 5).Conv(4).Relu().Share("conv1").Relu().Share("conv2").Build();

        Assert.Equal(4 * 4 * 9, Cost.Of(graph).Parameters);
        Assert.Equal("conv1.weight", Assert.Single(new Network(graph, seed: 1).Parameters).Name);
        Assert.Equal(3L * 4 * 4 * 9 * 30, Cost.Of(graph).Macs);
    }

    [Theory]
    [InlineData("conv2")]
    [InlineData("relu1")]
    [InlineData("conv1")]
    public void Weights_of_another_shape_or_of_no_layer_cannot_be_shared(string name) =>
        Assert.Throws<RecipeException>(() => GraphBuilder.Input(3, 6, 5).Conv(4).Relu().Share(name));

    [Fact]
    public void A_global_depthwise_convolution_takes_a_square_map()
    {
        Assert.Equal(new Shape(3, 1, 1), GraphBuilder.Input(3, 5, 5).GlobalDepthwiseConv().Current.Shape);
        Assert.Throws<RecipeException>(static () => GraphBuilder.Input(3, 5, 6).GlobalDepthwiseConv());
    }

    [Fact]
    public void A_norm_without_scale_or_shift_has_fewer_parameters()
    {
        Assert.Equal(3, Cost.Of(GraphBuilder.Input(3, 5, 6).BatchNorm(scale: false).Build()).Parameters);
        Assert.Equal(0, Cost.Of(GraphBuilder.Input(3, 5, 6).BatchNorm(scale: false, shift: false).Build()).Parameters);
    }
}
