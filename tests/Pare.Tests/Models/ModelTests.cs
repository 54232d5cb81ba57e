using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Models;

namespace Pare.Tests.Models;

public class ModelTests
{
    [Theory]
    [InlineData("lenet5", "1x28x28", 61_706)]
    [InlineData("vgg", "1x28x28", 468_010)]
    [InlineData("resnet8", "3x32x32", 77_946)]
    [InlineData("resnet20", "3x32x32", 272_474)]
    [InlineData("mobilenet", "3x32x32", 274_250)]
    public void A_model_has_the_parameters_that_its_summary_says(string name, string input, long parameters)
    {
        int[] sides = [.. input.Split('x').Select(int.Parse)];

        Assert.Equal(parameters, Cost.Of(ModelCatalog.Create(name, new Shape(sides[0], sides[1], sides[2]), classes: 10)).Parameters);
    }

    [Fact]
    public void Every_model_can_be_narrowed_and_keeps_its_classes()
    {
        var shape = new Shape(3, 28, 30);
        foreach (string name in ModelCatalog.Names)
        {
            Graph full = ModelCatalog.Create(name, shape, classes: 7), narrow = ModelCatalog.Create(name, shape, classes: 7, width: 0.5f),
                least = ModelCatalog.Create(name, shape, classes: 7, width: 0.01f);
            Assert.Equal((shape, new Shape(7, 1, 1)), (narrow.Input.Shape, narrow.Output.Shape));
            Assert.InRange(Cost.Of(narrow).Parameters, Cost.Of(least).Parameters + 1, Cost.Of(full).Parameters / 3);
        }
    }

    [Fact]
    public void Images_that_are_too_small_are_refused_with_the_layer() =>
        Assert.Equal("layer 'conv2', which meets 6x4x4", Assert.Throws<RecipeException>(static () => LeNet5.Create(new Shape(1, 8, 8), 10))
            .Where);

    [Fact]
    public void Stochastic_depth_grows_from_block_to_block()
    {
        Graph graph = ResNet20.Create(new Shape(3, 32, 32), 10, stochasticDepth: 0.9f);

        Assert.Equal([0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f, 0.8f, 0.9f], graph.Nodes.Select(static node => node.Layer)
            .OfType<StochasticDepth>().Select(static layer => MathF.Round(layer.Probability, 3)));
    }
}
