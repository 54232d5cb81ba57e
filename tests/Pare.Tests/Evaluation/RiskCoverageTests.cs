using Pare.Evaluation;

namespace Pare.Tests.Evaluation;

public class RiskCoverageTests
{
    [Fact]
    public void The_area_is_the_mean_of_the_risks()
    {
        // The surest is wrong, then three are right: risks 1, 1/2, 1/3, 1/4.
        var curve = RiskCoverage.Of([0.2, 0.9, 0.5, 0.4], [true, false, true, true]);
        Assert.Equal((1 + 0.5 + (1.0 / 3) + 0.25) / 4, curve.Area, 1e-12);
        Assert.Equal([new RiskPoint(0.25, 1), new RiskPoint(0.5, 0.5), new RiskPoint(0.75, 1.0 / 3), new RiskPoint(1, 0.25)],
            curve.Curve());
        Assert.Equal([new RiskPoint(0.5, 0.5), new RiskPoint(1, 0.25)], curve.Curve(most: 2));
        Assert.Equal(0, curve.AccuracyAt(0.01));
        Assert.Equal(0.5, curve.AccuracyAt(0.5));
        Assert.Equal(1 - (1.0 / 3), curve.AccuracyAt(0.51), 1e-12);
    }

    [Fact]
    public void Among_images_of_one_confidence_no_order_matters()
    {
        double[] same = [0.5, 0.5, 0.5, 0.5];
        var one = RiskCoverage.Of(same, [false, true, true, true]);
        Assert.Equal(0.25, one.Area, 1e-12);
        Assert.Equal(one.Curve(), RiskCoverage.Of(same, [true, true, true, false]).Curve());
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        Assert.Throws<ArgumentException>(() => RiskCoverage.Of([], []));
        Assert.Throws<ArgumentException>(() => RiskCoverage.Of([0.5], [true, false]));
        Assert.Throws<ArgumentException>(() => RiskCoverage.Of([double.NaN], [true]));
        var curve = RiskCoverage.Of([0.5], [true]);
        foreach (double coverage in new[] { 0, 1.1, double.NaN })
            Assert.Throws<ArgumentOutOfRangeException>(() => curve.AccuracyAt(coverage));
        Assert.Throws<ArgumentException>(() => RocArea.Of([], [1]));
        Assert.Throws<ArgumentException>(() => RocArea.Of([1], []));
        Assert.Throws<ArgumentException>(() => RocArea.Of([double.NaN], [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => RocArea.StrangersPassing([1], [1], 0));
    }

    [Fact]
    public void Scores_that_say_nothing_have_an_area_of_one_half()
    {
        Assert.Equal(0.5, RocArea.Of([1, 1, 1], [1, 1]));
        Assert.Equal(1, RocArea.Of([2, 3], [0, 1]));
        Assert.Equal(0, RocArea.Of([0, 1], [2, 3]));
        Assert.Equal(1, RocArea.StrangersPassing([1, 1], [1]));
    }
}
