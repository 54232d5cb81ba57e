using CsCheck;
using Pare.Graphs;
using Pare.Tests.Support;
using Pare.Tests.Support.Parity;
using Pare.Training.Optimizers;

namespace Pare.Tests.Training.Optimizers;

public sealed class OptimizerTests
{
    public static TheoryData<Optimizer> All =>
    [
        new Sgd { Momentum = 0, WeightDecay = 0.01f },
        new Sgd { WeightDecay = 0.01f },
        new Sgd { Dampening = 0.5f },
        new Sgd { Nesterov = true, WeightDecay = 0.01f },
        new Adam { WeightDecay = 0.01f },
        new AdamW(),
    ];

    [Fact]
    public void Updates_agree_with_pytorch()
    {
        IReadOnlyList<FixtureCase> cases = FixtureFolder.Load("optimizer");
        Assert.NotEmpty(cases);
        foreach (FixtureCase fixture in cases) OptimizerParity.Run(fixture);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_weight_gets_the_same_bits_however_the_parameters_are_cut(Optimizer optimizer) =>
        Gen.Int[1, 67].Array[2, 4].Sample(lengths =>
    {
        int count = lengths.Sum();
        float[] whole = Train(optimizer, 0, count);
        int start = 0;
        foreach (int length in lengths)
        {
            Assert.Equal(whole[start..(start + length)], Train(optimizer, start, length));
            start += length;
        }
    }, iter: 20);

    [Theory]
    [MemberData(nameof(All))]
    public void Updating_allocates_nothing(Optimizer optimizer)
    {
        float[] weights = new float[133], gradients = new float[133], state = new float[optimizer.StateCount * 133];
        for (int i = 0; i < 3; i++) optimizer.Update(weights, gradients, state, new OptimizerStep(i, 0.1f, null, 0.1f));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 3; i < 20; i++) optimizer.Update(weights, gradients, state, new OptimizerStep(i, 0.1f, 0.8f, 0.1f));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_parameter_without_gradient_and_decay_stays(Optimizer optimizer)
    {
        float[] weights = [1, -2, 3];
        var state = new float[optimizer.StateCount * 3];
        for (int i = 0; i < 5; i++) optimizer.Update(weights, new float[3], state, new OptimizerStep(i, 0.1f, null, 0));
        Assert.Equal([1, -2, 3], weights);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Lengths_that_do_not_fit_are_refused(Optimizer optimizer)
    {
        Assert.Throws<ArgumentException>(() => optimizer.Update(new float[4], new float[3], new float[optimizer.StateCount * 4], default));
        Assert.Throws<ArgumentException>(() =>
            optimizer.Update(new float[4], new float[4], new float[(optimizer.StateCount * 4) + 1], default));
    }

    [Fact]
    public void The_momentum_of_a_schedule_replaces_the_optimizers_own()
    {
        var set = new Sgd { Momentum = 0.5f };
        var asked = new Sgd { Momentum = 0.9f };
        Assert.Equal(Train(set, 0, 20), Train(asked, 0, 20, momentum: 0.5f));
        Assert.NotEqual(Train(set, 0, 20), Train(asked, 0, 20));
        Assert.Equal(Train(new Adam { Beta1 = 0.5f }, 0, 20), Train(new Adam(), 0, 20, momentum: 0.5f));
        Assert.Equal(Train(new Sgd { Momentum = 0 }, 0, 20), Train(new Sgd { Momentum = 0 }, 0, 20, momentum: 0.5f));
    }

    [Fact]
    public void Dampening_leaves_the_first_step_alone()
    {
        float[] plain = [1], damped = [1];
        var step = new OptimizerStep(0, 0.5f, null, 0);
        new Sgd().Update(plain, [1], new float[1], step);
        new Sgd { Dampening = 0.5f }.Update(damped, [1], new float[1], step);
        Assert.Equal(plain, damped);

        // Second step by hand: v = 0.9 * 1 + 0.5 * 1 = 1.4.
        float[] state = [1];
        new Sgd { Dampening = 0.5f }.Update(damped, [1], state, step with { Index = 1 });
        Assert.Equal(1.4f, state[0], 1e-6f);
        Assert.Equal(0.5f - 0.7f, damped[0], 1e-6f);
    }

    [Fact]
    public void Norms_and_biases_decay_only_when_asked_and_statistics_never()
    {
        var sgd = new Sgd { WeightDecay = 0.5f };
        Assert.Equal((0.5f, 0f, 0f),
            (sgd.DecayOf(ParameterRole.Weight), sgd.DecayOf(ParameterRole.NormOrBias), sgd.DecayOf(ParameterRole.Statistic)));
        sgd = sgd with { DecayNormsAndBiases = true };
        Assert.Equal((0.5f, 0.5f, 0f),
            (sgd.DecayOf(ParameterRole.Weight), sgd.DecayOf(ParameterRole.NormOrBias), sgd.DecayOf(ParameterRole.Statistic)));
    }

    public static TheoryData<Optimizer, string> Wrong => new()
    {
        { new Sgd { WeightDecay = -1 }, "weight_decay" },
        { new Sgd { WeightDecay = float.NaN }, "weight_decay" },
        { new Sgd { Momentum = 1 }, "momentum" },
        { new Sgd { Momentum = float.NaN }, "momentum" },
        { new Sgd { Dampening = 1.1f }, "dampening" },
        { new Sgd { Nesterov = true, Momentum = 0 }, "nesterov" },
        { new Sgd { Nesterov = true, Dampening = 0.1f }, "nesterov" },
        { new AdamW { Beta1 = 1 }, "beta1" },
        { new AdamW { Beta2 = -0.1f }, "beta2" },
        { new Adam { Epsilon = 0 }, "epsilon" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_setting_out_of_range_is_named(Optimizer optimizer, string name) =>
        Assert.Contains(name, Assert.Throws<ArgumentException>(optimizer.Validate).Message, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(All))]
    public void Usual_settings_are_valid(Optimizer optimizer) => optimizer.Validate();

    /// <summary>Five steps of parameters whose start and gradients depend on their index only.</summary>
    private static float[] Train(Optimizer optimizer, int first, int count, float? momentum = null)
    {
        float[] weights = [.. Enumerable.Range(first, count).Select(static i => MathF.Sin(i))];
        var state = new float[optimizer.StateCount * count];
        for (int i = 0; i < 5; i++)
        {
            float[] gradients = [.. Enumerable.Range(first, count).Select(j => MathF.Cos((7 * j) + i))];
            optimizer.Update(weights, gradients, state, new OptimizerStep(i, 0.05f, momentum, 0.01f));
        }

        return weights;
    }
}
