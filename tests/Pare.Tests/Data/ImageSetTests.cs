using Pare.Data;
using Pare.Tests.Support;

namespace Pare.Tests.Data;

public sealed class ImageSetTests
{
    private static readonly ImageSet Images = new(1, 1, 2, [1, 2, 3, 4, 5, 6], [1, 0, 1], ["cat", "dog"], ["a.png", "b.png", "c.png"]);

    [Theory]
    [InlineData(-1)]
    [InlineData(9999)]
    public void An_image_that_is_not_there_is_named(int index)
    {
        ImageSet streamed = new(new CopiedImages(Images));
        foreach (ImageSet set in new[] { Images, streamed })
        {
            Assert.Contains($"'{index}'", Assert.Throws<ArgumentOutOfRangeException>(nameof(index), () => set.Image(index).Length).Message,
                StringComparison.Ordinal);
            var error = Assert.Throws<ArgumentOutOfRangeException>("indices", () => new Pare.Robustness.ChosenImages(set, [0, index]));
            Assert.Equal(index, error.ActualValue);
        }
    }

    [Fact]
    public void Classes_are_matched_by_name_in_any_order_and_among_more()
    {
        ImageSet turned = Images.WithClasses(["eel", "dog", "cat"], "here");

        Assert.Equal([1, 2, 1], turned.Labels.ToArray());
        Assert.Equal(["eel", "dog", "cat"], turned.Classes);
        Assert.Equal([5, 6], turned.Image(2).ToArray());
        Assert.Equal(Images.Names, turned.Names);
        Assert.Same(Images, Images.WithClasses(["cat", "dog"], "here"));
    }

    [Fact]
    public void A_class_that_the_network_does_not_know_is_named()
    {
        DataException error = Assert.Throws<DataException>(() => Images.WithClasses(["cat", "Dog"], "here"));

        Assert.Equal("The network does not know the class `dog`.", error.Message);
        Assert.StartsWith("It knows cat, Dog", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_of_several_sets_are_copied_in_the_order_that_is_asked_for()
    {
        var more = new ImageSet(1, 1, 2, [7, 8], [0], ["cat", "dog"], ["d.png"]);

        ImageSet both = ImageSet.Of([(more, 0), (Images, 2), (Images, 0)]);

        Assert.Equal(["d.png", "c.png", "a.png"], both.Names);
        Assert.Equal([0, 1, 1], both.Labels.ToArray());
        Assert.Equal([7, 8], both.Image(0).ToArray());
        Assert.Equal([1, 2], both.Image(2).ToArray());
    }

    [Fact]
    public void Images_without_paths_are_called_by_their_numbers()
    {
        var numbered = new ImageSet(1, 1, 1, [1, 2], [0, 0], ["cat"]);

        Assert.False(numbered.HasPaths);
        Assert.Equal(["0", "1"], numbered.Names);
        Assert.Throws<ArgumentException>(() => new ImageSet(1, 1, 1, [1, 2], [0, 0], ["cat"], ["a.png"]));
    }

    [Theory]
    [InlineData(1, 1, 2, 2, "Image 1 has label 2 of 2 classes")]
    [InlineData(1, 1, 2, -1, "Image 1 has label -1 of 2 classes")]
    [InlineData(0, 1, 2, 1, "0x1x2")]
    [InlineData(1, -1, -2, 1, "1x-1x-2")]
    [InlineData(1, 2, 2, 1, "need 8 bytes, not 4")]
    public void Labels_and_sides_that_cannot_be_are_refused(int channels, int height, int width, int label, string told) =>
        Assert.Contains(told, Assert.Throws<ArgumentException>(() =>
            new ImageSet(channels, height, width, new byte[4], [0, label], ["cat", "dog"])).Message, StringComparison.Ordinal);

    [Fact]
    public void Names_of_classes_that_no_file_could_hold_are_refused()
    {
        foreach ((string? name, string told) in new[]
        {
            ("cat", "Two classes are named `cat`"), (null, "Class 1 has no name"), ("\ud800", "class 1 is not valid Unicode"),
        })
            Assert.Contains(told, Assert.Throws<ArgumentException>(() => new ImageSet(1, 1, 1, [1], [0], ["cat", name!])).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        Assert.Throws<ArgumentNullException>("pixels", () => new ImageSet(1, 1, 1, null!, [0], ["cat"]));
        Assert.Throws<ArgumentNullException>("labels", () => new ImageSet(1, 1, 1, [1], null!, ["cat"]));
        Assert.Throws<ArgumentNullException>("classes", () => new ImageSet(1, 1, 1, [1], [0], null!));
        Assert.Throws<ArgumentNullException>("source", () => new ImageSet(null!));
    }
}
