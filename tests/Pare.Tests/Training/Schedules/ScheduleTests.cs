using CsCheck;
using Pare.Tests.Support;
using Pare.Tests.Support.Parity;
using Pare.Training.Averaging;
using Pare.Training.Schedules;

namespace Pare.Tests.Training.Schedules;

public sealed class ScheduleTests
{
    public static TheoryData<Schedule> All =>
    [
        new Constant(),
        new Constant { WarmupSteps = 5 },
        new Cosine { WarmupSteps = 5 },
        new CosineRestarts(),
        new Step(),
        new OneCycle(),
        new OneCycle { ThreePhase = true, Anneal = Anneal.Linear },
        new OneCycle { WarmupFraction = 0 },
        new OneCycle { WarmupFraction = 1 },
        new OneCycle { ThreePhase = true, WarmupFraction = 0.5 },
        new Cyclical { CycleMomentum = true },
        new Cyclical { Mode = CycleMode.Triangular2, CycleSteps = 7 },
        new Cyclical { Mode = CycleMode.ExpRange },
        new SwaSchedule { Before = new Constant(), Rate = 0.05, Start = 0.5, AnnealFraction = 0.25, Anneal = Anneal.Cosine },
        new RangeTest(),
    ];

    [Fact]
    public void Rates_agree_with_pytorch()
    {
        IReadOnlyList<FixtureCase> cases = FixtureFolder.Load("lr_schedule");
        Assert.NotEmpty(cases);
        foreach (FixtureCase fixture in cases) ScheduleParity.Run(fixture);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Rates_are_finite_and_not_negative_in_runs_of_any_length(Schedule schedule)
    {
        schedule.Validate();
        Gen.Select(Gen.Long[1, 40], Gen.Long[0, 100]).Sample((steps, step) =>
        {
            Rates rates = schedule.At(step, steps);
            Assert.True(float.IsFinite(rates.LearningRate) && rates.LearningRate >= 0, $"{rates} at {step} of {steps}");
            Assert.True(rates.Momentum is null or (>= 0 and < 1), $"{rates} at {step} of {steps}");
        }, iter: 300);
    }

    [Fact]
    public void Cosine_stays_at_its_minimum_after_the_end()
    {
        var schedule = new Cosine { Rate = 1, MinRate = 0.1 };
        Assert.Equal(0.1f, schedule.At(20, 20).LearningRate);
        Assert.Equal(0.1f, schedule.At(35, 20).LearningRate);
    }

    [Fact]
    public void One_cycle_holds_its_final_rate_after_the_end()
    {
        var schedule = new OneCycle { PeakRate = 1, Div = 10, FinalDiv = 100 };
        Assert.Equal(0.001f, schedule.At(49, 50).LearningRate, 1e-9f);
        Assert.Equal(schedule.At(49, 50), schedule.At(90, 50));
    }

    [Fact]
    public void One_cycle_without_room_for_a_warm_up_starts_at_its_peak()
    {
        // Warm-up 0.1 of 10 steps ends at step 0, where PyTorch divides 0 by 0.
        Assert.Equal(new Rates(1, 0.85f), new OneCycle { PeakRate = 1, WarmupFraction = 0.1 }.At(0, 10));
    }

    [Fact]
    public void One_cycle_leaves_the_momentum_alone_when_told_to() =>
        Assert.Null(new OneCycle { CycleMomentum = false }.At(3, 10).Momentum);

    [Fact]
    public void A_warm_up_climbs_in_equal_parts_and_the_schedule_starts_after_it()
    {
        var warmed = new Cosine { Rate = 1, WarmupSteps = 3 };
        Assert.Equal([0.25f, 0.5f, 0.75f, 1f], Rates(warmed, 13).Take(4));
        Assert.Equal(Rates(warmed with { WarmupSteps = 0 }, 10), Rates(warmed, 13).Skip(3));
    }

    [Fact]
    public void Steps_drop_at_their_fractions_of_the_run()
    {
        var schedule = new Step { Rate = 1, Factor = 0.5, Drops = [0.5, 0.75] };
        Assert.Equal([1f, 1f, 1f, 1f, 0.5f, 0.5f, 0.25f, 0.25f], Rates(schedule, 8));

        // 0.55 of 100 is 55.00000000000001 in double precision.
        Assert.Equal(55, Rates(schedule with { Drops = [0.55] }, 100).Count(static rate => rate == 1));
    }

    [Fact]
    public void Steps_are_equal_when_their_drops_are()
    {
        Assert.Equal(new Step { Drops = [0.2] }, new Step { Drops = [0.2] });
        Assert.NotEqual(new Step { Drops = [0.2] }, new Step { Drops = [0.3] });
    }

    [Fact]
    public void Restarts_begin_at_the_full_rate_and_grow()
    {
        // Three cycles, each twice as long as the last, in 28 steps: 4, 8 and 16.
        float[] rates = Rates(new CosineRestarts { Rate = 1, Cycles = 3, Growth = 2 }, 28);
        Assert.Equal([0, 4, 12], Enumerable.Range(0, 28).Where(i => rates[i] == 1));
        Assert.Equal(0.5f, rates[2], 1e-6f);
        Assert.Equal(0.5f, rates[8], 1e-6f);
        Assert.Equal(0.5f, rates[20], 1e-6f);
    }

    [Fact]
    public void Cycles_without_a_length_fill_the_run()
    {
        float[] rates = Rates(new Cyclical { BaseRate = 0, PeakRate = 1, Cycles = 2 }, 8);
        Assert.Equal([0, 0.5f, 1, 0.5f, 0, 0.5f, 1, 0.5f], rates);
    }

    [Fact]
    public void A_range_test_of_one_step_takes_the_lowest_rate() => Assert.Equal(1e-5f, new RangeTest().At(0, 1).LearningRate);

    public static TheoryData<Schedule, string> Wrong => new()
    {
        { new Constant { Rate = 0 }, "rate" },
        { new Constant { WarmupSteps = -1 }, "warmup_steps" },
        { new Cosine { Rate = double.PositiveInfinity }, "rate" },
        { new Cosine { Rate = 0.1, MinRate = 0.2 }, "min_rate" },
        { new Step { Factor = 1 }, "factor" },
        { new Step { Drops = [0.5, 0.5] }, "drops" },
        { new Step { Drops = [1] }, "drops" },
        { new CosineRestarts { Cycles = 0 }, "cycles" },
        { new CosineRestarts { Growth = 0.5 }, "growth" },
        { new OneCycle { PeakRate = double.NaN }, "peak_rate" },
        { new OneCycle { WarmupFraction = 1.1 }, "warmup_fraction" },
        { new OneCycle { WarmupFraction = 0.6, ThreePhase = true }, "warmup_fraction" },
        { new OneCycle { Div = 0.5 }, "div" },
        { new OneCycle { FinalDiv = 0 }, "final_div" },
        { new OneCycle { BaseMomentum = 0.96 }, "base_momentum" },
        { new OneCycle { MaxMomentum = 1 }, "max_momentum" },
        { new Cyclical { BaseRate = 1 }, "base_rate" },
        { new Cyclical { Cycles = 0 }, "cycles" },
        { new Cyclical { CycleSteps = 1 }, "cycle_steps" },
        { new Cyclical { UpFraction = 1 }, "up_fraction" },
        { new Cyclical { Gamma = 0 }, "gamma" },
        { new RangeTest { LowRate = 1, HighRate = 0.5 }, "high_rate" },
        { new CosineRestarts { Cycles = 2_000 }, "cycles" },
        { new CosineRestarts { Cycles = 1_000 }, "growth" },
        { new CosineRestarts { Growth = 1e200 }, "growth" },
        { new Constant { Rate = 1e39 }, "rate" },
        { new Constant { Rate = 1e-60 }, "rate" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_setting_out_of_range_is_named(Schedule schedule, string name) =>
        Assert.Contains(name, Assert.Throws<ArgumentException>(schedule.Validate).Message, StringComparison.Ordinal);

    private static float[] Rates(Schedule schedule, int steps) =>
        [.. Enumerable.Range(0, steps).Select(step => schedule.At(step, steps).LearningRate)];
}
