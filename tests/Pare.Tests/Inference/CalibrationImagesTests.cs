using Pare.Data;
using Pare.Inference;
using Pare.Runs;
using Pare.Training;

namespace Pare.Tests.Inference;

public class CalibrationImagesTests
{
    [Fact]
    public void A_run_s_test_images_are_never_taken_wherever_they_lie_and_its_validation_images_are()
    {
        Dataset data = Of(40, 10, paths: true);
        RunSplit split = RunSplit.Of(data, new IndexSplit([], [1, 2, 3]), 0.1f) with
        {
            Test = Enumerable.Range(30, 10).ToDictionary(static i => $"train/{i}", static _ => "00000000"),
        };
        var images = CalibrationImages.Of(data, split, null, null, 20);
        Assert.Equal([1, 2, 3], images.Validation);
        Assert.Equal(20, images.Observed.Distinct().Count());
        Assert.All(images.Observed, static index => Assert.True(index is 0 or (> 3 and < 30)));
        Assert.Empty(images.Notes);
        Assert.Equal(images.Observed, CalibrationImages.Of(data, split, null, null, 20).Observed);
        Assert.Equal(30 - 3, CalibrationImages.Of(data, split, null, null, 1000).Observed.Count);
        Assert.Contains("1,000 were asked for", Assert.Single(CalibrationImages.Of(data, split, null, null, 1000).Notes),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_validation_part_some_training_images_are_held_out_and_it_is_said()
    {
        var images = CalibrationImages.Of(Of(50, 10, paths: false), null, null, null, 25);
        Assert.Equal((25, 10), (images.Observed.Count, images.Validation.Count));
        Assert.Empty(images.Observed.Intersect(images.Validation));
        Assert.Contains("is not known", Assert.Single(images.Notes), StringComparison.Ordinal);
        var none = new TrainingOptions { ValidationFraction = 0 };
        Assert.Contains("held no images out", Assert.Single(CalibrationImages.Of(Of(50, 10, paths: false), null, none, null, 25).Notes),
            StringComparison.Ordinal);
        Dataset own = Of(50, 10, paths: false) with { Validation = [3, 17] };
        Assert.Equal([3, 17], CalibrationImages.Of(own, null, null, null, 25).Validation);
    }

    [Fact]
    public void What_a_training_held_out_is_what_ways_are_compared_on()
    {
        var options = new TrainingOptions { ValidationFraction = 0.2f };
        Dataset data = Of(50, 10, paths: false);
        var images = CalibrationImages.Of(data, null, options, null);
        Assert.Equal(options.Split(data).Validation.Order(), images.Validation);
        Assert.Empty(images.Notes);
    }

    [Theory]
    [InlineData(0, "are none")]
    [InlineData(1, "is 1")]
    public void Too_few_training_images_are_refused(int count, string text)
    {
        var error = Assert.Throws<DataException>(() => CalibrationImages.Of(Of(count, 10, paths: false), null, null, null));
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
        Assert.Single(CalibrationImages.Of(Of(2, 0, paths: false), null, null, null).Observed);
    }

    [Fact]
    public void Classes_are_numbered_as_the_network_s()
    {
        Dataset data = Of(20, 0, paths: false);
        Assert.Equal(1, CalibrationImages.Of(data, null, null, ["b", "a"]).Images.Labels[0]);
        Assert.Throws<DataException>(() => CalibrationImages.Of(data, null, null, ["b", "c"]));
    }

    private static Dataset Of(int train, int test, bool paths) => new("some", "here", Set(train, "train", paths), Set(test, "test", paths));

    private static ImageSet Set(int count, string part, bool paths) => new(1, 2, 2, new byte[4 * count],
        [.. Enumerable.Range(0, count).Select(static i => i % 2)],
        ["a", "b"], !paths ? null : [.. Enumerable.Range(0, count).Select(i => $"{part}/{i}")]);
}
