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
            float[] x = ties ? RandomArrays.Whole(ref random, windows.InputLength, 3) : RandomArrays.Normal(ref random, windows.InputLength, mean: -5);
            float[] dY = RandomArrays.Normal(ref random, windows.OutputLength), y = new float[dY.Length], dX = new float[x.Length];
            ReferencePooling.Max(x, y, windows);
            ReferencePooling.MaxBackward(x, dY, dX, windows);
            Compare(windows, new MaxPool { Kernel = windows.Kernel, Stride = windows.Stride, Padding = windows.Padding }, x, y, dY, dX);
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
            Compare(windows, new AveragePool { Kernel = windows.Kernel, Stride = windows.Stride, Padding = windows.Padding, CountPadding = countPadding }, x, y, dY, dX);
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
        Network network = GraphBuilder.Input(windows.Inputs, windows.Height, windows.Width).Layer(layer).Build(seed: 1);
        using var run = new EngineRun(network, windows.Images, dY);
        run.Step(x);
        Near.AssertEqual($"the output of {layer}, {windows}", y, run.Output);
        Near.AssertEqual($"the gradient of {layer}, {windows}", dX, run.InputGradient());
        Near.AssertEqual($"the output in evaluation of {layer}, {windows}", y, EngineRun.Infer(network, x, windows.Images));
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
                    int images = BatchSizes.AroundTheLanes[sides.NextInt(5)], height = kernel + sides.NextInt(9), width = kernel + sides.NextInt(9);
                    yield return new ReferenceWindows(images, 3, height, width, 3, kernel, stride, padding);
                }
            }
        }
    }
}
