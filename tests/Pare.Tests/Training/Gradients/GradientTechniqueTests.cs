using System.Numerics.Tensors;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Gradients;

namespace Pare.Tests.Training.Gradients;

public sealed class GradientTechniqueTests : IDisposable
{
    private readonly ThreadTeam _team = new(2);
    private readonly int _images = Simd.Lanes + 3;
    private readonly ArraySource _batch;
    private readonly Network _network = GraphBuilder.Input(2, 5, 4).Conv(4).BatchNorm().Relu().Dropout(0.3f).GlobalAveragePool().Linear(3)
        .Build(seed: 1);

    public GradientTechniqueTests()
    {
        var random = new SeededRandom(3);
        var targets = new float[_images * 3];
        for (int i = 0; i < _images; i++) targets[(i * 3) + (i % 3)] = 1;
        _batch = new ArraySource(RandomArrays.Normal(ref random, _images * 40), targets);
    }

    public static TheoryData<GradientTechnique> Sharpness => [new Sam { Rho = 0.3f }, new Asam { Rho = 0.8f }];

    [Fact]
    public void The_second_pass_sees_the_same_dropout_and_leaves_running_statistics_alone()
    {
        Network plain = _network.Copy();
        var single = new TrainingPlan(plain, _images, _team);
        single.Step(_batch, _images, step: 5);

        var plan = new TrainingPlan(_network, _images, _team);
        var passes = new RecordedGradient(plan);
        Ruled(passes, plan, every: 1, static (_, _) => { }).Run(_batch, _images, step: 5);
        Assert.Equal(2, passes.Passes.Count);
        Assert.Equal(single.Gradients, passes.Passes[0].Gradient);
        Assert.Equal(single.Gradients, passes.Passes[1].Gradient);
        Assert.Equal(plain.Statistics, _network.Statistics);

        // The next step moves them again.
        plan.Step(_batch, _images, step: 6);
        Assert.NotEqual(plain.Statistics, _network.Statistics);
    }

    [Theory]
    [MemberData(nameof(Sharpness))]
    public void The_gradient_is_that_of_the_perturbed_weights_and_the_weights_stay_to_the_bit(GradientTechnique technique)
    {
        float[] before = [.. _network.Weights];
        var plan = new TrainingPlan(_network, _images, _team);
        var passes = new RecordedGradient(plan);
        StepResult result = technique.Around(passes, plan).Run(_batch, _images, step: 0);
        Assert.Equal(before, _network.Weights);
        Assert.Equal(passes.Passes[0].Loss, (float)result.Loss);
        Assert.Equal(passes.Passes[1].Gradient, plan.Gradients);
        Assert.NotEqual(passes.Passes[0].Gradient, plan.Gradients);
        Assert.True(passes.Passes[1].Loss > passes.Passes[0].Loss, "uphill");
    }

    [Fact]
    public void Every_third_step_takes_two_passes()
    {
        var plan = new TrainingPlan(_network, _images, _team);
        var passes = new RecordedGradient(plan);
        IGradientStep gradient = new Sam { Every = 3 }.Around(passes, plan);
        for (int step = 0; step < 7; step++) gradient.Run(_batch, _images, step);
        Assert.Equal(7 + 3, passes.Passes.Count);
    }

    [Fact]
    public void A_radius_of_0_is_the_plain_optimizer_to_the_bit()
    {
        TrainingResult plain = SmallRun.Train();
        Assert.Equal(plain.Network.Weights, SmallRun.Train(new Sam { Rho = 0 }).Network.Weights);
        Assert.Equal(plain.Network.Weights, SmallRun.Train(new Asam { Rho = 0 }).Network.Weights);

        // Two passes without a radius give that gradient, too.
        var plan = new TrainingPlan(_network, _images, _team);
        var passes = new RecordedGradient(plan);
        Ruled(passes, plan, every: 1, static (weights, gradient) => Sam.Perturb(weights, gradient, 0))
            .Run(_batch, _images, step: 0);
        Assert.Equal(passes.Passes[0].Gradient, plan.Gradients);
    }

    [Fact]
    public void A_gradient_of_0_perturbs_nothing()
    {
        float[] weights = [1, -2, 0, 3e-20f], zeros = new float[4], scale = [1, 2, 0, 1];
        float[] before = [.. weights];
        Assert.Equal(0, Sam.Perturb(weights, zeros, 0.05f));
        Assert.Equal(0, Asam.Perturb(weights, zeros, scale, 0.5f, new float[4]));
        Assert.Equal(before, weights);
    }

