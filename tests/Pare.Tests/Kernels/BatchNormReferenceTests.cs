using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels.Reference;
using Pare.Tests.Support;

namespace Pare.Tests.Kernels;

/// <summary>Batch norm, on the engine, against the slow version that defines it.</summary>
public class BatchNormReferenceTests
{
    private const int Channels = 5;
    private const int Height = 4;
    private const int Width = 7;

    [Theory]
    [InlineData(false, 0f)]
    [InlineData(true, 0f)]
    [InlineData(false, 300f)]
    public void Norms_agree(bool constantStatistics, float mean)
    {
        var random = new SeededRandom(1);
        foreach (int images in BatchSizes.AroundTheLanes)
        {
            Network network = GraphBuilder.Input(Channels, Height, Width).BatchNorm().Build(seed: 1);
            Span<float> gamma = network.Values(network["batch_norm1.weight"]), beta = network.Values(network["batch_norm1.bias"]);
            Span<float> runningMean = network.Values(network["batch_norm1.running_mean"]),
                runningVariance = network.Values(network["batch_norm1.running_var"]);
            RandomArrays.Normal(ref random, Channels).CopyTo(gamma);
            RandomArrays.Normal(ref random, Channels).CopyTo(beta);
            RandomArrays.Normal(ref random, Channels).CopyTo(runningMean);
            foreach (ref float variance in runningVariance) variance = 0.5f + random.NextSingle();
            int length = images * Channels * Height * Width;
            float[] x = RandomArrays.Normal(ref random, length, mean, 2), dY = RandomArrays.Normal(ref random, length);

            double[] mu = new double[Channels], sigma = new double[Channels];
            float[] expectedMean = runningMean.ToArray(), expectedVariance = runningVariance.ToArray();
            if (constantStatistics)
            {
                for (int c = 0; c < Channels; c++) (mu[c], sigma[c]) = (runningMean[c], runningVariance[c]);
            }
            else
            {
                double count = (double)images * Height * Width;
                ReferenceBatchNorm.Statistics(x, images, mu, sigma);
                for (int c = 0; c < Channels; c++)
                {
                    expectedMean[c] = (float)((0.9 * expectedMean[c]) + (0.1 * mu[c]));
                    expectedVariance[c] = (float)((0.9 * expectedVariance[c]) + (0.1 * sigma[c] * count / (count - 1)));
                }
            }

            float[] y = new float[length], dX = new float[length], dGamma = new float[Channels], dBeta = new float[Channels];
            ReferenceBatchNorm.Forward(x, images, mu, sigma, gamma, beta, 1e-5, y);
            ReferenceBatchNorm.Backward(x, images, mu, sigma, gamma, 1e-5, constantStatistics, dY, dX, dGamma, dBeta);

            using var run = new EngineRun(network, images, dY);
            foreach (BatchNormalization norm in run.Plan.Norms) norm.UsesBatchStatistics = !constantStatistics;
            run.Step(x);
            Near.AssertEqual("the output", y, run.Output, 3e-5);
            Near.AssertEqual("the input gradient", dX, run.InputGradient(), 3e-5);
            Near.AssertEqual("the gradient of gamma", dGamma, run.Gradient(network["batch_norm1.weight"]), 3e-5);
            Near.AssertEqual("the gradient of beta", dBeta, run.Gradient(network["batch_norm1.bias"]), 3e-5);
            Near.AssertEqual("the running mean", expectedMean, runningMean);
            Near.AssertEqual("the running variance", expectedVariance, runningVariance, 3e-5);
        }
    }

    [Fact]
    public void A_single_value_a_channel_is_refused()
    {
        Network network = GraphBuilder.Input(Channels, 1, 1).BatchNorm().Build(seed: 1);
        using var run = new EngineRun(network, 1, new float[Channels]);
        Assert.Throws<RunException>(() => run.Step(new float[Channels]));
    }
}
