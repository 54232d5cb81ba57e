using Pare.Data;
using Pare.Tests.Support;

namespace Pare.Tests.Data;

/// <summary>Pictures of the kinds that programs other than cameras write, and damaged ones.</summary>
public sealed class PictureTests
{
    private static readonly byte[] Two = [10, 20];

    [Fact]
    public void Png_of_every_depth_becomes_the_same_bytes()
    {
        byte[] Grey(byte[] png, int width) => ImageDecoder.Decode(png, "a", 1, 1, width);

        Assert.Equal([0, 255, 255, 0], Grey(ImageFiles.RawPng(1, 4, 1, 0, [0, 0b0110_0000]), 4));
        Assert.Equal([0, 85, 170, 255, 85], Grey(ImageFiles.RawPng(1, 5, 2, 0, [0, 0b00_01_10_11, 0b01_00_00_00]), 5));
        Assert.Equal([0, 17, 255], Grey(ImageFiles.RawPng(1, 3, 4, 0, [0, 0x01, 0xF0]), 3));
        Assert.Equal([0x12, 0xFF], Grey(ImageFiles.RawPng(1, 2, 16, 0, [0, 0x12, 0x80, 0xFF, 0xFF]), 2));
        Assert.Equal(Two, Grey(ImageFiles.RawPng(1, 2, 8, 4, [0, 10, 255, 20, 0]), 2));
        Assert.Equal([1, 4, 2, 5, 3, 6], ImageDecoder.Decode(ImageFiles.RawPng(1, 2, 8, 6, [0, 1, 2, 3, 9, 4, 5, 6, 0]), "a", 3, 1, 2));
        Assert.Equal([1, 2, 3], ImageDecoder.Decode(ImageFiles.RawPng(1, 1, 16, 2, [0, 1, 9, 2, 9, 3, 9]), "a", 3, 1, 1));
        Assert.Equal(
            [7, 4, 8, 5, 9, 6], ImageDecoder.Decode(ImageFiles.RawPng(1, 2, 4, 3, [0, 0x10], palette: [4, 5, 6, 7, 8, 9]), "a", 3, 1, 2));
    }

    [Fact]
    public void Png_rows_are_unfiltered_by_every_filter()
    {
        byte[] rows = [1, 10, 5, 5, 2, 1, 1, 1, 3, 10, 4, 0, 4, 1, 1, 1];

        Assert.Equal(
            [10, 15, 20, 11, 16, 21, 15, 19, 20, 16, 20, 21], ImageDecoder.Decode(ImageFiles.RawPng(4, 3, 8, 0, rows), "a", 1, 4, 3));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(9, 13)]
    [InlineData(8, 8)]
    public void An_interlaced_png_is_the_same_picture(int height, int width)
    {
        byte Pixel(int y, int x) => (byte)((y * 31) + (x * 7));
        byte[] plain = [
            .. Enumerable.Range(0, height).SelectMany(y => (byte[])[0, .. Enumerable.Range(0, width).Select(x => Pixel(y, x))])];
        var passes = new List<byte>();
        foreach ((int x0, int y0, int dx, int dy) in new[]
            { (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2) })
            for (int y = y0; y < height && x0 < width; y += dy)
            {
                passes.Add(0);
                for (int x = x0; x < width; x += dx) passes.Add(Pixel(y, x));
            }

        Assert.Equal(
            ImageDecoder.Decode(ImageFiles.RawPng(height, width, 8, 0, plain), "a", 1, height, width),
            ImageDecoder.Decode(ImageFiles.RawPng(height, width, 8, 0, [.. passes], interlaced: true), "a", 1, height, width));
    }

    [Fact]
    public void A_png_holds_what_its_header_says_and_is_refused_otherwise()
    {
        Refused(ImageFiles.RawPng(8, 8, 8, 0, new byte[(9 * 8) + 1]), "more data than the rows");
        Refused(ImageFiles.RawPng(8, 8, 8, 0, new byte[(9 * 8) - 1]), "less data than the rows");
        Refused(ImageFiles.RawPng(1, 2, 8, 3, [0, 0, 1], palette: [1, 2, 3]), "beyond its palette");
        Refused(ImageFiles.RawPng(1, 2, 8, 3, [0, 0, 1]), "palette is missing");
        Refused(ImageFiles.RawPng(1, 1, 8, 0, [5, 1]), "filtered by method 5");
        Refused(ImageFiles.RawPng(1, 1, 3, 0, [0, 1]), "colour 0 of 3 bits");
    }