    [Fact]
    public void The_perturbation_has_the_length_of_the_radius()
    {
        var random = new SeededRandom(5);
        float[] weights = RandomArrays.Normal(ref random, 37), gradient = RandomArrays.Normal(ref random, 37), moved = [.. weights],
            adapted = [.. weights], scale = new float[37];
        Sam.Perturb(moved, gradient, 0.05f);
        Assert.Equal(0.05, TensorPrimitives.Distance<float>(weights, moved), 1e-5);

        Asam.Scale(weights, 0.01f, scale);
        Assert.All(scale.Zip(weights), static pair => Assert.Equal(Math.Abs(pair.Second) + 0.01f, pair.First));
        Asam.Perturb(adapted, gradient, scale, 0.5f, new float[37]);
        double square = 0;
        for (int i = 0; i < 37; i++) square += Math.Pow((adapted[i] - weights[i]) / scale[i], 2);
        Assert.Equal(0.5, Math.Sqrt(square), 1e-4);
    }

    [Fact]
    public void Clipping_shortens_what_is_too_long_and_nothing_else()
    {
        float[] gradient = [3, -4, 0];
        Assert.Equal(5, GradientClipping.Clip(gradient, 5));
        Assert.Equal([3, -4, 0], gradient);
        Assert.Equal(5, GradientClipping.Clip(gradient, 1));
        Near.AssertEqual("clipped", [0.6f, -0.8f, 0], gradient);
    }

    [Fact]
    public void A_gradient_whose_squares_overflow_is_still_shortened_and_an_infinite_one_is_not_made_0()
    {
        float[] gradient = [3e30f, -4e30f, 0];
        Assert.Equal(0.3f, Perturbed(static (moved, g, rho) => Sam.Perturb(moved, g, rho))[0], 1e-6f);
        Assert.Equal(0.3f, Perturbed(static (moved, g, rho) => Asam.Perturb(moved, g, [1, 1, 1], rho, new float[3]))[0], 1e-6f);
        Assert.Equal(5e30f, GradientClipping.Clip(gradient, 1), 1e25f);
        Near.AssertEqual("clipped", [0.6f, -0.8f, 0], gradient);
        gradient = [float.MaxValue, float.MaxValue, -float.MaxValue];
        GradientClipping.Clip(gradient, 1);
        Near.AssertEqual("clipped", [1, 1, -1], gradient);
        gradient = [float.PositiveInfinity, 1, 1];
        GradientClipping.Clip(gradient, 1);
        Assert.True(float.IsNaN(gradient[0]));

        static float[] Perturbed(Func<float[], float[], float, float> perturb)
        {
            float[] moved = [0, 0, 0];
            perturb(moved, [3e30f, -4e30f, 0], 0.5f);
            return moved;
        }
    }

    [Theory]
    [MemberData(nameof(Sharpness))]
    public void A_second_pass_that_fails_leaves_the_weights_as_they_were(GradientTechnique technique)
    {
        float[] before = [.. _network.Weights], statistics = [.. _network.Statistics];
        var plan = new TrainingPlan(_network, _images, _team);
        Assert.Throws<InvalidOperationException>(() => technique.Around(new FailingSecondPass(plan), plan).Run(_batch, _images, step: 0));
        Assert.Equal(before, _network.Weights);
        plan.Step(_batch, _images, step: 1);
        Assert.NotEqual(statistics, _network.Statistics);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Clipping_acts_on_the_second_gradient_of_SAM_whatever_the_order_of_the_two(bool turned)
    {
        var sam = new Sam();
        var clipping = new GradientClipping { MaxNorm = 0.01f };
        var plan = new TrainingPlan(_network, _images, _team);
        sam.Around(new PlainGradient(plan), plan).Run(_batch, _images, step: 0);
        float[] expected = [.. plan.Gradients];
        Assert.True(GradientClipping.Clip(expected, 0.01f) > 0.01f);

        new TrainingOptions { Techniques = turned ? [clipping, sam] : [sam, clipping] }.Gradient(plan).Run(_batch, _images, step: 0);
        Assert.Equal(expected, plan.Gradients);
    }

    public void Dispose() => _team.Dispose();

    private static RuledGradient Ruled(IGradientStep inner, TrainingPlan plan, int every, Action<float[], float[]> perturb) =>
        new("sam", new PerturbedGradient(plan.Network, every, perturb), inner, plan, RunLength.Unknown);

    private sealed class FailingSecondPass(TrainingPlan plan) : IGradientStep
    {
        private int _passes;

        public StepResult Run(IBatchSource source, int images, long step) =>
            ++_passes == 2 ? throw new InvalidOperationException("the second pass") : plan.Step(source, images, step);
    }
}
