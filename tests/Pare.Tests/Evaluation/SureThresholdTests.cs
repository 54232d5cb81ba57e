using Pare.Evaluation;

namespace Pare.Tests.Evaluation;

public class SureThresholdTests
{
    [Theory]
    [InlineData(0.8)]
    [InlineData(0.9)]
    [InlineData(0.95)]
    public void It_fails_in_no_more_than_one_draw_of_twenty(double wished)
    {
        // Of images with confidence u, 70 % + 30 % u are right: above t, on average 70 % + 15 % (1 + t).
        const int draws = 1000, images = 400;
        int failed = 0, found = 0;
        for (int draw = 0; draw < draws; draw++)
        {
            var random = new SeededRandom(3, draw);
            var confidences = new double[images];
            var right = new bool[images];
            for (int i = 0; i < images; i++)
            {
                confidences[i] = random.NextDouble();
                right[i] = random.NextDouble() < 0.7 + (0.3 * confidences[i]);
            }

            if (SureThreshold.Choose(confidences, right, wished) is not { } chosen) continue;
            found++;
            if (0.7 + (0.15 * (1 + chosen.Threshold)) < wished) failed++;
        }

        Assert.InRange(failed, 0, draws / 20);
        if (wished < 0.9) Assert.InRange(found, draws / 2, draws);
    }

    [Fact]
    public void Where_all_are_right_everything_gets_an_answer_if_there_are_enough()
    {
        bool[] right = [.. Enumerable.Repeat(true, 700)];
        double[] confidences = [.. Enumerable.Range(0, 700).Select(static i => i / 700.0)];
        SureThreshold chosen = SureThreshold.Choose(confidences, right, wished: 0.99)!;
        Assert.Equal((0, 700, 0), (chosen.Threshold, chosen.Sure, chosen.Wrong));
        Assert.Equal(1, chosen.Coverage);
        Assert.Equal(1 - Binomial.UpperBound(0, 700, 0.05 / 20), chosen.Bound);

        // 0.99^n is above 0.05 / 20 for 596 images and fewer.
        Assert.Null(SureThreshold.Choose(confidences.AsSpan(..596), right.AsSpan(..596), wished: 0.99));
        Assert.NotNull(SureThreshold.Choose(confidences.AsSpan(..597), right.AsSpan(..597), wished: 0.99));
    }

    [Theory]
    [InlineData(400, 220)]
    [InlineData(399, 219)]
    public void Above_a_candidate_lie_as_many_images_as_its_share_of_all(int images, int sure)
    {
        // The surest 55 % are right, and no others: of the surest 60 %, one in twelve is wrong.
        double[] confidences = [.. Enumerable.Range(0, images).Select(i => (i + 0.5) / images)];
        bool[] right = [.. Enumerable.Range(0, images).Select(i => i >= images - sure)];
        SureThreshold chosen = SureThreshold.Choose(confidences, right, wished: 0.95)!;
        Assert.Equal((sure, 0), (chosen.Sure, chosen.Wrong));
        Assert.Equal(sure, confidences.Count(confidence => confidence >= chosen.Threshold));
        Assert.InRange(chosen.Threshold, confidences[images - sure - 1], confidences[images - sure]);
    }

    [Fact]
    public void Of_images_with_one_confidence_all_or_none_are_sure()
    {
        double[] same = [.. Enumerable.Repeat(0.5, 1000)];
        bool[] right = [.. Enumerable.Range(0, 1000).Select(static i => i % 10 != 0)];
        Assert.Equal(0, SureThreshold.Choose(same, right, wished: 0.8)!.Threshold);
        Assert.Null(SureThreshold.Choose(same, right, wished: 0.95));
        Assert.Null(SureThreshold.Choose([], [], wished: 0.5));
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        foreach (double wished in new[] { 0, 1, -1, double.NaN })
            Assert.Throws<ArgumentOutOfRangeException>(() => SureThreshold.Choose([0.5], [true], wished));
        Assert.Throws<ArgumentOutOfRangeException>(() => SureThreshold.Choose([0.5], [true], 0.5, risk: 0));
        Assert.Throws<ArgumentException>(() => SureThreshold.Choose([0.5], [], 0.5));
        Assert.Throws<ArgumentException>(() => SureThreshold.Choose([double.NaN], [true], 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Binomial.AtMost(2, 1, 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Binomial.AtMost(0, 1, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => Binomial.UpperBound(0, 1, 1));
        Assert.Equal((1, 1, 0), (Binomial.AtMost(1, 1, 1), Binomial.AtMost(0, 3, 0), Binomial.AtMost(0, 3, 1)));
        Assert.Equal(1, Binomial.UpperBound(0, 0, 0.05));
    }
}
