using Pare.Phases;
using Pare.Runs;

namespace Pare.Tests.Phases;

public sealed class VerdictTests
{
    private static readonly PhaseOutcome s_before = Outcome(1000, 0.98, 0.97);

    [Theory]
    [InlineData(370, 0.9788, true, "-63 % parameters for -0.12 points")]
    [InlineData(370, 0.9825, true, "-63 % parameters for +0.25 points")]
    [InlineData(360, 0.9766, false, "-64 % parameters for -0.34 points, 0.32 allowed")]
    [InlineData(980, 0.9798, false, "-2.0 % parameters for -0.02 points, 0.01 allowed")]
    [InlineData(1000, 0.99, true, "+1.00 points at the same size")]
    [InlineData(1000, 0.979, true, "-0.10 points at the same size, which may be chance")]
    [InlineData(1000, 0.97, false, "-1.00 points at the same size, 0.70 allowed")]
    [InlineData(1100, 0.985, true, "+10 % parameters for +0.50 points")]
    [InlineData(1100, 0.95, false, "+10 % parameters for -3.00 points, 0.82 allowed")]
    public void A_phase_may_lose_the_share_of_the_tolerance_that_it_saves_of_the_parameters(long parameters, double accuracy, bool keep,
        string why)
    {
        var verdict = Verdict.Of(s_before, Outcome(parameters, accuracy, 0.1), tolerance: 0.005, validation: 1000, test: 5);
        Assert.Equal(new Verdict(keep, why), verdict);
    }

    [Fact]
    public void With_several_seeds_chance_is_their_standard_error()
    {
        PhaseOutcome before = Outcome(1000, 0.98, 0.97, 0.002, 4), after = Outcome(1000, 0.9790, 0.97, 0.002, 4);
        Assert.True(Verdict.Of(before, after, 0.005, 1000, 1000).Keep);
        Assert.EndsWith("0.14 allowed", Verdict.Of(before, Outcome(1000, 0.97, 0.97, 0.002, 4), 0.005, 1000, 1000).Why,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_validation_split_the_test_set_is_judged_by()
    {
        var verdict = Verdict.Of(s_before with { Validation = null }, Outcome(500, 0.1, 0.975), 0.005, 0, 1000);
        Assert.Equal("-50 % parameters for +0.50 points", verdict.Why);
    }

    [Fact]
    public void The_first_phase_is_kept_whatever_it_does() => Assert.True(Verdict.Of(null, Outcome(10, 0.1, 0.1), 0, 10, 10).Keep);

    [Fact]
    public void A_spread_is_the_samples_mean_and_deviation()
    {
        var spread = Spread.Of([0.97, 0.98, 0.99]);
        Assert.Equal(0.98, spread.Mean, 12);
        Assert.Equal(0.01, spread.Deviation!.Value, 12);
        Assert.Equal("98.00 ± 1.00", spread.Percent(deviation: true));
        Assert.Equal(new Spread(0.5, null), Spread.Of([0.5]));
    }

    private static PhaseOutcome Outcome(long parameters, double validation, double test, double deviation = 0, int seeds = 1) => new()
    {
        Name = "a",
        Target = "",
        Change = "",
        Parameters = parameters,
        Macs = 1,
        Runs = [.. Enumerable.Range(1, seeds).Select(static seed => $"01-a/seed-{seed}")],
        Train = new Spread(0.99, 0),
        Validation = new Spread(validation, deviation),
        Test = new Spread(test, deviation),
        Seconds = 1,
    };
}
