using System.Text.Json;
using Pare.Data;
using Pare.Graphs;
using Pare.Robustness;
using Pare.Robustness.Corruptions;

namespace Pare.Tests.Robustness;

/// <summary>Against pictures that tools/golden/corruptions.py made with SciPy and Pillow, and by what holds for all of them.</summary>
public class CorruptionTests
{
    private static readonly Shape s_picture = new(3, 22, 26), s_digit = new(1, 28, 28);
    private static readonly JsonElement s_golden = JsonDocument
        .Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", "corruptions.json"))).RootElement;

    public static TheoryData<string, string> Kinds
    {
        get
        {
            var kinds = new TheoryData<string, string>();
            foreach (Shape form in (Shape[])[s_picture, s_digit])
                foreach (string kind in ImageCorruption.Names(form)) kinds.Add($"{form}", kind);
            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void It_is_what_other_libraries_make_of_the_definition(string shape, string kind)
    {
        Shape form = FormOf(shape);
        byte[] image = s_golden.GetProperty("images").GetProperty(shape).GetBytesFromBase64(), got = new byte[form.Count];
        JsonElement[] cases = [.. s_golden.GetProperty("cases").EnumerateArray().Where(one => one.GetProperty("kind").GetString() == kind
            && string.Join('x', one.GetProperty("shape").EnumerateArray()) == shape)];
        Assert.Equal(ImageCorruption.Severities(form, kind), cases.Length);
        foreach (JsonElement one in cases)
        {
            int severity = one.GetProperty("severity").GetInt32();
            ImageCorruption.Apply(form, kind, severity, image, got, s_golden.GetProperty("seed").GetInt64(),
                s_golden.GetProperty("number").GetInt32());
            byte[] expected = one.GetProperty("pixels").GetBytesFromBase64();
            int[] errors = [.. got.Zip(expected, static (a, b) => Math.Abs(a - b))];

            // A value between two bytes may be rounded to either.
            Assert.True(errors.Max() <= 1 && errors.Average() <= AllowedMean(kind),
                $"severity {severity}: the mean difference is {errors.Average():F3}, the largest {errors.Max()}");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_same_draws_give_the_same_bytes_and_other_draws_other_ones(string shape, string kind)
    {
        Shape form = FormOf(shape);
        byte[] image = s_golden.GetProperty("images").GetProperty(shape).GetBytesFromBase64(), before = [.. image];
        byte[] first = new byte[form.Count], second = new byte[form.Count];
        ImageCorruption.Apply(form, kind, 1, image, first, seed: 5, number: 6);
        Array.Fill(second, (byte)7);
        ImageCorruption.Apply(form, kind, 1, image, second, seed: 5, number: 6);
        Assert.Equal(first, second);
        Assert.Equal(before, image);
        Assert.NotEqual(image, first);
        string[] free =
            ["defocus_blur", "zoom_blur", "brightness", "contrast", "saturate", "pixelate", "jpeg", "scale", "stripe", "canny_edges"];
        int[] others = [.. Enumerable.Range(0, 20).Where(number =>
        {
            ImageCorruption.Apply(form, kind, 1, image, second, seed: 5, number);
            return !first.SequenceEqual(second);
        })];
        Assert.Equal(free.Contains(kind), others.Length == 0);
    }

    [Fact]
    public void Each_has_a_number_of_its_own()
    {
        Corruption[] all = [.. Catalog.For(s_picture), .. Catalog.For(s_digit)];
        Assert.All(all.GroupBy(static kind => kind.Number),
            static group => Assert.Single(group.Select(static kind => kind.Name).Distinct()));
        Assert.Equal(all.Select(static kind => kind.Name).Distinct().Count(), all.Select(static kind => kind.Number).Distinct().Count());
    }

    [Theory]
    [InlineData(1, 40, 33)]
    [InlineData(3, 5, 7)]
    [InlineData(1, 9, 6)]
    [InlineData(3, 64, 50)]
    [InlineData(3, 28, 28)]
    [InlineData(1, 1, 1)]
    [InlineData(3, 2, 300)]
    public void Any_size_is_corrupted_or_refused(int channels, int height, int width)
    {
        var form = new Shape(channels, height, width);
        byte[] image = new byte[form.Count], to = new byte[form.Count];
        var random = new SeededRandom(1);
        for (int i = 0; i < image.Length; i++) image[i] = (byte)random.NextInt(256);
        Assert.Equal(channels == 3, ImageCorruption.Names(form).Contains("saturate"));
        foreach (Corruption kind in Catalog.For(form))
        {
            for (int severity = 1; severity <= kind.Severities; severity++)
            {
                if (Math.Min(height, width) >= kind.LeastSide(severity)) ImageCorruption.Apply(form, kind.Name, severity, image, to);
                else
                    Assert.Contains("too small", Assert.Throws<ArgumentException>(
                        () => ImageCorruption.Apply(form, kind.Name, severity, image, to)).Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("fog", 0, "severities from 1 to 5")]
    [InlineData("fog", 6, "severities from 1 to 5")]
    [InlineData("fog", int.MinValue, "severities from 1 to 5")]
    [InlineData("smoke", 1, "no corruption 'smoke'")]
    [InlineData("stripe", 1, "no corruption 'stripe'")]
    public void What_is_no_corruption_is_refused(string kind, int severity, string error)
    {
        byte[] image = new byte[s_picture.Count], to = new byte[s_picture.Count];
        Assert.Contains(error, Assert.ThrowsAny<ArgumentException>(
            () => ImageCorruption.Apply(s_picture, kind, severity, image, to)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_evaluation_of_images_smaller_than_a_kernel_names_the_kinds_that_fit()
    {
        Network network = GraphBuilder.Input(1, 4, 4).Linear(2).Build(seed: 1);
        using var classifier = ImageClassifier.Of(network, new Normalization([0], [1]), threads: 1);
        var data = new RobustnessData { Name = "small", Test = new ImageSet(1, 4, 4, new byte[32], [0, 1], ["a", "b"]) };
        var options = new RobustnessOptions { Sections = ["corruptions"] };
        DataException error = Assert.Throws<DataException>(() => RobustnessEvaluation.Measure(classifier, data, options));
        Assert.Contains("too small for defocus_blur", error.Message, StringComparison.Ordinal);
        Assert.Contains("gaussian_noise,", error.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("defocus_blur", error.Remedy, StringComparison.Ordinal);
        Assert.NotNull(RobustnessEvaluation.Measure(classifier, data, options with { Kinds = ["fog", "jpeg"] }).Corruptions);
        Assert.Contains("no corruption 'smoke'", Assert.Throws<RecipeException>(() => RobustnessEvaluation.Measure(classifier, data,
            options with { Kinds = ["smoke"] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Neither_other_channels_nor_other_lengths_are_pictures()
    {
        Assert.Throws<ArgumentException>(static () => ImageCorruption.Names(new Shape(2, 8, 8)));
        Assert.Throws<ArgumentException>(static () => ImageCorruption.Apply(s_digit, "fog", 1, new byte[783], new byte[784]));
        Assert.Throws<ArgumentException>(static () => ImageCorruption.Apply(s_digit, "fog", 1, new byte[784], new byte[785]));
        Assert.Contains("severities from 1 to 1", Assert.ThrowsAny<ArgumentException>(
            static () => ImageCorruption.Apply(s_digit, "stripe", 2, new byte[784], new byte[784])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.02)]
    [InlineData(1.7)]
    [InlineData(60)]
    [InlineData(500)]
    public void Shot_noise_has_the_mean_and_the_variance_of_Poisson(double mean)
    {
        (int first, double[] sums) = Noise.Poisson(mean);
        double expected = 0, square = 0, below = 0;
        for (int i = 0; i < sums.Length; i++)
        {
            double share = sums[i] - below, count = first + i;
            Assert.True(share >= 0);
            below = sums[i];
            expected += share * count;
            square += share * count * count;
        }

        Assert.Equal(1, below);
        Assert.Equal(mean, expected, 1e-9 * Math.Max(1, mean));
        Assert.Equal(mean, square - (expected * expected), 1e-7 * Math.Max(1, mean));
    }

    [Fact]
    public void Black_pictures_stay_numbers()
    {
        foreach (Shape form in (Shape[])[s_picture, s_digit])
        {
            byte[] black = new byte[form.Count], to = new byte[form.Count];
            foreach (string kind in ImageCorruption.Names(form))
            {
                ImageCorruption.Apply(form, kind, 1, black, to);
                if (kind is "defocus_blur" or "zoom_blur" or "pixelate" or "jpeg" or "rotation" or "shot_noise") Assert.Equal(black, to);
            }
        }
    }

    private static Shape FormOf(string shape) => shape == $"{s_digit}" ? s_digit : s_picture;

    // Some steps of brightness and saturation lead to halves exactly.
    private static double AllowedMean(string kind) => kind is "brightness" or "saturate" ? 0.15 : 0.02;
}
