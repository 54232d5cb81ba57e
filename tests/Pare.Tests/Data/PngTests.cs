using Pare.Data;
using StbImageSharp;

namespace Pare.Tests.Data;

public class PngTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(300, 200)]
    public void Another_decoder_reads_what_was_written(int width, int height)
    {
        byte[] pixels = Random(3 * width * height);
        using var file = new MemoryStream();
        Png.Write(file, channels: 3, width, pixels);

        ImageResult read = ImageResult.FromMemory(file.ToArray(), ColorComponents.RedGreenBlue);
        Assert.Equal((width, height), (read.Width, read.Height));
        Assert.Equal(pixels, read.Data);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 9, 5)]
    [InlineData(3, 4, 7)]
    public void An_image_of_a_data_set_comes_back_with_its_channels(int channels, int width, int height)
    {
        byte[] image = Random(channels * width * height);
        ImageResult read = ImageResult.FromMemory(Png.Encode(image, channels, width), ColorComponents.Default);
        Assert.Equal((width, height, channels), (read.Width, read.Height, (int)read.Comp));
        for (int i = 0; i < image.Length; i++)
            Assert.Equal(image[i], read.Data[(i % (width * height) * channels) + (i / (width * height))]);
    }

    [Fact]
    public void Checksums_are_those_of_the_format()
    {
        using var file = new MemoryStream();
        Png.Write(file, channels: 3, 1, [1, 2, 3]);
        Assert.Equal(new byte[] { 0, 0, 0, 0, (byte)'I', (byte)'E', (byte)'N', (byte)'D', 0xAE, 0x42, 0x60, 0x82 }, file.ToArray()[^12..]);
    }

    [Theory]
    [InlineData(3, 2, 3)]
    [InlineData(2, 1, 2)]
    [InlineData(1, 2, 0)]
    public void Pixels_that_are_no_whole_rows_are_refused(int channels, int width, int bytes) =>
        Assert.Throws<ArgumentException>(() => Png.Write(Stream.Null, channels, width, new byte[bytes]));

    private static byte[] Random(int count)
    {
        var random = new SeededRandom(count);
        return [.. Enumerable.Range(0, count).Select(_ => (byte)random.NextInt(256))];
    }
}
