using System.Globalization;
using Pare.Cli;
using Pare.Recipes;
using Pare.Tests.Cli;

namespace Pare.Tests;

public class RoundingTests
{
    // What is missed by less than two digits show is shown with more; a target in more digits than two is shown in all of them.
    [Theory]
    [InlineData(0.9919666666666667, 0.992f, "99.197", "99.20")]
    [InlineData(0.9919986, 0.992f, "99.1999", "99.20")]
    [InlineData(0.9919983, 0.992f, "99.1998", "99.20")]
    [InlineData(0.99, 0.992f, "99.00", "99.20")]
    [InlineData(0.9919, 0.99196f, "99.19", "99.196")]
    [InlineData(0.99194, 0.99196f, "99.19", "99.196")]
    [InlineData(0.99195, 0.99196f, "99.195", "99.196")]
    [InlineData(0.999999, 1f, "99.9999", "100.00")]
    [InlineData(0, 0.00001f, "0.00", "0.001")]
    public void A_missed_target_and_what_misses_it_are_told_apart(double reached, float target, string text, string limit)
    {
        Recipe recipe = Of(target);
        Assert.Equal($"{text} % test accuracy, and the target is {limit} %.", Assert.Single(recipe.Missed(reached, 1)));
        Assert.Equal($"{limit} % test accuracy", Assert.Single(recipe.Claims));
        var cli = new TestCli();
        Assert.Equal(ExitCode.TargetMissed, Target.Check(cli.Console, recipe, reached, 1, "runs/a", "Train longer"));
        Assert.StartsWith($"error: The test accuracy of {text} % misses the recipe's target of {limit} %.\n", cli.Error,
            StringComparison.Ordinal);
    }

    // 0.9919 and 0.9921 as floats have a mean that is below 0.992 by their own rounding.
    [Theory]
    [InlineData(new[] { 0.9919f, 0.9921f }, 0.992f)]
    [InlineData(new[] { 0.9907f, 0.9933f }, 0.992f)]
    [InlineData(new[] { 0.58f }, 0.58f)]
    [InlineData(new[] { 0.1f, 0.2f, 0.3f }, 0.2f)]
    public void A_target_that_is_reached_to_the_image_is_reached(float[] seeds, float target)
    {
        double mean = seeds.Average(static seed => (double)seed);
        Assert.Empty(Of(target).Missed(mean, 1));
        Assert.NotEmpty(Of(target).Missed(mean - 1e-5, 1));
        Assert.Equal(ExitCode.Done,
            Target.Check(new TestCli().Console, Of(target), mean, 1, "runs/a", "Train longer"));
    }

    [Theory]
    [InlineData(58.0, 100.0 * 174 / 300, 100 * (174.0 / 300), false)]
    [InlineData(99.9, 99.8999, 99.8999, true)]
    public void A_share_that_is_asked_for_is_held_whatever_its_computation_rounds(double limit, double one, double other, bool isBelow)
    {
        Assert.Equal(isBelow, Rounding.IsBelow(one, limit));
        Assert.Equal(isBelow, Rounding.IsBelow(other, limit));
    }

    [Fact]
    public void What_is_no_number_reaches_nothing_and_is_shown_as_it_is()
    {
        Assert.True(Rounding.IsBelow(double.NaN, 0.5));
        Assert.Equal("NaN", Rounding.PercentBeside(float.NaN, 0.5f));
        Assert.Equal("NaN", Rounding.Beside(double.NaN, 0.5, 2));
    }

    [Theory]
    [InlineData(99.8996, 99.9, "99.8996")]
    [InlineData(0.3004, 0.3, "0.3004")]
    [InlineData(0.31, 0.3, "0.31")]
    [InlineData(100, 0.3, "100.00")]
    [InlineData(0.3, 0.3, "0.30")]
    public void A_figure_keeps_to_its_side_of_a_limit(double figure, double limit, string text) =>
        Assert.Equal(text, Rounding.Beside(figure, limit, 2));

    // Every pair of neighbours, whichever way each is rounded.
    [Fact]
    public void However_near_two_accuracies_are_their_texts_are_in_order()
    {
        var random = new Random(5);
        for (int i = 0; i < 2000; i++)
        {
            float target = random.NextSingle(), below = MathF.BitDecrement(target);
            for (int far = random.Next(20); far > 0; far--) below = MathF.BitDecrement(below);
            decimal shown = decimal.Parse(Rounding.PercentBeside(below, target), CultureInfo.InvariantCulture);
            Assert.True(shown < decimal.Parse(Rounding.Percent(target), CultureInfo.InvariantCulture),
                $"{below:R} beside {target:R}");
        }
    }

    [Theory]
    [InlineData(0.43425, "43.43")]
    [InlineData(0.43425f, "43.43")]
    [InlineData(0.15925, "15.93")]
    [InlineData(0.999949, "99.99")]
    [InlineData(1, "100.00")]
    [InlineData(double.NaN, "NaN")]
    public void A_share_is_rounded_alike_wherever_it_is_shown(double share, string text)
    {
        Assert.Equal(text, Rounding.InPercent(share));
        Assert.Equal(text + " %", Pare.Cli.Amounts.Percent((float)share));
        if (double.IsFinite(share)) Assert.Equal(text + " %", Pare.Reporting.Figures.Percent(share));
    }

    [Fact]
    public void An_amount_that_is_short_for_the_same_as_its_limit_is_written_in_full()
    {
        Assert.Equal(("6.4 GB", "6.3 GB"), Rounding.Apart(6_871_947_674, 6_764_573_491, AvailableMemory.Text));
        Assert.Equal(("6,871,947,675 bytes", "6,871,947,674 bytes"), Rounding.Apart(6_871_947_675, 6_871_947_674, AvailableMemory.Text));
    }

    private static Recipe Of(float target) => Recipe.Parse(
        string.Create(CultureInfo.InvariantCulture, $$"""
            name: a
            dataset: { name: glyphs }
            model: { input: 1x28x28, layers: [global_average_pool, linear: 10] }
            target: { test_accuracy: {{target}} }
            """), "a.yaml");

    [Theory]
    [InlineData(0.3141, "0.314")]
    [InlineData(0.0496, "0.0496")]
    [InlineData(0.05, "0.050")]
    [InlineData(0.05004, "0.05004")]
    [InlineData(1, "1.000")]
    [InlineData(0.001, "0.001")]
    [InlineData(0.0009999, "<0.001")]
    [InlineData(0, "<0.001")]
    public void A_p_value_stays_on_its_side_of_5_percent(double p, string text) => Assert.Equal(text, Rounding.PValue(p));
}