    [Fact]
    public void A_png_that_inflates_far_beyond_its_rows_is_refused_without_being_inflated()
    {
        byte[] bomb = ImageFiles.RawPng(8, 8, 8, 0, new byte[100 << 20]);
        long before = GC.GetTotalAllocatedBytes(precise: true);

        Refused(bomb, "more data than the rows");

        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 20 << 20);
    }

    [Fact]
    public void Every_flipped_bit_of_a_png_is_noticed()
    {
        byte[] png = ImageFiles.Png(3, 4, 3, [.. Enumerable.Range(0, 36).Select(static i => (byte)(7 * i))]);
        for (int at = 8; at < png.Length; at++)
        {
            byte[] flipped = [.. png];
            flipped[at] ^= (byte)(1 << (at % 8));
            Assert.Throws<DataException>(() => ImageDecoder.Decode(flipped, "a", 3, 3, 4));
        }
    }

    [Fact]
    public void Four_inks_are_stored_inverted_with_adobes_segment_and_without()
    {
        byte[] inks = [30, 200, 120, 60];
        static int Light(int ink, int black) => ink * black / 255;

        int[] stored = [Light(30, 60), Light(200, 60), Light(120, 60)];
        Near(stored, ImageDecoder.Decode(ImageFiles.ComponentJpeg(inks, adobe: null), "a", 3, 1, 1));
        Near(stored, ImageDecoder.Decode(ImageFiles.ComponentJpeg(inks, adobe: 0), "a", 3, 1, 1));

        // Luma 100 without chroma: inks of 255 - 100, black of 60. Transform 1 is none of four components and means 2.
        int[] luma = [.. Enumerable.Repeat(Light(155, 60), 3)];
        Near(luma, ImageDecoder.Decode(ImageFiles.ComponentJpeg([100, 128, 128, 60], adobe: 2), "a", 3, 1, 1));
        Near(luma, ImageDecoder.Decode(ImageFiles.ComponentJpeg([100, 128, 128, 60], adobe: 1), "a", 3, 1, 1));

        byte grey = Assert.Single(ImageDecoder.Decode(ImageFiles.ComponentJpeg(inks, adobe: null), "a", 1, 1, 1));
        Assert.InRange(grey - ((0.299 * stored[0]) + (0.587 * stored[1]) + (0.114 * stored[2])), -3, 3);

        static void Near(int[] expected, byte[] found)
        {
            for (int i = 0; i < 3; i++) Assert.InRange(found[i], expected[i] - 3, expected[i] + 3);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(9)]
    public void The_orientation_is_read_as_a_short_or_a_long_of_either_order(byte type)
    {
        byte[] plain = ImageFiles.Jpeg(1, 2, [10, 250]);
        foreach (bool little in new[] { false, true })
        {
            byte[] tiff = ImageFiles.Tiff(6, little, type is 8 or 9 ? (byte)(type - 5) : type);
            if (type is 8 or 9) tiff[little ? 12 : 13] = type;

            byte[] turned = ImageDecoder.Decode(ImageFiles.WithSegments(plain, 0xE1, [.. "Exif\0\0"u8, .. tiff]), "a", 1, 16, 8);
            Assert.Equal((10, 250), (turned[0], turned[^1]));
            Assert.Equal([20, 10], Column(ImageFiles.RawPng(1, 2, 8, 0, [0, 20, 10], tiff: tiff)));
        }

        static byte[] Column(byte[] png) => ImageDecoder.Decode(png, "a", 1, 2, 1);
    }

    [Fact]
    public void Of_several_exif_segments_the_first_counts()
    {
        byte[] Exif(int orientation) => [.. "Exif\0\0"u8, .. ImageFiles.Tiff(orientation, little: true, 3)];
        byte[] jpeg = ImageFiles.WithSegments(ImageFiles.Jpeg(1, 2, [10, 250]), 0xE1, Exif(1), Exif(6));

        byte[] image = ImageDecoder.Decode(jpeg, "a", 1, 8, 16);
        Assert.Equal((10, 250), (image[0], image[15]));
    }

    [Theory]
    [InlineData(1, 8, "RLE8")]
    [InlineData(2, 4, "RLE4")]
    [InlineData(4, 0, "JPEG")]
    [InlineData(5, 0, "PNG")]
    [InlineData(3, 24, "Huffman")]
    [InlineData(6, 32, "bit fields with alpha")]
    [InlineData(77, 24, "method 77")]
    public void A_compressed_bmp_is_named(byte compression, byte bits, string method)
    {
        byte[] bmp = ImageFiles.Bmp(2, 2, new byte[12]);
        (bmp[30], bmp[28]) = (compression, bits);

        Refused(bmp, $"compressed BMP ({method}), which is not supported");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    public void A_bmp_with_a_palette_has_all_of_its_colours_under_every_header(int bits)
    {
        const int height = 3, width = 11;
        int colours = 1 << bits;
        byte[] palette = [.. Enumerable.Range(0, 3 * colours).Select(static i => (byte)((i * 37) + (i / 3)))];
        int[] indices = [.. Enumerable.Range(0, height * width).Select(i => colours - 1 - (i % colours))];
        byte[] expected = [.. indices.SelectMany(index => palette.Skip(3 * index).Take(3))];
        byte[][] rows = [.. indices.Chunk(width).Select(row => (byte[])[.. row.Chunk(8 / bits).Select(pixels =>
            (byte)pixels.Select((index, i) => index << (8 - bits - (i * bits))).Sum())])];

        foreach (int header in new[] { 12, 40, 56, 108, 124 })
        {
            foreach ((int gap, bool fromTop) in new[] { (0, false), (10, false), (0, header != 12) })
            {
                byte[] bmp = ImageFiles.RawBmp(height, width, bits, rows, header, palette, gap: gap, fromTop: fromTop);
                Assert.Equal(expected, ImageDecoder.DecodeUpright(bmp, 3).Pixels);
            }
        }
    }

    [Fact]
    public void A_bmp_of_two_to_four_bytes_a_pixel_is_read_by_its_masks_wherever_its_pixels_begin()
    {
        const int height = 2, width = 3;
        byte[] colours = [0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 132, 66, 33];
        Check(24, null, static (r, g, b) => [b, g, r]);
        Check(32, null, static (r, g, b) => [b, g, r, 9]);
        Check(32, [0xFF, 0xFF00, 0xFF0000], static (r, g, b) => [r, g, b, 9]);
        Check(32, [0xFF000000, 0xFF0000, 0xFF00], static (r, g, b) => [9, b, g, r]);
        Check(16, null, static (r, g, b) => Word(((r >> 3) << 10) | ((g >> 3) << 5) | (b >> 3)));
        Check(16, [0xF800, 0x7E0, 0x1F], static (r, g, b) => Word(((r >> 3) << 11) | ((g >> 2) << 5) | (b >> 3)), 65);

        static byte[] Word(int value) => [(byte)value, (byte)(value >> 8)];

        void Check(int bits, uint[]? masks, Func<byte, byte, byte, byte[]> pixel, byte green = 66)
        {
            byte[][] rows = [.. colours.Chunk(3 * width).Select(row => (byte[])[.. row.Chunk(3).SelectMany(c => pixel(c[0], c[1], c[2]))])];
            byte[] expected = [.. colours];
            expected[^2] = green;
            foreach (int header in masks is null && bits == 24 ? new[] { 12, 40, 124 } : [40, 56, 108, 124])
            {
                foreach ((int gap, bool fromTop) in new[] { (0, false), (10, false), (8, header != 12) })
                {
                    byte[] bmp = ImageFiles.RawBmp(height, width, bits, rows, header, masks: masks, gap: gap, fromTop: fromTop);
                    Assert.Equal(expected, ImageDecoder.DecodeUpright(bmp, 3).Pixels);
                    Assert.Equal(
                        expected.Chunk(3).Select(static c => ImageDecoder.Luma(c[0], c[1], c[2])),
                        ImageDecoder.DecodeUpright(bmp, 1).Pixels);
                }
            }
        }
    }

    [Fact]
    public void A_bmp_whose_palette_masks_or_place_of_pixels_cannot_be_is_refused()
    {
        Refused(ImageFiles.RawBmp(1, 2, 8, [[1, 2]], palette: [0, 0, 0, 9, 9, 9]), "beyond its palette");
        Refused(ImageFiles.RawBmp(1, 1, 32, [[1, 2, 3, 4]], masks: [0, 0xFF00, 0xFF]), "mask of colours of 00000000");
        Refused(ImageFiles.RawBmp(1, 1, 32, [[1, 2, 3, 4]], masks: [0xFF00FF, 0xFF00, 0xFF]), "mask of colours of 00ff00ff");
        byte[] bmp = ImageFiles.RawBmp(1, 1, 24, [[1, 2, 3]]);
        bmp[10] = 20;
        Refused(bmp, "begin within its header");
    }

    [Theory]
    [InlineData("GIF89a..........", "a GIF")]
    [InlineData("RIFF....WEBPVP8 ", "a WebP")]
    [InlineData("....ftypheic....", "a HEIC")]
    [InlineData("version https://git-lfs.github.com/spec/v1", "Git LFS")]
    [InlineData("<!DOCTYPE html>", "a page")]
    public void A_file_of_another_kind_is_named(string content, string kind) => Refused(System.Text.Encoding.ASCII.GetBytes(content), kind);

    [Fact]
    public void Three_components_of_a_jfif_file_are_luma_and_chroma_whatever_adobes_segment_says()
    {
        Assert.Equal([100, 128, 128], Pixel(adobe: 0, jfif: false));
        foreach (byte? adobe in new byte?[] { null, 0, 1 }) Assert.Equal([100, 100, 100], Pixel(adobe, jfif: true));

        static byte[] Pixel(byte? adobe, bool jfif) =>
            ImageDecoder.DecodeUpright(ImageFiles.ComponentJpeg([100, 128, 128], adobe, jfif), 3).Pixels[..3];
    }

    [Theory]
    [InlineData(0xC3, 8, "lossless")]
    [InlineData(0xC9, 8, "arithmetic")]
    [InlineData(0xC0, 12, "12 bits")]
    public void A_jpeg_of_a_rare_kind_is_named(byte marker, byte bits, string kind)
    {
        byte[] jpeg = ImageFiles.Jpeg(1, 1, [10]);
        int frame = jpeg.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        (jpeg[frame + 1], jpeg[frame + 4]) = (marker, bits);

        Refused(jpeg, kind);
    }

    private static void Refused(byte[] file, string what) =>
        Assert.Contains(
            what, Assert.Throws<DataException>(() => ImageDecoder.Decode(file, "a", 3, 8, 8)).Message, StringComparison.Ordinal);
}
