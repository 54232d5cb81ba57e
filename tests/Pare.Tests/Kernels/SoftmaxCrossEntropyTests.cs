using Pare.Graphs;
using Pare.Kernels;
using Pare.Kernels.Reference;
using Pare.Tests.Support;

namespace Pare.Tests.Kernels;

public class SoftmaxCrossEntropyTests
{
    [Theory]
    [InlineData(1f)]
    [InlineData(100f)]
    public void Loss_and_gradient_agree_with_the_definition(float deviation)
    {
        var random = new SeededRandom(1);
        foreach (int images in BatchSizes.AroundTheLanes)
        {
            int classes = 2 + random.NextInt(11);
            float[] z = RandomArrays.Normal(ref random, images * classes, deviation: deviation),
                q = RandomArrays.Whole(ref random, images * classes, 5), dZ = new float[z.Length];
            for (int n = 0; n < images; n++)
            {
                q[n * classes]++;
                float sum = q.AsSpan(n * classes, classes).ToArray().Sum();
                for (int k = 0; k < classes; k++) q[(n * classes) + k] /= sum;
            }

            double loss = ReferenceCrossEntropy.Run(z, q, classes, dZ);
            using var run = new EngineRun(GraphBuilder.Input(classes, 1, 1).Build(seed: 1), images);
            Assert.Equal(loss, run.Step(z, q), 1e-6 * loss);
            Near.AssertEqual("the gradient", dZ, run.InputGradient());
        }
    }

    [Fact]
    public void Hits_are_the_target_weights_of_the_largest_logits()
    {
        int lanes = Simd.Lanes;
        float[] logits = new float[3 * lanes], targets = new float[3 * lanes], gradient = new float[3 * lanes];
        (logits[lanes], targets[lanes]) = (5, 1);
        (logits[1], targets[lanes + 1], targets[1]) = (5, 0.75f, 0.25f);
        (_, double hits) = SoftmaxCrossEntropy.Run(logits, targets, lanes, images: 2, scale: 1, gradient);
        Assert.Equal(1.25, hits);
        Assert.All(Enumerable.Range(2, lanes - 2), lane => Assert.Equal(0, gradient[lane]));
    }

    [Theory]
    [InlineData(float.NaN, 0)]
    [InlineData(float.NaN, 1)]
    [InlineData(float.NaN, 2)]
    [InlineData(float.PositiveInfinity, 1)]
    public void A_logit_that_is_no_number_makes_the_loss_NaN_and_hits_nothing(float logit, int place)
    {
        int lanes = Simd.Lanes;
        float[] logits = new float[3 * lanes], targets = new float[3 * lanes], gradient = new float[3 * lanes];
        for (int lane = 0; lane < 2; lane++) targets[lanes + lane] = 1;
        (logits[(place * lanes) + 1], logits[lanes]) = (logit, 5);
        (double loss, double hits) = SoftmaxCrossEntropy.Run(logits, targets, lanes, images: 2, scale: 1, gradient);
        Assert.True(double.IsNaN(loss));
        Assert.Equal(1, hits);
        for (int k = 0; k < 3; k++) Assert.Equal((true, false), (float.IsNaN(gradient[(k * lanes) + 1]), float.IsNaN(gradient[k * lanes])));
    }
}
