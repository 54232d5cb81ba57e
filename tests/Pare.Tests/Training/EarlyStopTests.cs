using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Averaging;
using Pare.Training.Schedules;

namespace Pare.Tests.Training;

public class EarlyStopTests
{
    // The rate is so small that nothing becomes better but by chance, and weights stay as they are.
    private static readonly TrainingOptions Still =
        Resumed.Options with { Epochs = 50, Patience = 2, Schedule = new Constant { Rate = 1e-30 } };

    [Theory]
    [InlineData("3 2 1", "0.1 0.2 0.3", 0)]
    [InlineData("3 3 3", "0.1 0.1 0.1", 2)]
    [InlineData("3 4 5", "0.1 0.2 0.3", 0)]
    [InlineData("3 2 1", "0.3 0.2 0.1", 0)]
    [InlineData("1 2 3", "0.3 0.2 0.3", 2)]
    [InlineData("1 2 0.5 2", "0.3 0.2 0.1 0.1", 1)]
    [InlineData("", "", 0)]
    public void A_lower_loss_or_a_higher_accuracy_counts(string losses, string accuracies, int since)
    {
        float[] loss = Numbers(losses), accuracy = Numbers(accuracies);
        Assert.Equal(since, EarlyStop.Since([.. loss.Select((value, i) => new EpochMetrics(i + 1, 0, 0, value, accuracy[i], 0, 0, 0))]));
    }

    [Fact]
    public void A_training_that_does_not_become_better_ends_and_says_why()
    {
        TrainingResult result = SmallTrain(Still with { Techniques = [new Ema { Decay = 0 }] });
        Assert.InRange(result.Epochs.Count, 3, 49);
        Assert.Equal(2, EarlyStop.Since(result.Epochs));
        Assert.Contains("in 2 epochs", result.Stopped, StringComparison.Ordinal);
        Assert.Null(SmallTrain(Still with { Epochs = 2 }).Stopped);
        Assert.EndsWith("in 1 epoch", SmallTrain(Still with { Patience = 1 }).Stopped, StringComparison.Ordinal);
    }

    [Fact]
    public void A_training_that_goes_on_ends_where_it_would_have() => Resumed.EndsAlike(Still, every: 3);

    [Fact]
    public void It_needs_images_that_are_held_out()
    {
        RecipeException error = Assert.Throws<RecipeException>(() => SmallTrain(Still with { ValidationFraction = 0 }));
        Assert.Equal("training.patience", error.Where);
        Assert.Throws<RecipeException>(() => SmallTrain(Still with { Patience = 0 }));
    }

    private static TrainingResult SmallTrain(TrainingOptions options) => Trainer.Run(Resumed.Network(), Resumed.Data, options);

    private static float[] Numbers(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static number =>
            float.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];
}
