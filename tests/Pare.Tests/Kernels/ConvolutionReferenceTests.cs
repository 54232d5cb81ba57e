using Pare.Execution.Operations;
using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Kernels;
using Pare.Kernels.Reference;
using Pare.Tests.Support;

namespace Pare.Tests.Kernels;

/// <summary>Convolutions of all kinds, on the engine, against the slow ones that define them.</summary>
public class ConvolutionReferenceTests
{
    // Around the blocks of 3 and 8 pixels and of 4 and 8 channels in which the kernels work.
    private static readonly int[] Sides = [1, 2, 3, 4, 5, 7, 8, 9, 10, 13, 17];
    private static readonly int[] Channels = [1, 2, 3, 4, 5, 7, 8, 9, 13];

    public static TheoryData<int, int> KernelsAndStrides
    {
        get
        {
            var data = new TheoryData<int, int>();
            for (int kernel = 1; kernel <= 5; kernel++)
            {
                for (int stride = 1; stride <= 3; stride++) data.Add(kernel, stride);
            }

            return data;
        }
    }

    public static TheoryData<int> Kernels => [1, 2, 3, 4, 5];

    [Theory]
    [MemberData(nameof(KernelsAndStrides))]
    public void Dense_convolutions_agree(int kernel, int stride)
    {
        var random = new SeededRandom(1, kernel, stride);
        for (int padding = 0; padding <= kernel; padding++)
        {
            foreach (int images in BatchSizes.AroundTheLanes)
                Compare(Windows(ref random, images, kernel, stride, padding, Pick(ref random, Channels), Pick(ref random, Channels), 1),
                    ref random);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Wide_convolutions_agree(int padding)
    {
        // Around the blocks of channels, with and without a last row or column of windows that the map has half of.
        int[] sides = [9, 10, 11, 13, 16], channels = [12, 13, 16, 17, 20, 24];
        var random = new SeededRandom(6, padding);
        foreach (int images in BatchSizes.AroundTheLanes)
        {
            var windows = new ReferenceWindows(images, Pick(ref random, channels), Pick(ref random, sides), Pick(ref random, sides),
                Pick(ref random, channels), 3, 1, padding);
            Assert.True(IsWinograd(windows));
            Compare(windows, ref random);
        }
    }

    [Theory]
    [MemberData(nameof(KernelsAndStrides))]
    public void Grouped_convolutions_agree(int kernel, int stride)
    {
        var random = new SeededRandom(2, kernel, stride);
        for (int padding = 0; padding <= kernel; padding++)
        {
            int groups = 2 + random.NextInt(3);
            Compare(Windows(ref random, Simd.Lanes
                + 1, kernel, stride, padding, groups * (2 + random.NextInt(4)), groups * (1 + random.NextInt(6)), groups), ref random);
        }
    }

    [Theory]
    [MemberData(nameof(KernelsAndStrides))]
    public void Depthwise_convolutions_agree(int kernel, int stride)
    {
        var random = new SeededRandom(3, kernel, stride);
        for (int padding = 0; padding <= kernel; padding++)
        {
            foreach (int images in BatchSizes.AroundTheLanes)
            {
                int channels = 2 + random.NextInt(4);
                Compare(Windows(ref random, images, kernel, stride, padding, channels, channels * (1 + random.NextInt(3)), channels),
                    ref random);
            }
        }
    }

    [Fact]
    public void Maps_too_large_for_the_cache_are_cut_into_bands_that_agree()
    {
        var random = new SeededRandom(4);
        Compare(new ReferenceWindows(2, 13, 45, 41, 9, 3, 1, 1), ref random);
        for (int padding = 0; padding <= 2; padding++)
            Compare(new ReferenceWindows(2, 13, 45, 41, 12, 3, 1, padding), ref random);
        Compare(new ReferenceWindows(2, 13, 45, 41, 9, 3, 2, 1), ref random);
        Compare(new ReferenceWindows(2, 9, 46, 43, 6, 5, 3, 0, 3), ref random);
        Compare(new ReferenceWindows(2, 40, 33, 21, 9, 2, 2, 1), ref random);
        Compare(new ReferenceWindows(2, 33, 21, 19, 35, 1, 1, 0), ref random);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Depthwise_and_pointwise_convolutions_that_are_computed_together_agree(int kernel)
    {
        var random = new SeededRandom(6, kernel);
        for (int padding = 0; padding <= kernel; padding++)
        {
            foreach (int images in BatchSizes.AroundTheLanes)
            {
                int channels = 2 + random.NextInt(4), multiplier = 1 + random.NextInt(3);
                ReferenceWindows windows = Windows(ref random, images, kernel, 1, padding, channels, channels * multiplier, channels);
                CompareTogether(windows, Pick(ref random, Channels), bias: random.NextInt(2) == 0, ref random);
            }
        }
    }

    [Theory]
    [InlineData(22, 24, 23, 3, 1)]
    [InlineData(12, 41, 37, 5, 0)]
    [InlineData(9, 50, 33, 2, 2)]
    [InlineData(30, 19, 18, 1, 0)]
    public void So_they_do_where_a_map_is_cut_into_bands(int channels, int height, int width, int kernel, int padding)
    {
        var random = new SeededRandom(7, kernel);
        var windows = new ReferenceWindows(Simd.Lanes + 1, channels, height, width, channels, kernel, 1, padding, channels);
        CompareTogether(windows, 21, bias: true, ref random);
    }

    [Fact]
    public void Linear_layers_agree()
    {
        var random = new SeededRandom(5);
        foreach (int images in BatchSizes.AroundTheLanes)
        {
            var windows = new ReferenceWindows(images, 1 + random.NextInt(40), 1, 1, 1 + random.NextInt(20), 1, 1, 0);
            Compare(windows, new Linear { Units = windows.Outputs }, ref random);
        }
    }

    private static void CompareTogether(ReferenceWindows filter, int outputs, bool bias, ref SeededRandom random)
    {
        var mix = new ReferenceWindows(filter.Images, filter.Outputs, filter.OutputHeight, filter.OutputWidth, outputs, 1, 1, 0);
        var depthwise = new Convolution
        {
            Channels = filter.Outputs,
            Kernel = filter.Kernel,
            Padding = filter.Padding,
            Groups = filter.Groups,
            Bias = bias,
        };
        Network network = GraphBuilder.Input(filter.Inputs, filter.Height, filter.Width).Layer(depthwise, "filter")
            .Layer(new Convolution { Channels = outputs, Kernel = 1, Bias = bias }, "mix").Build(seed: 1);
        foreach (ref float weight in network.Weights.AsSpan()) weight = random.NextNormal();
        ReadOnlySpan<float> w = network.Values(network["filter.weight"]), v = network.Values(network["mix.weight"]);
        ReadOnlySpan<float> b = bias ? network.Values(network["filter.bias"]) : [], a = bias ? network.Values(network["mix.bias"]) : [];
        float[] x = RandomArrays.Normal(ref random, filter.InputLength), dY = RandomArrays.Normal(ref random, mix.OutputLength);
        float[] middle = new float[filter.OutputLength], dMiddle = new float[middle.Length], y = new float[dY.Length],
            dX = new float[x.Length];
        float[] dW = new float[filter.WeightLength], dB = new float[filter.Outputs], dV = new float[mix.WeightLength],
            dA = new float[outputs];
        ReferenceConvolution.Forward(x, w, b, middle, filter);
        ReferenceConvolution.Forward(middle, v, a, y, mix);
        ReferenceConvolution.Backward(middle, v, dY, dMiddle, dV, dA, mix);
        ReferenceConvolution.Backward(x, w, dMiddle, dX, dW, dB, filter);

        foreach (bool inputGradient in new[] { false, true })
        {
            using var run = new EngineRun(network, filter.Images, dY, threads: 2, inputGradient: inputGradient);
            Assert.IsType<DepthwisePointwiseOperation>(Assert.Single(run.Plan.Operations));
            run.Step(x);
            Near.AssertEqual($"the output of {filter}", y, run.Output);
            Near.AssertEqual($"the filters' gradient of {filter}", dW, run.Gradient(network["filter.weight"]));
            Near.AssertEqual($"the mixing gradient after {filter}", dV, run.Gradient(network["mix.weight"]));
            if (bias) Near.AssertEqual($"the filters' bias gradient of {filter}", dB, run.Gradient(network["filter.bias"]));
            if (bias) Near.AssertEqual($"the mixing bias gradient after {filter}", dA, run.Gradient(network["mix.bias"]));
            if (inputGradient) Near.AssertEqual($"the input gradient of {filter}", dX, run.InputGradient());
        }

        Near.AssertEqual($"the output in evaluation of {filter}", y, EngineRun.Infer(network, x, filter.Images));
    }

    private static void Compare(ReferenceWindows windows, ref SeededRandom random) => Compare(windows, new Convolution
    {
        Channels = windows.Outputs,
        Kernel = windows.Kernel,
        Stride = windows.Stride,
        Padding = windows.Padding,
        Groups = windows.Groups,
        Bias = random.NextInt(2) == 0,
    }, ref random);

    private static void Compare(ReferenceWindows windows, Layer layer, ref SeededRandom random)
    {
        Network network = GraphBuilder.Input(windows.Inputs, windows.Height, windows.Width).Layer(layer, "op").Build(seed: 1);
        bool bias = network.Parameters.Count == 2;
        foreach (ref float weight in network.Weights.AsSpan()) weight = random.NextNormal();
        ReadOnlySpan<float> w = network.Values(network["op.weight"]), b = bias ? network.Values(network["op.bias"]) : [];
        float[] x = RandomArrays.Normal(ref random, windows.InputLength), dY = RandomArrays.Normal(ref random, windows.OutputLength);
        float[] y = new float[dY.Length], dX = new float[x.Length], dW = new float[windows.WeightLength], dB = new float[windows.Outputs];
        ReferenceConvolution.Forward(x, w, b, y, windows);
        ReferenceConvolution.Backward(x, w, dY, dX, dW, dB, windows);

        using var run = new EngineRun(network, windows.Images, dY);
        run.Step(x);
        using var first = new EngineRun(network, windows.Images, dY, inputGradient: false);
        first.Step(x);
        Near.AssertEqual($"the output of {windows}", y, run.Output);
        Near.AssertEqual($"the input gradient of {windows}", dX, run.InputGradient());
        Near.AssertEqual($"the weight gradient of {windows}", dW, run.Gradient(network["op.weight"]));
        if (bias) Near.AssertEqual($"the bias gradient of {windows}", dB, run.Gradient(network["op.bias"]));
        Near.AssertEqual($"the weight gradient of {windows} on images", dW, first.Gradient(network["op.weight"]));
        if (bias) Near.AssertEqual($"the bias gradient of {windows} on images", dB, first.Gradient(network["op.bias"]));
        Near.AssertEqual($"the output in evaluation of {windows}", y, EngineRun.Infer(network, x, windows.Images));
    }

    private static ReferenceWindows Windows(ref SeededRandom random, int images, int kernel, int stride, int padding, int inputs,
        int outputs, int groups)
    {
        while (true)
        {
            int height = Pick(ref random, Sides), width = Pick(ref random, Sides);
            if (Math.Min(height, width) + (2 * padding) >= kernel)
                return new ReferenceWindows(images, inputs, height, width, outputs, kernel, stride, padding, groups);
        }
    }

    private static bool IsWinograd(ReferenceWindows windows) =>
        WinogradOperation.Serves(new Convolution { Channels = windows.Outputs, Padding = windows.Padding, Groups = windows.Groups },
            new Shape(windows.Inputs, windows.Height, windows.Width),
            new Shape(windows.Outputs, windows.OutputHeight, windows.OutputWidth));

    private static int Pick(ref SeededRandom random, int[] values) => values[random.NextInt(values.Length)];
}
