using Pare.Graphs;
using Pare.Recipes;
using Pare.Runs;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Averaging;

namespace Pare.Tests.Training;

public class TimeBudgetTests
{
    private static readonly Graph Graph = Resumed.Network().Graph;

    [Theory]
    [InlineData(100, 10, 10)]
    [InlineData(99.9, 10, 9)]
    [InlineData(5, 10, 1)]
    [InlineData(-5, 10, 1)]
    [InlineData(5, 0, TimeBudget.MostEpochs)]
    [InlineData(0, 0, 1)]
    public void Whole_epochs_that_fit_and_at_least_one(double seconds, double epochSeconds, int epochs) =>
        Assert.Equal(epochs, TimeBudget.Epochs(seconds, epochSeconds));

    [Fact]
    public void More_minutes_are_more_epochs_and_what_is_measured_counts()
    {
        // Every look at the clock takes it on by 10 ms: a step is 10 ms, and so are three measurements of all images.
        int few = Fit(minutes: 1), many = Fit(minutes: 4), average = Fit(minutes: 4, new Swa()), after = Fit(minutes: 4, after: 1_000_000);
        Assert.InRange(few, 10, 60 / (5 * 0.01));
        Assert.InRange(many, 4 * few, 5 * few);
        Assert.InRange(average, 1, many);
        Assert.InRange(after, 1, many - 1);

        static int Fit(double minutes, Technique? technique = null, int after = 0)
        {
            TrainingOptions options =
                Resumed.Options with { Minutes = minutes, Techniques = technique is null ? [] : [technique] };
            TrainingOptions fitted = TimeBudget.Fit(Graph, Resumed.Data, options, after, new TickingClock(TimeSpan.FromMilliseconds(10)));
            Assert.Null(fitted.Minutes);
            return fitted.Epochs;
        }
    }

    [Fact]
    public void Without_minutes_the_options_stay_as_they_are() =>
        Assert.Same(Resumed.Options, TimeBudget.Fit(Graph, Resumed.Data, Resumed.Options));

    [Fact]
    public void A_session_takes_minutes_as_epochs_and_one_that_goes_on_keeps_their_number()
    {
        TrainingOptions options = Resumed.Options with { Minutes = 0.001 };
        Network network = Resumed.Network(), other = Resumed.Network(seed: 2);
        using var session = new TrainingSession(network, Resumed.Data, options);
        Assert.Equal((1, null), (session.Options.Epochs, session.Options.Minutes));
        session.Step();
        TrainingState state = session.Capture() with { Epochs = 3, Steps = 15, Settings = null };
        using var resumed = new TrainingSession(other, Resumed.Data, options, state);
        Assert.Equal((3, null), (resumed.Options.Epochs, resumed.Options.Minutes));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Minutes_that_are_none_are_refused(double minutes) =>
        Assert.Equal("training.minutes",
            Assert.Throws<RecipeException>(() => new TrainingSession(Resumed.Network(), Resumed.Data,
                Resumed.Options with { Minutes = minutes })).Where);

    [Fact]
    public void A_fitted_recipe_is_one_of_epochs_that_reads_back_as_itself()
    {
        // A network that no machine trains for two epochs in 60 ms.
        var recipe = Recipe.Parse(
            "dataset: { name: glyphs }\nmodel: { input: 1x28x28, layers: [{conv: 64}, {conv: 64}, global_average_pool, {linear: 10}] }\n" +
            "training: { minutes: 0.001, epochs: 7, batch_size: 50 }", "small.yaml");
        Recipe fitted = RunBudget.Fit(recipe, Resumed.Data, threads: 1);
        Assert.Equal((1, null), (fitted.Training.Epochs, fitted.Training.Minutes));
        Assert.Equal((7, 0.001), (recipe.Training.Epochs, recipe.Training.Minutes));
        var read = Recipe.Parse(fitted.ToYaml(), "small.yaml");
        Assert.Equal(fitted.ToYaml(), read.ToYaml());
        Assert.Equal(1, read.Training.Epochs);
        Assert.Equal(recipe.ToYaml().Replace("epochs: 7", "epochs: 1", StringComparison.Ordinal)
            .Replace("minutes: 0.001", "minutes:", StringComparison.Ordinal), fitted.ToYaml());
        Assert.Same(fitted, RunBudget.Fit(fitted, Resumed.Data, threads: 1));
    }
}
