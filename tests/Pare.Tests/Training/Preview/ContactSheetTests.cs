using Pare.Augmentation;
using Pare.Data;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Preview;

namespace Pare.Tests.Training.Preview;

public class ContactSheetTests
{
    private const int LineHeight = (2 * PixelFont.Height) + 4;

    [Fact]
    public void A_picture_is_shown_as_it_was_before_normalization()
    {
        var set = new ImageSet(3, 1, 2, [10, 20, 30, 40, 50, 60], [0], ["cat", "dog"]);
        var normalization = new Normalization([0.1f, 0.2f, 0.3f], [0.5f, 0.25f, 1]);
        float[] pixels =
            [.. Enumerable.Range(0, 6)
            .Select(i => ((((i + 1) * 10 / 255f) - normalization.Mean[i / 2]) / normalization.StandardDeviation[i / 2]))];
        Canvas sheet = ContactSheet.Draw(set, normalization, [new ContactSheet.Shown(pixels, set.Height, set.Width, [1, 0])]);

        // 16 pixels of margin; a pixel of the image is 64 wide.
        int at = 3 * ((16 * sheet.Width) + 16);
        Assert.Equal(new byte[] { 10, 30, 50 }, sheet.Pixels.Slice(at, 3).ToArray());
        Assert.Equal(new byte[] { 20, 40, 60 }, sheet.Pixels.Slice(at + (3 * 64), 3).ToArray());
        Assert.Equal(new byte[] { 255, 255, 255 }, sheet.Pixels[..3].ToArray());
    }

    [Fact]
    public void The_views_of_an_image_stand_side_by_side()
    {
        using var folder = new DataFolder();
        byte[] pixels = [.. Enumerable.Range(0, 128).Select(static i => (byte)(i * 37))];
        var set = new ImageSet(1, 4, 4, pixels, [0, 1, 0, 1, 0, 1, 0, 1], ["a", "b"]);
        var data = new Dataset("test", "built in", set, set);
        var options = new TrainingOptions { BatchSize = 4, Techniques = [new AugMix { Severity = 10 }] };
        Assert.Equal(6, ContactSheet.Save(folder["views.png"], data, options, count: 6));
        Assert.Equal(24, ContactSheet.Save(folder["all.png"], data, options, count: 100));
        ContactSheet.Save(folder["plain.png"], data, options with { Techniques = [] }, count: 8);
        (byte[] views, int width) = Read(folder["all.png"]);
        (byte[] plain, int plainWidth) = Read(folder["plain.png"]);

        // Every third picture is the image as it is; the two after it are others.
        for (int image = 0; image < 8; image++)
        {
            byte[] clean = Cell(plain, plainWidth, 8, image);
            Assert.Equal(clean, Cell(views, width, 6, 3 * image));
            Assert.NotEqual(clean, Cell(views, width, 6, (3 * image) + 1));
            Assert.NotEqual(clean, Cell(views, width, 6, (3 * image) + 2));
        }

        static (byte[] Pixels, int Width) Read(string path)
        {
            using FileStream file = File.OpenRead(path);
            var picture = StbImageSharp.ImageResult.FromStream(file, StbImageSharp.ColorComponents.Grey);
            return (picture.Data, picture.Width);
        }

        // The pixels' middles of a picture, each 128 wide, with margins of 16 and a line of text.
        static byte[] Cell(byte[] sheet, int width, int columns, int number)
        {
            int left = 16 + (number % columns * 144), top = 16 + (number / columns * (144 + LineHeight));
            return [.. Enumerable.Range(0, 16).Select(i => sheet[((top + (i / 4 * 32) + 16) * width) + left + (i % 4 * 32) + 16])];
        }
    }

    [Fact]
    public void A_smaller_picture_has_pixels_of_the_same_size()
    {
        var set = new ImageSet(1, 2, 2, [0, 0, 0, 0], [0], ["cat"]);
        Canvas sheet = ContactSheet.Draw(set, new Normalization([0], [1]), [new ContactSheet.Shown([0.2f, 0.4f], 1, 2, [1])]);

        // Of 128 pixels the picture has two in a row, and one below the other.
        byte Level(int row, int column) => sheet.Pixels[3 * (((16 + row) * sheet.Width) + 16 + column)];
        Assert.Equal((51, 102, 51, 255), (Level(0, 0), Level(0, 64), Level(63, 63), Level(64, 0)));
    }

    [Fact]
    public void A_mixed_target_has_a_line_for_each_class()
    {
        var set = new ImageSet(1, 1, 1, [0], [0], ["a", "b"]);
        var normalization = new Normalization([0], [1]);
        Canvas plain = ContactSheet.Draw(set, normalization, [new ContactSheet.Shown([0], 1, 1, [1, 0])]),
            mixed = ContactSheet.Draw(set, normalization, [new ContactSheet.Shown([0], 1, 1, [0.75f, 0.25f])]);
        Assert.True(mixed.Height > plain.Height);
    }

    [Fact]
    public void Letters_are_five_points_high_and_even()
    {
        for (char letter = ' '; letter <= '~'; letter++)
        {
            string[] rows = PixelFont.Rows(letter);
            Assert.Equal(PixelFont.Height, rows.Length);
            Assert.All(rows, row => Assert.Equal(rows[0].Length, row.Length));
        }
    }
}
