using Pare.Data;
using Pare.Tests.Support;

namespace Pare.Tests.Data;

public sealed class ImageDecoderTests
{
    // Two rows, three columns, red, green, blue.
    private static readonly byte[] Colours = [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 40, 50, 60, 200, 200, 200];

    [Fact]
    public void Png_and_bmp_give_the_same_planes()
    {
        byte[] expected = [255, 0, 0, 10, 40, 200, 0, 255, 0, 20, 50, 200, 0, 0, 255, 30, 60, 200];

        Assert.Equal(expected, ImageDecoder.Decode(ImageFiles.Png(2, 3, 3, Colours), "a", 3, 2, 3));
        Assert.Equal(expected, ImageDecoder.Decode(ImageFiles.Bmp(2, 3, Colours), "a", 3, 2, 3));
    }

    [Fact]
    public void Colour_becomes_grey_by_luma_and_grey_becomes_three_equal_planes()
    {
        byte[] grey = ImageDecoder.Decode(ImageFiles.Png(2, 3, 3, Colours), "a", 1, 2, 3);
        double[] luma = [.. Colours.Chunk(3).Select(rgb => 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2])];
        for (int i = 0; i < luma.Length; i++) Assert.InRange(grey[i], luma[i] - 1.5, luma[i] + 1.5);

