using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Tests.Support;

namespace Pare.Tests.Execution;

public class TrainingPlanTests
{
    private const int Classes = 4;

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        int images = (4 * Simd.Lanes) + 3;
        for (int seed = 0; seed < 20; seed++)
        {
            Graph graph = RandomGraphs.Classifier(seed, Classes);
            float[] single = Train(graph, images, threads: 1);
            Assert.Equal(single, Train(graph, images, threads: 2));
            Assert.Equal(single, Train(graph, images, threads: 3));
            Assert.All(single, static value => Assert.True(float.IsFinite(value)));
        }
    }

    [Fact]
    public void A_short_batch_gives_what_a_plan_of_its_size_gives()
    {
        int images = Simd.Lanes + 2;
        for (int seed = 0; seed < 20; seed++)
        {
            Graph graph = RandomGraphs.Classifier(seed, Classes);
            (float[] input, float[] targets) = Data(graph, images);
            Network exact = new(graph, seed: 1), larger = new(graph, seed: 1);
            using var team = new ThreadTeam(2);
            var plan = new TrainingPlan(exact, images, team);
            plan.Step(new ArraySource(input, targets), images, step: 0);

            // What a full batch has left in the memory must not leak into a short one.
            var largerPlan = new TrainingPlan(larger, 3 * Simd.Lanes, team);
            (float[] other, float[] otherTargets) = Data(graph, 3 * Simd.Lanes);
            largerPlan.Step(new ArraySource(other, otherTargets), 3 * Simd.Lanes, step: 0);
            largerPlan.Step(new ArraySource(input, targets), images, step: 0);
            Assert.Equal(plan.Gradients, largerPlan.Gradients);
        }
    }

    [Fact]
    public void Lanes_without_an_image_change_nothing()
    {
        // The same three images again and again have the same statistics and the same mean loss.
        int images = 3, copies = Simd.Lanes;
        for (int seed = 0; seed < 40; seed++)
        {
            var network = new Network(RandomGraphs.Classifier(seed, Classes, dropout: 0), seed: 1);
            (float[] input, float[] targets) = Data(network.Graph, images);
            using EngineRun few = new(network, images), many = new(network, images * copies);
            double loss = few.Step(input, targets);
            Assert.Equal(loss, many.Step(Repeat(input, copies), Repeat(targets, copies)), 1e-4 * loss);
            Near.AssertEqual($"the gradient of graph {seed}", many.Plan.Gradients, few.Plan.Gradients, 1e-3);
        }
    }

    [Fact]
    public void Dropout_drops_anew_in_each_step_and_the_same_for_the_same_step()
    {
        Network network = GraphBuilder.Input(5, 3, 4).Dropout(0.5f).Build(seed: 1);
        int images = Simd.Lanes + 1, length = images * 60;
        float[] ones = new float[length];
        Array.Fill(ones, 1f);
        using var run = new EngineRun(network, images, ones);
        float[] first = Output(0), second = Output(1);
        Assert.Equal(second, run.InputGradient());
        Assert.Equal(first, Output(0));
        Assert.NotEqual(first, second);
        Assert.All(first, static value => Assert.True(value is 0 or 2));
        Assert.InRange(first.Count(static value => value == 0), 0.45 * length, 0.55 * length);

        float[] Output(long step)
        {
            run.Step(ones, step: step);
            return [.. run.Output];
        }
    }

    [Fact]
    public void Stochastic_depth_drops_whole_images_and_the_same_for_the_same_step()
    {
        const int Size = 60;
        Network network = GraphBuilder.Input(5, 3, 4).StochasticDepth(0.25f).Build(seed: 1);
        int images = (16 * Simd.Lanes) + 1;
        float[] ones = new float[images * Size];
        Array.Fill(ones, 1f);
        using var run = new EngineRun(network, images, ones);
        float[] first = Output(0), second = Output(1);
        Assert.Equal(second, run.InputGradient());
        Assert.Equal(first, Output(0));
        Assert.NotEqual(first, second);
        foreach (float[] image in first.Chunk(Size)) Assert.All(image, value => Assert.True(value == image[0] && value is 0f or 4f / 3));
        Assert.InRange(first.Chunk(Size).Count(static image => image[0] == 0), 0.1 * images, 0.4 * images);
        Assert.Equal(ones, EngineRun.Infer(network, ones, images));

        float[] Output(long step)
        {
            run.Step(ones, step: step);
            return [.. run.Output];
        }
    }

    [Fact]
    public void Stochastic_depth_of_probability_one_drops_everything()
    {
        float[] input = [1, 2, 3];
        using var run = new EngineRun(GraphBuilder.Input(1, 1, 1).StochasticDepth(1f).Build(seed: 1), 3, input);
        run.Step(input);
        Assert.Equal(new float[3], run.Output);
        Assert.Equal(new float[3], run.InputGradient());
    }

    [Fact]
    public void What_is_dropped_depends_on_the_seed_of_the_run()
    {
        Network network = GraphBuilder.Input(4, 1, 1).Dropout(0.5f).Build(seed: 1);
        float[] ones = [.. Enumerable.Repeat(1f, 4 * Simd.Lanes)];
        Assert.Equal(Logits(1), Logits(1));
        Assert.NotEqual(Logits(1), Logits(2));

        float[] Logits(int seed)
        {
            using var team = new ThreadTeam(1);
            var plan = new TrainingPlan(network, Simd.Lanes, team, seed: seed);
            plan.Step(new ArraySource(ones, ones), Simd.Lanes, step: 3);
            return plan.Logits(0).ToArray();
        }
    }

    private static float[] Train(Graph graph, int images, int threads)
    {
        var network = new Network(graph, seed: 1);
        (float[] input, float[] targets) = Data(graph, images);
        using var run = new EngineRun(network, images, threads: threads);
        var losses = new List<float>();
        for (int step = 0; step < 3; step++)
        {
            losses.Add((float)run.Step(input, targets, step));
            for (int i = 0; i < network.Weights.Length; i++) network.Weights[i] -= 0.05f * run.Plan.Gradients[i];
        }

        return [.. losses, .. run.Plan.Gradients, .. network.Weights, .. network.Statistics, .. run.InputGradient()];
    }

    private static float[] Repeat(float[] values, int copies) => [.. Enumerable.Repeat(values, copies).SelectMany(static copy => copy)];

    private static (float[] Input, float[] Targets) Data(Graph graph, int images)
    {
        var random = new SeededRandom(3);
        var targets = new float[images * Classes];
        for (int i = 0; i < images; i++) targets[(i * Classes) + random.NextInt(Classes)] = 1;
        return (RandomArrays.Normal(ref random, images * graph.Input.Shape.Count), targets);
    }
}
