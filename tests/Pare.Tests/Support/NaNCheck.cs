using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Tests.Support;

/// <summary>
/// Whether NaN is ever hidden: what a pixel can move becomes NaN with the pixel, and what the gradient of an output can move becomes NaN
/// with that gradient. What can be moved is found by moving it.
/// </summary>
internal static class NaNCheck
{
    private const float Far = 1000;

    // The most values of an array that are tried; chosen at random, for a row's length may divide any step.
    private const int Tries = 40;

    /// <summary>Fails at the first value that hides NaN, in training and in evaluation.</summary>
    /// <param name="graph">Any graph.</param>
    /// <param name="mayBeDead">
    /// Whether it may be that no input moves an output, as behind a layer whose values are all below a ReLU's corner.
    /// </param>
    /// <param name="storage">How feature maps are kept in training.</param>
    public static void Run(Graph graph, bool mayBeDead = false, MapStorage storage = MapStorage.Float32)
    {
        var random = new SeededRandom(1);
        int images = Simd.Lanes + 1;
        float[] x = RandomArrays.Normal(ref random, images * graph.Input.Shape.Count),
            dY = RandomArrays.Normal(ref random, images * graph.Output.Shape.Count);
        Check(x, graph.Input.Shape.Count, "the output in evaluation", () => EngineRun.Infer(new Network(graph, 1), x, images), mayBeDead);

        // A range that saw NaN would keep it.
        using var run = new EngineRun(new Network(graph, 1), images, dY, storage: storage);
        run.Plan.UpdateRunningStatistics(false);
        Check(x, graph.Input.Shape.Count, "the output", () =>
        {
            run.Step(x);
            return [.. run.Output];
        }, mayBeDead);
        Check(dY, graph.Output.Shape.Count, "the gradient", () =>
        {
            run.Step(x);
            return [.. run.InputGradient(), .. run.Plan.Gradients];
        }, mayBeDead);
    }

    // Moves values of the last image, which shares its tile with no other.
    private static void Check(float[] values, int size, string what, Func<float[]> results, bool mayBeDead)
    {
        float[] before = results();
        int checks = 0;
        int[] places = [.. Enumerable.Range(values.Length - size, size)];
        new SeededRandom(size).Shuffle<int>(places);
        foreach (int i in places.Take(Tries))
        {
            float value = values[i];
            values[i] = Far;
            float[] up = results();
            values[i] = -Far;
            float[] down = results();
            values[i] = float.NaN;
            float[] hidden = results();
            values[i] = value;
            for (int k = 0; k < before.Length; k++)
            {
                if (up[k] == before[k] && down[k] == before[k]) continue;
                checks++;
                if (!float.IsNaN(hidden[k]))
                    Assert.Fail($"value {k} of {what} is {hidden[k]} where value {i} of what it follows from is NaN");
            }
        }

        Assert.True(checks > 0 || mayBeDead, $"nothing moves {what}");
    }
}
