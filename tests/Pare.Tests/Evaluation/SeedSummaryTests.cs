using Pare.Evaluation;

namespace Pare.Tests.Evaluation;

public sealed class SeedSummaryTests
{
    // The tables in every statistics book, to the digits that they print.
    [Theory]
    [InlineData(0.95, 1, 12.7062)]
    [InlineData(0.95, 2, 4.30265)]
    [InlineData(0.95, 3, 3.18245)]
    [InlineData(0.95, 4, 2.77645)]
    [InlineData(0.95, 9, 2.26216)]
    [InlineData(0.95, 10, 2.22814)]
    [InlineData(0.95, 29, 2.04523)]
    [InlineData(0.95, 1000, 1.96234)]
    [InlineData(0.99, 1, 63.6567)]
    [InlineData(0.99, 4, 4.60409)]
    [InlineData(0.5, 2, 0.816497)]
    public void The_quantiles_are_those_of_the_tables(double confidence, int degreesOfFreedom, double t) =>
        Assert.Equal(t, StudentT.TwoSidedQuantile(confidence, degreesOfFreedom), 6e-6 * t);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(0.95, 0)]
    public void A_quantile_that_is_not_defined_is_refused(double confidence, int degreesOfFreedom) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => StudentT.TwoSidedQuantile(confidence, degreesOfFreedom));

    [Fact]
    public void Mean_deviation_and_interval_are_the_textbooks()
    {
        SeedSummary summary = SeedSummary.Of([1, 2, 3, 4, 5]);
        Assert.Equal((5, 3.0), (summary.Count, summary.Mean));
        Assert.Equal(Math.Sqrt(2.5), summary.StandardDeviation!.Value, 1e-12);
        Assert.Equal(2.77645 * Math.Sqrt(0.5), summary.HalfWidth!.Value, 1e-5);
    }

    // The critical values of the tables the other way round, and exact values of one and two degrees of freedom.
    [Theory]
    [InlineData(12.7062047, 1, 0.05)]
    [InlineData(1, 1, 0.5)]
    [InlineData(-4.3026527, 2, 0.05)]
    [InlineData(9.9248432, 2, 0.01)]
    [InlineData(2.7764451, 4, 0.05)]
    [InlineData(2.2621572, 9, 0.05)]
    [InlineData(0, 5, 1)]
    [InlineData(double.PositiveInfinity, 3, 0)]
    public void The_p_values_are_those_of_the_tables(double t, int degreesOfFreedom, double p) =>
        Assert.Equal(p, StudentT.TwoSidedPValue(t, degreesOfFreedom), 1e-8);

    [Fact]
    public void A_mean_without_scatter_has_no_p_value_unless_it_is_0()
    {
        Assert.Null(SeedSummary.Of([0.1, 0.1, 0.1]).PValue);
        Assert.Null(SeedSummary.OfDifferences([0.91, 0.92, 0.93], [0.90, 0.91, 0.92]).PValue);
        Assert.Equal(1, SeedSummary.Of([0, 0]).PValue);
        Assert.Null(SeedSummary.Of([0.1]).PValue);
        Assert.Throws<ArgumentOutOfRangeException>(() => StudentT.TwoSidedPValue(double.NaN, 1));
    }

    // One image of 84 more, of 84 and of 10,000, in the six digits of a table and as the singles of a run.
    [Fact]
    public void What_differs_by_its_rounding_alone_does_not_scatter()
    {
        foreach (SeedSummary alike in new[]
        {
            SeedSummary.OfDifferences([0.547619, 0.714286], [0.535714, 0.702381]),
            SeedSummary.OfDifferences([0.535714, 0.702381, 0.571429], [0.547619, 0.714286, 0.583333]),
            SeedSummary.OfDifferences([45 / 84f, 59 / 84f], [46 / 84f, 60 / 84f]),
            SeedSummary.OfDifferences([9901 / 10_000f, 5 / 10_000f], [9900 / 10_000f, 4 / 10_000f]),
        })
        {
            Assert.NotEqual(0, alike.Mean);
            Assert.Equal((0, null, null), (alike.StandardDeviation, alike.HalfWidth, alike.PValue));
        }

        Assert.Equal(1, SeedSummary.OfDifferences([0.547619, 1 / 3.0], [46 / 84f, 1 / 3f]).PValue);

        // One image of 100,000 is no rounding.
        Assert.NotNull(SeedSummary.OfDifferences([0.90001, 0.9], [0.9, 0.9]).HalfWidth);
    }

    [Fact]
    public void A_single_seed_has_no_spread()
    {
        SeedSummary summary = SeedSummary.Of([0.5]);
        Assert.Null(summary.StandardDeviation);
        Assert.Null(summary.HalfWidth);
    }

    [Fact]
    public void Differences_are_taken_seed_by_seed()
    {
        SeedSummary summary = SeedSummary.OfDifferences([0.9, 0.5, 0.7], [0.8, 0.4, 0.6]);
        Assert.Equal(0.1, summary.Mean, 1e-12);
        Assert.Equal(0, summary.StandardDeviation);
        Assert.Throws<ArgumentException>(() => SeedSummary.OfDifferences([1], [1, 2]));
        Assert.Throws<ArgumentException>(() => SeedSummary.Of([]));
    }
}
