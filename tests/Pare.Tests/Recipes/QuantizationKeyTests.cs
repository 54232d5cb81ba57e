using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Recipes;

namespace Pare.Tests.Recipes;

public class QuantizationKeyTests
{
    private const string Text = """
        dataset: { name: glyphs }
        model: { input: 1x28x28, layers: [ { conv: 4 }, batch_norm, hard_swish, global_average_pool, { linear: 10 } ] }

        """;

    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("quantization: false", 0, 0)]
    [InlineData("quantization: true", 3, 0.05f)]
    [InlineData("quantization:", 3, 0.05f)]
    [InlineData("quantization: {}", 3, 0.05f)]
    [InlineData("quantization: 0.2", 3, 0.2f)]
    [InlineData("quantization: { momentum: 0.01 }", 3, 0.01f)]
    public void The_key_puts_rounding_into_the_network(string line, int layers, float momentum)
    {
        Recipe recipe = Recipe.Parse(Text + line, "r.yaml"), again = Recipe.Parse(recipe.ToYaml(), "again.yaml");

        foreach (Recipe read in new[] { recipe, again })
        {
            FakeQuantize[] rounding = [.. read.Graph.Nodes.Select(static node => node.Layer).OfType<FakeQuantize>()];
            Assert.Equal(layers, rounding.Length);
            Assert.All(rounding, layer => Assert.Equal(momentum, layer.Momentum));
            Assert.Equal(layers > 0, read.Quantization is not null);
            Assert.Equal(layers > 0, read.Graph.Nodes.Select(static node => node.Layer).OfType<Convolution>().Single().RoundsWeights);
        }

        Assert.Equal(recipe.Graph.Nodes.Select(static node => (node.Name, node.Layer)),
            again.Graph.Nodes.Select(static node => (node.Name, node.Layer)));
    }

    [Theory]
    [InlineData("training: { quantization: true }", "training")]
    [InlineData("training: { optimizer: { sgd: { quantization: true } } }", "training.optimizer.sgd")]
    [InlineData("techniques: { quantization: int8 }", "techniques")]
    [InlineData("techniques: { mixup: { quantization: true } }", "techniques.mixup")]
    public void Where_it_does_not_stand_it_is_said_where_it_does(string line, string path)
    {
        var error = Assert.Throws<RecipeException>(() => Recipe.Parse(Text + line, "r.yaml"));

        Assert.Equal($"'quantization' stands at the top level of a recipe, not under '{path}'.", error.Remedy);
    }

    [Theory]
    [InlineData("quantization: { momentum: 0 }", "quantization.momentum")]
    [InlineData("quantization: { momentum: 1.5 }", "quantization.momentum")]
    [InlineData("quantization: { bits: 4 }", "quantization.bits")]
    [InlineData("quantization: perhaps", "quantization")]
    public void What_it_does_not_know_is_refused_with_the_key(string line, string key)
    {
        var error = Assert.Throws<RecipeException>(() => Recipe.Parse(Text + line, "r.yaml"));

        Assert.Contains(key, error.Message + error.Where, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_that_is_no_classifier_is_refused()
    {
        var error = Assert.Throws<RecipeException>(static () => Recipe.Parse(
            "dataset: { name: glyphs }\nmodel: { input: 1x28x28, layers: [ { conv: 4 } ] }\nquantization: true\n", "r.yaml"));

        Assert.Contains("quantization", error.Message + error.Where, StringComparison.Ordinal);
    }

    [Fact]
    public void A_build_has_it_as_its_last_phase()
    {
        var recipe = PhasedRecipe.Parse(Text + "phases:\n  - plain\n  - integers: { set: { quantization: true } }\n", "r.yaml");

        Graph plain = recipe.Resolve(recipe.Phases[0]).Graph, integers = recipe.Resolve(recipe.Phases[1]).Graph;

        Assert.DoesNotContain(plain.Nodes, static node => node.Layer is FakeQuantize);
        Assert.Contains(integers.Nodes, static node => node.Layer is FakeQuantize);
        Assert.Equal("quantization on", recipe.Phases[1].Change);
        Assert.Equal(Cost.Of(plain).Macs, Cost.Of(integers).Macs);
        Assert.Equal(Cost.Of(plain).Parameters, Cost.Of(integers).Parameters);
    }
}