        Assert.Equal([1, 2, 1, 2, 1, 2], ImageDecoder.Decode(ImageFiles.Png(1, 2, 1, [1, 2]), "a", 3, 1, 2));
    }

    [Fact]
    public void A_jpeg_is_decoded()
    {
        byte[] image = ImageDecoder.Decode(ImageFiles.Jpeg(2, 3, [10, 250, 30, 128, 0, 255]), "a", 1, 16, 24);

        Assert.Equal([10, 250, 30], new[] { 0, 8, 23 }.Select(x => image[x]));
        Assert.Equal([128, 0, 255], new[] { 0, 8, 23 }.Select(x => image[8 * 24 + x]));
    }

    // What is stored as  1 2 3   is shown turned and mirrored as EXIF 2.3 (tag 274) tells.
    //                    4 5 6
    [Theory]
    [InlineData(1, "123 456")]
    [InlineData(2, "321 654")]
    [InlineData(3, "654 321")]
    [InlineData(4, "456 123")]
    [InlineData(5, "14 25 36")]
    [InlineData(6, "41 52 63")]
    [InlineData(7, "63 52 41")]
    [InlineData(8, "36 25 14")]
    [InlineData(9, "123 456")]
    public void Every_orientation_is_honoured(int orientation, string shown)
    {
        string[] rows = shown.Split(' ');
        byte[] values = [10, 20, 30, 40, 50, 60];
        int height = rows.Length, width = rows[0].Length;
        byte[] expected = [.. rows.SelectMany(row => row.Select(digit => (byte)(10 * (digit - '0'))))];

        foreach (bool little in new[] { false, true })
        {
            byte[] jpeg = ImageDecoder.Decode(ImageFiles.Jpeg(2, 3, values, orientation, little), "a", 1, 8 * height, 8 * width);
            Assert.Equal(
                expected, Enumerable.Range(0, height * width).Select(i => jpeg[(i / width * 8 + 4) * 8 * width + i % width * 8 + 4]));
        }

        Assert.Equal(expected, ImageDecoder.Decode(ImageFiles.Png(2, 3, 1, values, orientation), "a", 1, height, width));
    }

    [Fact]
    public void Shrinking_averages_the_area_under_each_pixel()
    {
        byte[] pixels = [0, 100, 10, 30, 200, 100, 50, 70];

        Assert.Equal([100, 40], ImageDecoder.Decode(ImageFiles.Png(2, 4, 1, pixels), "a", 1, 1, 2));
    }

    [Fact]
    public void Shrinking_by_a_broken_factor_weighs_the_pixels_by_their_share()
    {
        // Three pixels to two: each target takes one pixel whole and half of the middle one.
        byte[] pixels = [.. Enumerable.Repeat(new byte[] { 30, 90, 150 }, 3).SelectMany(row => row)];

        Assert.Equal([50, 130, 50, 130], ImageDecoder.Decode(ImageFiles.Png(3, 3, 1, pixels), "a", 1, 2, 2));
    }

    [Fact]
    public void A_fine_pattern_shrinks_to_its_mean_and_does_not_alias()
    {
        byte[] stripes = [.. Enumerable.Range(0, 64 * 64).Select(i => (byte)(i % 2 * 200))];

        Assert.All(ImageDecoder.Decode(ImageFiles.Png(64, 64, 1, stripes), "a", 1, 8, 8), value => Assert.Equal(100, value));
    }

    [Fact]
    public void Enlarging_is_bicubic_it_keeps_a_ramp_straight_and_overshoots_at_an_edge()
    {
        byte[] ramp = ImageDecoder.Decode(
            ImageFiles.Png(8, 8, 1, [.. Enumerable.Range(0, 64).Select(i => (byte)(20 * (i % 8)))]), "a", 1, 16, 16);
        Assert.Equal([35, 45, 55, 65, 75, 85], ramp[(5 * 16 + 4)..(5 * 16 + 10)]);

        byte[] edge = ImageDecoder.Decode(
            ImageFiles.Png(8, 8, 1, [.. Enumerable.Range(0, 64).Select(i => (byte)(i % 8 < 4 ? 50 : 150))]), "a", 1, 16, 16);
        Assert.True(edge.Min() < 50 && edge.Max() > 150);
        Assert.Equal((50, 150), (edge[0], edge[15]));
    }

    [Fact]
    public void Another_shape_is_covered_and_cropped_to_the_centre_without_distortion()
    {
        byte[] columns = [.. Enumerable.Range(0, 2 * 6).Select(i => (byte)(10 * (i % 6)))];

        Assert.Equal([20, 30, 20, 30], ImageDecoder.Decode(ImageFiles.Png(2, 6, 1, columns), "a", 1, 2, 2));
        Assert.Equal([20, 30], ImageDecoder.Decode(ImageFiles.Png(6, 1, 1, [0, 10, 20, 30, 40, 50]), "a", 1, 2, 1));
    }

    [Fact]
    public void A_flat_image_stays_flat_at_any_size()
    {
        foreach ((int height, int width) in new[] { (1, 1), (3, 7), (13, 5), (29, 31) })
            Assert.All(ImageDecoder.Decode(ImageFiles.FlatPng(9, 11, 77), "a", 1, height, width), value => Assert.Equal(77, value));
    }

    public static TheoryData<string, byte[], string> Damaged() => new()
    {
        { "empty", [], "empty" },
        { "text", "hello, this is no image"u8.ToArray(), "neither PNG, JPEG nor BMP" },
        { "gif", "GIF89a\u0001\0\u0001\0"u8.ToArray(), "neither PNG, JPEG nor BMP" },
        { "cut png", ImageFiles.FlatPng(20, 20, 5)[..^14], "cut short" },
        { "cut jpeg", ImageFiles.Jpeg(2, 2, [1, 2, 3, 4])[..^2], "cut short" },
        { "jpeg cut in its head", ImageFiles.Jpeg(2, 2, [1, 2, 3, 4])[..40], "cut short" },
        { "cut bmp", ImageFiles.Bmp(2, 3, Colours)[..^1], "cut short" },
        { "png without pixels", Spoiled(ImageFiles.FlatPng(20, 20, 5), 41, 0xFF), "damaged" },
        { "png that claims 65536 rows and columns", Spoiled(ImageFiles.FlatPng(1, 1, 5), 17, 1, 21, 1), "over the limit" },
        { "png of no width", Spoiled(ImageFiles.FlatPng(1, 1, 5), 19, 0), "0x1" },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void An_image_that_does_not_decode_is_named(string name, byte[] file, string what)
    {
        DataException error = Assert.Throws<DataException>(() => ImageDecoder.Decode(file, name, 1, 8, 8));

        Assert.Contains(what, error.Message);
        Assert.Equal(name, error.Where);
    }

    private static byte[] Spoiled(byte[] file, params int[] placesAndValues)
    {
        for (int i = 0; i < placesAndValues.Length; i += 2) file[placesAndValues[i]] = (byte)placesAndValues[i + 1];
        return file;
    }
}
