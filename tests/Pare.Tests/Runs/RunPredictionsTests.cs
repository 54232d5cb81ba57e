using System.Text.Json.Nodes;
using Pare.Data;
using Pare.Evaluation;
using Pare.Runs;
using Pare.Tests.Support;

namespace Pare.Tests.Runs;

public sealed class RunPredictionsTests : IDisposable
{
    private readonly DataFolder _folder = new();

    private string File => _folder[RunFolder.PredictionsFile];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(10, 1)]
    [InlineData(256, 1)]
    [InlineData(257, 2)]
    [InlineData(1000, 2)]
    public void What_is_written_is_read_back_with_as_many_bytes_as_the_classes_need(int classes, int bytes)
    {
        ImageSet images = Images(classes, 40);
        int[] answers = [.. Enumerable.Range(0, 40).Select(i => (i % 3 == 0 ? i * 7 : images.Labels[i]) % classes)];
        RunPredictions read = Written(images, answers, [3, 5, 8]);
        Assert.Equal((40, 40 * bytes, 3 * bytes), (read.Test.Images, read.Test.Predicted.Length, read.Validation!.Predicted.Length));
        Assert.Equal(images.Classes, read.Classes);

        int[] right = [.. images.Labels];
        McNemar pairs = read.Test.Against(Written(images, right, []).Test)!;
        Assert.Equal(new McNemar(40, 0, Enumerable.Range(0, 40).Count(i => answers[i] != images.Labels[i])), pairs);
        Assert.True(pairs.Better > 0);
    }

    [Fact]
    public void Other_images_or_another_order_or_part_of_them_are_not_compared()
    {
        ImageSet images = Images(10, 40), other = Images(10, 40, firstPixel: 1), fewer = Images(10, 39);
        RunPredictions.Part Answers(ImageSet set) => Written(set, [.. set.Labels], []).Test;
        Assert.NotNull(Answers(images).Against(Answers(Images(10, 40))));
        Assert.Null(Answers(images).Against(Answers(other)));
        Assert.Null(Answers(images).Against(Answers(fewer)));
        Assert.NotEqual(images.FingerprintOf([0, 1]), images.FingerprintOf([1, 0]));
    }

    [Theory]
    [InlineData("""{ "classes": ["a", "b"] }""")]
    [InlineData("""{ "classes": ["a", "b"], "test": null }""")]
    [InlineData("""{ "classes": ["a", "b"], "test": { "images": 3, "fingerprint": "f", "labels": "AAE=", "predicted": "AAE=" } }""")]
    [InlineData("""{ "classes": ["a", "b"], "test": { "images": 2, "fingerprint": "f", "labels": "AAE=", "predicted": "AAI=" } }""")]
    [InlineData("""{ "classes": ["a", "b"], "test": { "images": -2, "fingerprint": "f", "labels": "", "predicted": "" } }""")]
    [InlineData("""{ "classes": ["a", "b"], "test": { "images": 2, "fingerprint": "f", "labels": "AAE=", "predicted": "no" } }""")]
    [InlineData("""{ "classes": ["a", null], "test": { "images": 0, "fingerprint": "f", "labels": "", "predicted": "" } }""")]
    [InlineData("not json")]
    [InlineData("")]
    public void What_cannot_be_is_refused(string text)
    {
        System.IO.File.WriteAllText(File, text);
        var error = Assert.Throws<RecipeException>(() => RunPredictions.Read(_folder.Root));
        Assert.Equal(File, error.Where);
        Assert.StartsWith("The run's predictions cannot be read: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_of_a_version_that_kept_none_has_none() => Assert.Null(RunPredictions.Read(_folder.Root));

    private static ImageSet Images(int classes, int count, byte firstPixel = 0)
    {
        byte[] pixels = [.. Enumerable.Range(0, 4 * count).Select(static i => (byte)i)];
        pixels[0] = firstPixel;
        int[] labels = [.. Enumerable.Range(0, count).Select(i => i * 13 % classes)];
        return new ImageSet(1, 2, 2, pixels, labels, [.. Enumerable.Range(0, classes).Select(static i => $"c{i}")]);
    }

    private RunPredictions Written(ImageSet images, int[] answers, int[] held)
    {
        var data = new Dataset("name", "source", images, images);
        EvaluationResult Result(IEnumerable<int> predicted) => new(0, new int[1, 1]) { Predicted = [.. predicted] };
        RunRecords.Write(_folder.Root, RunFolder.PredictionsFile, RunPredictions.Of(data, held, Result(answers),
            held.Length == 0 ? null : Result(held.Select(i => answers[i]))));
        Assert.Equal(held.Length > 0, JsonNode.Parse(System.IO.File.ReadAllText(File))!.AsObject().ContainsKey("validation"));
        return RunPredictions.Read(_folder.Root)!;
    }
}
