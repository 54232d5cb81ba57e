using Pare.Data;
using Pare.Tests.Support;

namespace Pare.Tests.Data;

public sealed class FingerprintTests
{
    private static readonly string[] Classes = ["cat", "dog"];
    private static readonly string[] Paths = ["cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"];

    [Fact]
    public void The_order_and_the_split_do_not_change_it_and_everything_else_does()
    {
        string whole = Of([0, 1, 2, 3], []);

        Assert.Equal("0b8be64c0a7b95668649bd7875307abd", whole);
        Assert.Equal(whole, Of([3, 1, 0, 2], []));
        Assert.Equal(whole, Of([3, 1], [0, 2]));
        string[] others =
        [
            Of([0, 1, 2], []), Of([0, 1, 2, 3], [], classes: ["cat", "dogs"]), Of([0, 1, 2, 3], [], paths: [.. Paths[..3], "dog/3.png"]),
            Of([0, 1, 2, 3], [], pixel: 9), Of([0, 1, 2, 3], [], label: 0), Of([0, 1, 2, 3], [], classes: ["cat", "dog", "eel"]),
        ];
        Assert.Equal(others.Length + 1, others.Append(whole).Distinct().Count());
    }

    [Fact]
    public void Images_without_paths_are_told_apart_by_part_and_number()
    {
        ImageSet a = Numbered(1, 2), b = Numbered(2, 1);

        Assert.Equal(4,
            new[] { (a, a), (a, b), (b, a), (b, b) }.Select(static pair => new Dataset("x", "here", pair.Item1, pair.Item2).Fingerprint)
            .Distinct().Count());
    }

    [Fact]
    public void The_form_of_an_image_is_part_of_it()
    {
        string Of(int height, int width) =>
            new Dataset("x", "here", new ImageSet(1, height, width, new byte[6], [0], Classes),
                new ImageSet(1, height, width, [], [], Classes)).Fingerprint;

        Assert.NotEqual(Of(2, 3), Of(3, 2));
    }

    [Fact]
    public void A_data_set_is_put_into_words_without_reading_an_image()
    {
        ImageSet streamed = new(new CopiedImages(Numbered(1, 2)) { Fails = true });
        Assert.Equal("x: 2 training and 2 test images of 1x1x1, 2 classes", $"{new Dataset("x", "here", streamed, streamed)}");
    }

    private static ImageSet Numbered(params byte[] pixels) => new(1, 1, 1, pixels, new int[pixels.Length], Classes);

    private static string Of(int[] train, int[] test, string[]? classes = null, string[]? paths = null, byte pixel = 3, int label = 1)
    {
        byte[] pixels = [0, 1, 2, pixel];
        int[] labels = [0, 0, 1, label];
        ImageSet Set(int[] indices) =>
            new(1, 1, 1, [.. indices.Select(i => pixels[i])], [.. indices.Select(i => labels[i])], classes
                ?? Classes, [.. indices.Select(i => (paths ?? Paths)[i])]);
        return new Dataset("x", "here", Set(train), Set(test)).Fingerprint;
    }
}
