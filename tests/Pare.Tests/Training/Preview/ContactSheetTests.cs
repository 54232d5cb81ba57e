using Pare.Data;
using Pare.Training.Preview;

namespace Pare.Tests.Training.Preview;

public class ContactSheetTests
{
    [Fact]
    public void A_picture_is_shown_as_it_was_before_normalization()
    {
        var set = new ImageSet(3, 1, 2, [10, 20, 30, 40, 50, 60], [0], ["cat", "dog"]);
        var normalization = new Normalization([0.1f, 0.2f, 0.3f], [0.5f, 0.25f, 1]);
        float[] pixels =
            [.. Enumerable.Range(0, 6)
            .Select(i => ((((i + 1) * 10 / 255f) - normalization.Mean[i / 2]) / normalization.StandardDeviation[i / 2]))];
        Canvas sheet = ContactSheet.Draw(set, normalization, [(pixels, [1, 0])]);

        // 16 pixels of margin; a pixel of the image is 64 wide.
        int at = 3 * ((16 * sheet.Width) + 16);
        Assert.Equal(new byte[] { 10, 30, 50 }, sheet.Pixels.Slice(at, 3).ToArray());
        Assert.Equal(new byte[] { 20, 40, 60 }, sheet.Pixels.Slice(at + (3 * 64), 3).ToArray());
        Assert.Equal(new byte[] { 255, 255, 255 }, sheet.Pixels[..3].ToArray());
    }

    [Fact]
    public void A_mixed_target_has_a_line_for_each_class()
    {
        var set = new ImageSet(1, 1, 1, [0], [0], ["a", "b"]);
        var normalization = new Normalization([0], [1]);
        Canvas plain = ContactSheet.Draw(set, normalization, [([0], [1, 0])]),
            mixed = ContactSheet.Draw(set, normalization, [([0], [0.75f, 0.25f])]);
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

        Assert.Equal(5, PixelFont.Width("i."));
    }
}
