using Pare.Execution;
using Pare.Kernels;
using Pare.Recipes;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Losses;

namespace Pare.Tests.Training.Losses;

public class LabelSmoothingTests
{
    [Fact]
    public void A_little_of_each_target_goes_to_all_classes()
    {
        float[] targets = [1, 0, 0, 0.5f, 0, 0.5f];
        LabelSmoothing.Smooth(targets, classes: 3, 0.3f);
        Near.AssertEqual("smoothed", [0.8f, 0.1f, 0.1f, 0.45f, 0.1f, 0.45f], targets);
    }

    [Fact]
    public void The_least_loss_is_the_entropy_of_the_smoothed_target()
    {
        int lanes = Simd.Lanes;
        float[] logits = new float[3 * lanes], targets = new float[3 * lanes], gradient = new float[3 * lanes];
        for (int k = 0; k < 3; k++) logits[k * lanes] = MathF.Log(k == 1 ? 0.8f : 0.1f);
        targets[lanes] = 1;
        (double loss, double hits) = new LabelSmoothing { Amount = 0.3f }.Around(CrossEntropyLoss.Instance, default)
            .Run(0, 1, logits, targets, 1, gradient);
        Assert.Equal(-((0.8 * Math.Log(0.8)) + (0.2 * Math.Log(0.1))), loss, 1e-6);
        Assert.Equal(1, hits, 1e-6);
        Assert.All(gradient, static value => Assert.Equal(0, value, 1e-6f));
    }

    [Fact]
    public void Accuracy_is_that_of_the_targets_as_they_were()
    {
        int lanes = Simd.Lanes, images = lanes - 1;
        var random = new SeededRandom(2);
        float[] logits = RandomArrays.Normal(ref random, 4 * lanes), hard = new float[4 * lanes], gradient = new float[4 * lanes];
        for (int lane = 0; lane < images; lane++) hard[(random.NextInt(4) * lanes) + lane] = 1;
        double plain = CrossEntropyLoss.Instance.Run(0, images, logits, [.. hard], 1, gradient).Hits;
        double smoothed = new LabelSmoothing { Amount = 0.4f }.Around(CrossEntropyLoss.Instance, default)
            .Run(0, images, logits, [.. hard], 1, gradient).Hits;
        Assert.InRange(plain, 1, images);
        Assert.Equal(plain, smoothed, 1e-4);
    }

    [Fact]
    public void An_amount_of_0_is_off() =>
        Assert.Equal(SmallRun.Train().Network.Weights, SmallRun.Train(new LabelSmoothing { Amount = 0 }).Network.Weights);

    [Theory]
    [InlineData("true", 0.1f)]
    [InlineData("0.05", 0.05f)]
    [InlineData("{ amount: 0.2 }", 0.2f)]
    public void A_recipe_switches_it_on(string value, float amount)
    {
        Recipe recipe = RecipeStore.Open("glyphs", [$"techniques.label_smoothing={value}"]);
        Assert.Equal([new LabelSmoothing { Amount = amount }], recipe.Training.Techniques);
        Assert.Empty(RecipeStore.Open("glyphs", ["techniques.label_smoothing=false"]).Training.Techniques);
        Assert.Throws<RecipeException>(() => RecipeStore.Open("glyphs", ["techniques.label_smoothing=1"]));
        Assert.Throws<RecipeException>(() => RecipeStore.Open("glyphs", ["techniques.label_smoothing=-0.1"]));
    }
}
