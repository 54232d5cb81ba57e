using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Kernels.Reference;
using Pare.Tests.Support;

namespace Pare.Tests.Kernels;

/// <summary>Pooling, on the engine, against the slow versions that define it.</summary>
public class PoolingReferenceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Max_pools_agree(bool ties)
    {
        var random = new SeededRandom(1);
        foreach (ReferenceWindows windows in Windows(2))
        {
            float[] x = ties ? RandomArrays.Whole(ref random, windows.InputLength, 3)
                : RandomArrays.Normal(ref random, windows.InputLength, mean: -5);
            float[] dY = RandomArrays.Normal(ref random, windows.OutputLength), y = new float[dY.Length], dX = new float[x.Length];
            ReferencePooling.Max(x, y, windows);
            ReferencePooling.MaxBackward(x, dY, dX, windows);
            Compare(windows, new MaxPool { Kernel = windows.Kernel, Stride = windows.Stride, Padding = windows.Padding }, x, y, dY, dX);
        }
    }

    [Fact]
    public void The_maximum_of_a_window_with_NaN_is_NaN_and_the_first_NaN_takes_the_gradient()
    {
        var random = new SeededRandom(4);
        foreach (ReferenceWindows windows in Windows(5))
        {
            float[] x = RandomArrays.Normal(ref random, windows.InputLength), dY = RandomArrays.Normal(ref random, windows.OutputLength),
                y = new float[dY.Length], dX = new float[x.Length];
            foreach (ref float value in x.AsSpan()) value = random.NextInt(6) == 0 ? float.NaN : value;
            ReferencePooling.Max(x, y, windows);
            ReferencePooling.MaxBackward(x, dY, dX, windows);
            using EngineRun run =
                Step(windows, new MaxPool { Kernel = windows.Kernel, Stride = windows.Stride, Padding = windows.Padding }, x, dY);
            Assert.Contains(y, float.IsNaN);
            Assert.Equal(y, run.Output);
            Near.AssertEqual($"the gradient, {windows}", dX, run.InputGradient());
        }
    }

    [Fact]
    public void Two_max_pools_of_one_map_add_their_gradients()
    {
        var random = new SeededRandom(6);
        foreach (ReferenceWindows windows in Windows(7))
        {
            float[] x = RandomArrays.Whole(ref random, windows.InputLength, 5), dY = RandomArrays.Normal(ref random, windows.OutputLength),
                dX = new float[x.Length];
            ReferencePooling.MaxBackward(x, dY, dX, windows);
            var layer = new MaxPool { Kernel = windows.Kernel, Stride = windows.Stride, Padding = windows.Padding };
            Network network = GraphBuilder.Input(windows.Inputs, windows.Height, windows.Width)
                .Residual(body => body.Layer(layer), shortcut => shortcut.Layer(layer)).Build(seed: 1);
            using var run = new EngineRun(network, windows.Images, dY);
            run.Step(x);
            Near.AssertEqual($"the gradient, {windows}", [.. dX.Select(static value => 2 * value)], run.InputGradient());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Average_pools_agree(bool countPadding)
    {
        var random = new SeededRandom(2);
        foreach (ReferenceWindows windows in Windows(3))
        {
            float[] x = RandomArrays.Normal(ref random, windows.InputLength), dY = RandomArrays.Normal(ref random, windows.OutputLength);
            float[] y = new float[dY.Length], dX = new float[x.Length];
            ReferencePooling.Average(x, y, windows, countPadding);
            ReferencePooling.AverageBackward(dY, dX, windows, countPadding);
            Compare(windows,
                new AveragePool
                {
                    Kernel = windows.Kernel,
                    Stride = windows.Stride,
                    Padding = windows.Padding,
                    CountPadding = countPadding
                }, x, y, dY, dX);
        }
    }

    [Fact]
    public void Global_average_pools_agree()
    {
        var random = new SeededRandom(3);
        foreach (int images in BatchSizes.AroundTheLanes)
        {
            int side = 1 + random.NextInt(9);
            var windows = new ReferenceWindows(images, 5, side, side, 5, side, 1, 0);
            float[] x = RandomArrays.Normal(ref random, windows.InputLength), dY = RandomArrays.Normal(ref random, windows.OutputLength);
            float[] y = new float[dY.Length], dX = new float[x.Length];
            ReferencePooling.Average(x, y, windows, countPadding: true);
            ReferencePooling.AverageBackward(dY, dX, windows, countPadding: true);
            Compare(windows, new GlobalAveragePool(), x, y, dY, dX);
        }
    }

    private static void Compare(ReferenceWindows windows, Layer layer, float[] x, float[] y, float[] dY, float[] dX)
    {
        using EngineRun run = Step(windows, layer, x, dY);
        Near.AssertEqual($"the output of {layer}, {windows}", y, run.Output);
        Near.AssertEqual($"the gradient of {layer}, {windows}", dX, run.InputGradient());
        Near.AssertEqual($"the output in evaluation of {layer}, {windows}", y, EngineRun.Infer(run.Plan.Network, x, windows.Images));
    }

    private static EngineRun Step(ReferenceWindows windows, Layer layer, float[] x, float[] dY)
    {
        Network network = GraphBuilder.Input(windows.Inputs, windows.Height, windows.Width).Layer(layer).Build(seed: 1);
        var run = new EngineRun(network, windows.Images, dY);
        run.Step(x);
        return run;
    }

    private static IEnumerable<ReferenceWindows> Windows(int seed)
    {
        var sides = new SeededRandom(seed, 1);
        for (int kernel = 1; kernel <= 5; kernel++)
        {
            for (int stride = 1; stride <= 4; stride++)
            {
                for (int padding = 0; padding <= kernel / 2; padding++)
                {
                    int images = BatchSizes.AroundTheLanes[sides.NextInt(5)], height = kernel + sides.NextInt(9), width = kernel
                        + sides.NextInt(9);
                    yield return new ReferenceWindows(images, 3, height, width, 3, kernel, stride, padding);
                }
            }
        }
    }
}
