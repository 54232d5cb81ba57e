using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Kernels.Reference;
using Pare.Tests.Support;

namespace Pare.Tests.Kernels;

/// <summary>Blur pooling, on the engine, against the slow version that defines it.</summary>
public class BlurPoolReferenceTests
{
    [Fact]
    public void Blur_pools_agree()
    {
        var random = new SeededRandom(1);
        for (int filter = BlurPool.SmallestFilter; filter <= BlurPool.LargestFilter; filter++)
        {
            for (int stride = 1; stride <= 4; stride++)
            {
                // From the smallest map that the border can be mirrored in.
                int images = BatchSizes.AroundTheLanes[random.NextInt(5)], smallest = (filter / 2) + 1;
                var windows =
                    new ReferenceWindows(images, 3, smallest + random.NextInt(7), smallest + random.NextInt(7), 3, filter, stride, 0);
                float[] x = RandomArrays.Normal(ref random, windows.InputLength), dX = new float[x.Length];
                int outputs = images * 3 * ReferenceBlur.OutputSide(windows.Height, stride)
                    * ReferenceBlur.OutputSide(windows.Width, stride);
                float[] dY = RandomArrays.Normal(ref random, outputs), y = new float[outputs];
                ReferenceBlur.Forward(x, y, windows);
                ReferenceBlur.Backward(dY, dX, windows);

                Network network = GraphBuilder.Input(3, windows.Height, windows.Width).BlurPool(filter, stride).Build(seed: 1);
                using var run = new EngineRun(network, images, dY);
                run.Step(x);
                Near.AssertEqual($"the output, {windows}", y, run.Output);
                Near.AssertEqual($"the gradient, {windows}", dX, run.InputGradient());
                Near.AssertEqual($"the output in evaluation, {windows}", y, EngineRun.Infer(network, x, images));
            }
        }
    }

    [Fact]
    public void A_constant_map_stays_as_it_is()
    {
        float[] x = [.. Enumerable.Repeat(0.5f, 63)];
        for (int filter = BlurPool.SmallestFilter; filter <= BlurPool.LargestFilter; filter++)
            Near.AssertEqual($"filter {filter}", x,
                EngineRun.Infer(GraphBuilder.Input(1, 7, 9).BlurPool(filter, stride: 1).Build(seed: 1), x, 1));
    }
}
