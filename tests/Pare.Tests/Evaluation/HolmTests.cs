using Pare.Evaluation;

namespace Pare.Tests.Evaluation;

public sealed class HolmTests
{
    // The p values of Holm's own kind of example, by hand: 4 x 0.01, then 3 x 0.02, 2 x 0.03 and 1 x 0.04, none below the one before it.
    [Fact]
    public void The_smallest_counts_as_often_as_there_are_questions_the_next_once_less()
    {
        double?[] adjusted = Holm.Adjust([0.03, 0.01, 0.04, 0.02]);
        Assert.Equal([0.06, 0.04, 0.06, 0.06], adjusted.Select(static value => Math.Round(value!.Value, 12)));
    }

    [Fact]
    public void A_question_without_an_answer_does_not_count_and_none_is_above_1()
    {
        Assert.Equal([null, 0.5, 0.8], Holm.Adjust([null, 0.25, 0.8]));
        Assert.Equal([1.0, 1.0], Holm.Adjust([0.7, 0.8]));
        Assert.Empty(Holm.Adjust([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Holm.Adjust([1.5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Holm.Adjust([double.NaN]));
    }

    // Tables of twelve rows without any effect, three seeds each: how often one of them is found to have one.
    [Fact]
    public void A_table_without_an_effect_shows_one_at_most_one_time_in_twenty()
    {
        const int trials = 4000, rows = 12, seeds = 3;
        var random = new Random(18);
        int alone = 0, corrected = 0;
        for (int trial = 0; trial < trials; trial++)
        {
            // The baseline is in every difference, so that these hang together as in a table.
            double[] baseline = Draw();
            double?[] values = [.. Enumerable.Range(0, rows).Select(_ => SeedSummary.OfDifferences(Draw(), baseline).PValue)];
            if (values.Any(static value => value < 0.05)) alone++;
            if (Holm.Adjust(values).Any(static value => value < 0.05)) corrected++;
        }

        Assert.InRange((double)corrected / trials, 0.01, 0.06);
        Assert.InRange((double)alone / trials, 0.25, 0.6);

        double[] Draw() => [.. Enumerable.Range(0, seeds).Select(_ =>
            Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))];
    }
}
