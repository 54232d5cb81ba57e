using Pare.Data;
using Pare.Graphs;
using Pare.Robustness;

namespace Pare.Tests.Robustness;

public class StrangerSectionTests
{
    [Fact]
    public void Noise_and_given_pictures_are_each_a_set()
    {
        StrangersRecord strangers = Measure(Set(5, 7))!;
        Assert.Equal(["uniform noise", "normal noise", "others"], strangers.Sets.Select(static set => set.Name));
        Assert.Equal([GoldenNetwork.Images, GoldenNetwork.Images, 2], strangers.Sets.Select(static set => set.Images));
        Assert.All(strangers.Sets, static set => Assert.InRange(set.Area, 0, 1));
        Assert.Equal(2, Measure(null)!.Sets.Count);
    }

    [Fact]
    public void Test_images_are_no_strangers()
    {
        DataException error = Assert.Throws<DataException>(() => Measure(GoldenNetwork.Pictures()));
        Assert.StartsWith("37 of 37 out-of-distribution pictures are test images", error.Message, StringComparison.Ordinal);
        byte[] one = [.. GoldenNetwork.Pictures().Image(3), .. Set(9).Image(0)];
        error = Assert.Throws<DataException>(() => Measure(new ImageSet(1, 6, 7, one, [0, 0], ["picture"])));
        Assert.StartsWith("1 of 2 out-of-distribution pictures is a test image", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_of_another_size_or_none_are_refused()
    {
        Assert.Throws<DataException>(() => Measure(new ImageSet(1, 7, 6, new byte[42], [0], ["picture"])));
        Assert.Throws<DataException>(() => Measure(new ImageSet(1, 6, 7, [], [], ["picture"])));
    }

    [Theory]
    [InlineData("uniform noise")]
    [InlineData("normal noise")]
    public void Given_pictures_cannot_be_called_as_the_noise_beside_them(string name) =>
        Assert.Equal(name, Assert.Throws<DataException>(() => Measure(Set(5, 7), name)).Where);

    private static ImageSet Set(params byte[] values) => new(1, 6, 7,
        [.. values.SelectMany(static value => Enumerable.Repeat(value, 42))], new int[values.Length], ["picture"]);

    private static StrangersRecord? Measure(ImageSet? strangers, string name = "others")
    {
        Network network = GoldenNetwork.Make("silu");
        using var classifier = ImageClassifier.Of(network, GoldenNetwork.Normalization, threads: 1);
        var data = new RobustnessData
        {
            Name = "golden",
            Test = GoldenNetwork.Pictures(),
            Strangers = strangers,
            StrangersName = strangers is null ? null : name,
        };
        return RobustnessEvaluation.Measure(classifier, data, new RobustnessOptions { Sections = ["strangers"], Threads = 1 }).Strangers;
    }
}
