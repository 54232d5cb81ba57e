using Pare.Data;
using Pare.Graphs;
using Pare.Training;
using Pare.Training.Averaging;
using Pare.Training.Losses;
using Pare.Training.Schedules;

namespace Pare.Tests.Training;

public sealed class RateFinderTests
{
    private static readonly Dataset s_data = Glyphs.Create(seed: 3, train: 200, test: 10);
    private static readonly Graph s_graph = GraphBuilder.Input(1, 28, 28).Conv(4, stride: 4).BatchNorm().Relu().GlobalAveragePool()
        .Linear(10).Build();
    private static readonly TrainingOptions s_options = new() { Epochs = 2, BatchSize = 32, Techniques = [new LabelSmoothing()] };

    [Fact]
    public void Rates_rise_by_equal_ratios_and_the_loss_is_smoothed_from_its_first_value()
    {
        RateCurve curve = RateFinder.Run(s_graph, s_data, s_options, new RateFinderOptions { Steps = 40, MinRate = 1e-4, MaxRate = 1e-2 });
        Assert.Equal(40, curve.Points.Count);
        Assert.False(curve.Diverged);
        Assert.Equal((1e-4f, 1e-2f), ((float)curve.Points[0].Rate, (float)curve.Points[^1].Rate));
        Assert.Equal(curve.Points[1].Rate / curve.Points[0].Rate, curve.Points[31].Rate / curve.Points[30].Rate, 1e-5);
        Assert.Equal(curve.Points[0].Loss, curve.Points[0].Smoothed);
        for (int i = 1; i < curve.Points.Count; i++)
            Assert.Equal((0.05 * curve.Points[i].Loss) + (0.95 * curve.Points[i - 1].Smoothed), curve.Points[i].Smoothed, 1e-12);
    }

    [Fact]
    public void The_steepest_fall_is_before_the_lowest_loss()
    {
        // Down slowly to the lowest of all, and then up and down in leaps.
        double[] losses = [.. Enumerable.Range(0, 40).Select(static i => 3 - (0.05 * i)),
            .. Enumerable.Range(0, 20).Select(static i => 4.0 + (i % 3))];
        var curve = new RateCurve([.. losses.Select(static (loss, i) => new RatePoint(Math.Pow(10, i - 50), loss, loss))], Diverged: false);
        Assert.True(curve.SteepestRate < curve.Lowest.Rate, $"{curve.SteepestRate} of {curve.Lowest.Rate}");
    }

    [Fact]
    public void Its_steps_are_those_of_a_real_run_with_the_same_techniques()
    {
        RateCurve curve = RateFinder.Run(s_graph, s_data, s_options, new RateFinderOptions { Steps = 24, MinRate = 1e-9, MaxRate = 2e-9 });
        TrainingResult run =
            Trainer.Run(new Network(s_graph, s_options.Seed), s_data, s_options with { Schedule = new Constant { Rate = 1e-9 } });

        // At such rates nothing is learned: an epoch of 6 steps has the mean loss of these 6 points.
        Assert.Equal(run.Epochs[0].TrainLoss, curve.Points.Take(6).Average(static point => point.Loss), 1e-5);
        Assert.Equal(run.Epochs[1].TrainLoss, curve.Points.Skip(6).Take(6).Average(static point => point.Loss), 1e-5);
        RateCurve hard =
            RateFinder.Run(s_graph, s_data, s_options with { Techniques = [] },
            new RateFinderOptions { Steps = 24, MinRate = 1e-9, MaxRate = 2e-9 });
        Assert.NotEqual(curve.Points[0].Loss, hard.Points[0].Loss);
    }

    [Fact]
    public void The_same_seed_gives_the_same_curve_for_any_number_of_threads()
    {
        var rates = new RateFinderOptions { Steps = 30 };
        Assert.Equal(
            RateFinder.Run(s_graph, s_data, s_options with { Threads = 1 }, rates).Points,
            RateFinder.Run(s_graph, s_data, s_options with { Threads = 2 }, rates).Points);
    }

    [Fact]
    public void What_ends_a_training_early_or_takes_it_back_does_not_touch_the_curve()
    {
        var rates = new RateFinderOptions { Steps = 200, MinRate = 1e-9, MaxRate = 1e30 };
        TrainingOptions options = s_options with { ValidationFraction = 0.2f };
        RateCurve curve = RateFinder.Run(s_graph, s_data, options, rates), same = RateFinder.Run(s_graph, s_data,
            options with { Patience = 1, Minutes = 0.001, OnDivergence = DivergenceResponse.HalveRate }, rates);
        Assert.True(curve.Diverged);
        Assert.Equal(curve.Points, same.Points);
        Assert.True(same.Diverged);
    }

    [Fact]
    public void A_rate_that_an_average_of_weights_has_does_not_touch_the_curve()
    {
        var rates = new RateFinderOptions { Steps = 24 };
        TrainingOptions averaged = s_options with { Techniques = [.. s_options.Techniques, new Swa { Rate = 0.05, Start = 0.1 }] };
        Assert.Equal(RateFinder.Run(s_graph, s_data, s_options, rates).Points, RateFinder.Run(s_graph, s_data, averaged, rates).Points);
    }

    [Fact]
    public void It_stops_where_the_loss_breaks_away()
    {
        RateCurve curve = RateFinder.Run(s_graph, s_data, s_options, new RateFinderOptions { Steps = 200, MinRate = 1e-2, MaxRate = 1e9 });
        Assert.True(curve.Diverged);
        Assert.InRange(curve.Points.Count, 5, 199);
    }

    [Fact]
    public void Cancelled_from_outside_it_throws()
    {
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() =>
            RateFinder.Run(s_graph, s_data, s_options, new RateFinderOptions(), _ => cancellation.Cancel(), cancellation.Token));
    }

    [Fact]
    public void The_steepest_fall_leaves_out_the_first_ten_and_the_last_five_points()
    {
        // Falls by 1 a step, by 5 at steps 3 and 27, by 3 at step 18.
        double loss = 100;
        var points = new List<RatePoint>();
        for (int i = 0; i < 30; i++)
        {
            loss -= i is 3 or 27 ? 5 : i == 18 ? 3 : 1;
            points.Add(new RatePoint(i + 1, loss, loss));
        }

        var curve = new RateCurve(points, Diverged: false);
        Assert.InRange(curve.SteepestRate!.Value, 18, 19);
        Assert.Equal(3, curve.HighestRate);
        var rising = new RateCurve([.. points.Select(static (point, i) => point with { Smoothed = i })], Diverged: true);
        Assert.Equal((null, null), (rising.SteepestRate, rising.HighestRate));
    }

    [Fact]
    public void Settings_out_of_range_are_named()
    {
        Assert.Equal("Steps", Where(new RateFinderOptions { Steps = 19 }));
        Assert.Equal("MinRate", Where(new RateFinderOptions { MinRate = 0 }));
        Assert.Equal("MaxRate", Where(new RateFinderOptions { MinRate = 1, MaxRate = 1 }));

        static string Where(RateFinderOptions options) => Assert.Throws<RecipeException>(options.Validate).Where;
    }
}
