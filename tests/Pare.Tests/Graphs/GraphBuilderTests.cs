using Pare.Graphs;
using Pare.Graphs.Layers;

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
}
