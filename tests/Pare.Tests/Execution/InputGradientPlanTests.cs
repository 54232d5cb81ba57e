using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Quantization;
using Pare.Tests.Support;

namespace Pare.Tests.Execution;

[Collection(AloneCollection.Name)]
public class InputGradientPlanTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("residual")]
    [InlineData("squeeze")]
    [InlineData("norm first")]
    [InlineData("flat")]
    public void The_gradient_is_that_of_finite_differences(string name)
    {
        Network network = Make(name);
        int images = Simd.Lanes + 3, size = network.Graph.Input.Shape.Count, outputs = network.Graph.Output.Shape.Count;
        var random = new SeededRandom(3);
        float[] pixels = RandomArrays.Normal(ref random, images * size), upstream = RandomArrays.Normal(ref random, images * outputs);
        using var team = new ThreadTeam(2);
        var run = new Pass(new InputGradientPlan(network, team), pixels, upstream, images, size, outputs);
        float[] gradient = [.. run.Take()];
        for (int trial = 0; trial < 8; trial++)
        {
            float[] direction = [.. pixels.Select(_ => random.NextInt(2) == 0 ? -1f : 1f)], kept = [.. pixels];
            double expected = gradient.Zip(direction, static (g, d) => (double)g * d).Sum(), best = double.PositiveInfinity;

            // Of several steps the best counts, as in GradientCheck.
            foreach (float step in new[] { 1f / 128, 1f / 1024, 1f / 8192 })
            {
                double above = Moved(step), below = Moved(-step);
                best = Math.Min(best, Math.Abs(((above - below) / (2 * step)) - expected));

                double Moved(float by)
                {
                    for (int i = 0; i < pixels.Length; i++) pixels[i] = kept[i] + (by * direction[i]);
                    run.Take();
                    kept.CopyTo(pixels, 0);
                    return run.Loss;
                }
            }

            Assert.InRange(best, 0, 0.02 * Math.Sqrt(gradient.Sum(static g => (double)g * g)));
        }

        Assert.Contains(gradient, static g => g != 0);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("residual")]
    [InlineData("squeeze")]
    [InlineData("norm first")]
    [InlineData("flat")]
    [InlineData("integers")]
    public void Logits_and_gradient_are_those_of_the_other_plans(string name) => IsThatOfTheOtherPlans(Make(name));

    [Fact]
    public void So_they_are_in_networks_of_any_kind()
    {
        for (int seed = 0; seed < 40; seed++) IsThatOfTheOtherPlans(RandomNetworks.Of(RandomGraphs.Classifier(seed, classes: 4)));
    }

    private static void IsThatOfTheOtherPlans(Network network)
    {
        int images = (2 * Simd.Lanes) + 1, size = network.Graph.Input.Shape.Count, outputs = network.Graph.Output.Shape.Count;
        var random = new SeededRandom(4);
        float[] pixels = RandomArrays.Normal(ref random, images * size), upstream = RandomArrays.Normal(ref random, images * outputs);
        using var team = new ThreadTeam(2);
        var run = new Pass(new InputGradientPlan(network, team), pixels, upstream, images, size, outputs);
        float[] gradient = [.. run.Take()];
        using var alone = new ThreadTeam(1);
        Assert.Equal(gradient, new Pass(new InputGradientPlan(network, alone), pixels, upstream, images, size, outputs).Take());

        var sink = new ArraySink(images * outputs);
        new InferencePlan(network, team).Run(new ArraySource(pixels, new float[images * outputs]), images, sink);
        Assert.Equal(sink.Logits, run.Logits);

        using var training = new EngineRun(network, images, upstream, dropout: false);
        training.Plan.UpdateRunningStatistics(false);
        foreach (BatchNormalization norm in training.Plan.Norms) norm.UsesBatchStatistics = false;
        training.Step(pixels);
        Assert.Equal(training.InputGradient(), gradient);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_pass_allocates_nothing(int threads)
    {
        Network network = Make("residual");
        int images = Simd.Lanes + 3, size = network.Graph.Input.Shape.Count, outputs = network.Graph.Output.Shape.Count;
        using var team = new ThreadTeam(threads);
        var run = new Pass(new InputGradientPlan(network, team), new float[images * size], new float[images * outputs], images, size,
            outputs);
        Assert.Equal((0, 0), AllocationTests.Allocated(() => run.Take()));
    }

    private static Network Make(string name)
    {
        GraphBuilder input = GraphBuilder.Input(channels: 2, height: 9, width: 7);
        Graph graph = name switch
        {
            "residual" => input.Conv(8).BatchNorm().Relu().Residual(static body => body.Conv(8).BatchNorm().Relu())
                .GlobalAveragePool().Linear(3).Build(),
            "squeeze" => input.DepthwiseSeparable(6, stride: 2).SqueezeExcite().Dropout(0.5f).MaxBlurPool().GlobalAveragePool().Linear(3)
                .Build(),
            "norm first" => input.BatchNorm().Relu().Conv(4).AveragePool().Flatten().Linear(3).Build(),
            "flat" => input.Flatten().Linear(3).Build(),
            "integers" => input.Conv(4).BatchNorm().Relu().GlobalAveragePool().Linear(3).Build().Quantize(),
            _ => input.Conv(4).Relu().MaxPool().Flatten().Linear(3).Build(),
        };
        return RandomNetworks.Of(graph);
    }

    // Forward and back over all tiles; the loss is the sum of outputs times a given upstream gradient.
    private sealed class Pass(InputGradientPlan plan, float[] pixels, float[] upstream, int images, int size, int outputs)
    {
        private readonly float[] _gradient = new float[images * size];
        private readonly float[][] _tile = [.. Enumerable.Range(0, plan.Threads).Select(_ => new float[plan.TileSize])],
            _dLogits = [.. Enumerable.Range(0, plan.Threads).Select(_ => new float[outputs * Simd.Lanes])];

        private Action<int>? _work;

        public float[] Logits { get; } = new float[images * outputs];

        public double Loss => Logits.Zip(upstream, static (logit, up) => (double)logit * up).Sum();

        public float[] Take()
        {
            plan.Run(_work ??= Work);
            return _gradient;
        }

        private void Work(int thread)
        {
            for (int first = thread * Simd.Lanes; first < images; first += plan.Threads * Simd.Lanes)
                Take(thread, first, Math.Min(Simd.Lanes, images - first));
        }

        private void Take(int thread, int first, int count)
        {
            for (int lane = 0; lane < count; lane++)
            {
                ImageLanes.Put(pixels.AsSpan((first + lane) * size, size), lane, _tile[thread]);
                ImageLanes.Put(upstream.AsSpan((first + lane) * outputs, outputs), lane, _dLogits[thread]);
            }

            ReadOnlySpan<float> logits = plan.Forward(thread, count, _tile[thread]);
            for (int lane = 0; lane < count; lane++) ImageLanes.Take(logits, lane, Logits.AsSpan((first + lane) * outputs, outputs));
            ReadOnlySpan<float> gradient = plan.Backward(thread, count, _dLogits[thread]);
            for (int lane = 0; lane < count; lane++) ImageLanes.Take(gradient, lane, _gradient.AsSpan((first + lane) * size, size));
        }
    }
}
