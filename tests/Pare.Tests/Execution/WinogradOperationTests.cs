using Pare.Execution.Operations;
using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Kernels;
using Pare.Kernels.Reference;
using Pare.Tests.Support;

namespace Pare.Tests.Execution;

/// <summary>
/// Convolutions in fewer multiplications: which they are, and what all operations owe. What they compute is held to the slow ones by
/// <see cref="Kernels.ConvolutionReferenceTests"/>.
/// </summary>
public class WinogradOperationTests
{
    [Theory]
    [InlineData(12, 12, 8, true)]
    [InlineData(11, 64, 32, false)]
    [InlineData(64, 11, 32, false)]
    [InlineData(16, 16, 6, false)]
    [InlineData(16, 16, 7, true)]
    [InlineData(1024, 1024, 8, true)]
    [InlineData(1024, 1025, 8, false)]
    public void Channels_and_pixels_decide(int inputs, int outputs, int side, bool serves) =>
        Assert.Equal(serves, Serves(new Convolution { Channels = outputs }, inputs, side));

    [Fact]
    public void Only_dense_filters_of_3x3_without_stride_are_served()
    {
        var layer = new Convolution { Channels = 16 };
        Assert.True(Serves(layer, 16, 16));
        Assert.True(Serves(layer with { Padding = 2 }, 16, 16));
        Assert.False(Serves(layer with { Padding = 3 }, 16, 16));
        Assert.False(Serves(layer with { Stride = 2 }, 16, 16));
        Assert.False(Serves(layer with { Kernel = 5 }, 16, 16));
        Assert.False(Serves(layer with { Groups = 2 }, 16, 16));
    }

    [Fact]
    public void Gradients_are_the_slopes_of_the_output() => GradientCheck.Run(Wide());

    [Fact]
    public void NaN_is_not_hidden() => NaNCheck.Run(Wide());

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        Graph graph = Wide();
        int images = (4 * Simd.Lanes) + 3;
        var random = new SeededRandom(1);
        float[] x = RandomArrays.Normal(ref random, images * graph.Input.Shape.Count),
            dY = RandomArrays.Normal(ref random, images * graph.Output.Shape.Count);
        float[] single = Step(1);
        Assert.Equal(single, Step(2));
        Assert.Equal(single, Step(3));

        float[] Step(int threads)
        {
            using var run = new EngineRun(new Network(graph, 1), images, dY, threads);
            run.Step(x);
            return [.. run.Output, .. run.InputGradient(), .. run.Plan.Gradients];
        }
    }

    // What docs/performance-log.md says of the error.
    [Theory]
    [InlineData(16, 16)]
    [InlineData(64, 8)]
    public void The_error_is_close_to_the_direct_kernels(int channels, int side)
    {
        // As many inputs, but so few outputs that they are computed directly.
        double[] direct = Errors(channels, 8, side, serves: false), winograd = Errors(channels, channels, side, serves: true);
        for (int i = 0; i < direct.Length; i++)
        {
            Assert.InRange(winograd[i], 0, 5e-7);
            Assert.InRange(winograd[i] / direct[i], 0, 4);
        }
    }

    // Relative errors of output, input gradient and weight gradient against sums in double precision.
    private static double[] Errors(int inputs, int outputs, int side, bool serves)
    {
        Assert.Equal(serves, Serves(new Convolution { Channels = outputs }, inputs, side));
        var windows = new ReferenceWindows(Simd.Lanes, inputs, side, side, outputs, 3, 1, 1);
        Network network = GraphBuilder.Input(inputs, side, side).Conv(outputs).Build(seed: 1);
        var random = new SeededRandom(1);
        float[] x = RandomArrays.Normal(ref random, windows.InputLength), dY = RandomArrays.Normal(ref random, windows.OutputLength);
        float[] y = new float[dY.Length], dX = new float[x.Length], dW = new float[windows.WeightLength];
        ReferenceConvolution.Forward(x, network.Weights, default, y, windows);
        ReferenceConvolution.Backward(x, network.Weights, dY, dX, dW, new float[outputs], windows);
        using var run = new EngineRun(network, windows.Images, dY);
        run.Step(x);
        double[] errors =
        [
            FixtureCase.RelativeL2(y, run.Output), FixtureCase.RelativeL2(dX, run.InputGradient()),
            FixtureCase.RelativeL2(dW, run.Plan.Gradients),
        ];
        TestContext.Current.TestOutputHelper?.WriteLine($"{inputs} to {outputs}, {side}x{side}: {string.Join(", ", errors)}");
        return errors;
    }

    private static bool Serves(Convolution layer, int inputs, int side) => WinogradOperation.Serves(layer, new Shape(inputs, side, side),
        new Shape(layer.Channels, side, side));

    // A residual block, so that a gradient is added to; odd sides, so that the last windows are cut.
    private static Graph Wide()
    {
        Graph graph = GraphBuilder.Input(12, 7, 9).BatchNorm().Conv(13, bias: true).BatchNorm().Relu()
            .Residual(static body =>
                body.Conv(12, padding: 2).BatchNorm().Activation(ActivationFunction.Silu).Conv(13, padding: 0)).Build();
        foreach (Node node in graph.Nodes.Where(static node => node.Layer is Convolution))
            Assert.True(WinogradOperation.Serves((Convolution)node.Layer, node.Inputs[0].Shape, node.Shape));
        return graph;
    }
}
