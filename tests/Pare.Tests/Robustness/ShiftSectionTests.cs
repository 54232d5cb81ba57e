using Pare.Data;
using Pare.Graphs;
using Pare.Robustness;
using Pare.Robustness.Corruptions;

namespace Pare.Tests.Robustness;

public class ShiftSectionTests
{
    [Theory]
    [InlineData(0, 0, "123456", "789abc")]
    [InlineData(1, 0, "123123", "789789")]
    [InlineData(-1, 0, "456456", "abcabc")]
    [InlineData(0, 1, "112445", "778aab")]
    [InlineData(0, -2, "333666", "999ccc")]
    [InlineData(3, -1, "233233", "899899")]
    public void What_comes_in_is_the_nearest_pixel_of_the_border(int down, int right, string first, string second)
    {
        byte[] image = "123456789abc"u8.ToArray(), to = new byte[12];
        Geometry.Shift(image, new Shape(2, 2, 3), down, right, Border.Nearest, to);
        Assert.Equal(first + second, System.Text.Encoding.ASCII.GetString(to));
    }

    [Theory]
    [InlineData(2, 2, nameof(Border.Nearest))]
    [InlineData(-9, 4, nameof(Border.Nearest))]
    [InlineData(1, 9, nameof(Border.Mirror))]
    [InlineData(-3, -20, nameof(Border.Reflect))]
    [InlineData(4, -9, nameof(Border.Black))]
    [InlineData(0, 30, nameof(Border.Black))]
    public void Every_pixel_comes_from_where_the_border_says_however_far_it_is_moved(int down, int right, string name)
    {
        Border border = Enum.Parse<Border>(name);
        var form = new Shape(3, 5, 7);
        byte[] image = [.. Enumerable.Range(1, form.Count).Select(static value => (byte)value)], to = new byte[form.Count];
        Geometry.Shift(image, form, down, right, border, to);
        for (int i = 0; i < to.Length; i++)
        {
            int row = Sampling.Fold((i / 7 % 5) - down, 5, border), column = Sampling.Fold((i % 7) - right, 7, border);
            Assert.Equal(row < 0 || column < 0 ? 0 : image[(i / 35 * 35) + (row * 7) + column], to[i]);
        }
    }

    [Fact]
    public void What_the_corruption_shift_has_shown_is_not_asked_for_again_and_changes_no_figure()
    {
        var random = new SeededRandom(4);
        byte[] pixels = new byte[20 * 3 * 32 * 32];
        foreach (ref byte pixel in pixels.AsSpan()) pixel = (byte)random.NextInt(256);
        var data = new RobustnessData
        {
            Name = "noise",
            Test = new ImageSet(3, 32, 32, pixels, [.. Enumerable.Range(0, 20).Select(static i => i % 3)], ["a", "b", "c"]),
        };
        using var classifier = new ChecksumClassifier();
        RobustnessRecord corruptions = Measure("corruptions"), shifts = Measure("shifts");
        classifier.Seen = 0;
        RobustnessRecord both = Measure("corruptions", "shifts");
        Assert.Equal(corruptions.Corruptions!.Kinds[0].Accuracies, both.Corruptions!.Kinds[0].Accuracies);
        Assert.Equal(shifts.Shifts! with { Shifts = [] }, both.Shifts! with { Shifts = [] });
        Assert.Equal(shifts.Shifts.Shifts, both.Shifts.Shifts);

        // As they are, five severities, and all places but 0, 0 and what three of the five have shown.
        Assert.Equal(20 * (1 + 5 + 48 - 3), classifier.Seen);

        RobustnessRecord Measure(params string[] sections) =>
            RobustnessEvaluation.Measure(classifier, data, new RobustnessOptions { Sections = sections, Kinds = ["shift"], Threads = 1 });
    }

    [Fact]
    public void A_classifier_is_told_within_its_images_that_it_was_cancelled()
    {
        using var stop = new CancellationTokenSource();
        using var classifier = new StoppedClassifier(stop);
        int[] labels = [.. Enumerable.Range(0, 40).Select(static i => i % 3)];
        var images = new ImageSet(3, 32, 32, new byte[labels.Length * 3 * 32 * 32], labels, ["a", "b", "c"]);
        Assert.Throws<OperationCanceledException>(() => RobustnessEvaluation.Measure(classifier,
            new RobustnessData { Name = "test", Test = images }, new RobustnessOptions { Sections = ["corruptions"] },
            cancellation: stop.Token));
        Assert.Equal(1, classifier.Images);
    }

    // Is stopped at its first image.
    private sealed class StoppedClassifier(CancellationTokenSource stop) : ImageClassifier
    {
        public int Images { get; private set; }

        public override Shape Input => new(3, 32, 32);

        public override int Classes => 3;

        public override void Logits(byte[] images, Span<float> logits, CancellationToken cancellation = default)
        {
            for (int i = 0; i < images.Length / Input.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                Images++;
                stop.Cancel();
            }
        }
    }

    // Takes an image for a class by all of its bytes, so that another image is another answer.
    private sealed class ChecksumClassifier : ImageClassifier
    {
        public int Seen { get; set; }

        public override Shape Input => new(3, 32, 32);

        public override int Classes => 3;

        public override void Logits(byte[] images, Span<float> logits, CancellationToken cancellation = default)
        {
            int size = Input.Count;
            Seen += images.Length / size;
            for (int i = 0; i < images.Length / size; i++)
            {
                uint sum = 0;
                foreach (byte pixel in images.AsSpan(i * size, size)) sum = (sum * 31) + pixel;
                for (int k = 0; k < Classes; k++) logits[(i * Classes) + k] = sum % 7 % 3 == k ? 1 : 0;
            }
        }
    }
}
