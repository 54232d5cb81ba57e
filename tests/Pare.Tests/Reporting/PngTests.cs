using Pare.Reporting;
using StbImageSharp;

namespace Pare.Tests.Reporting;

public class PngTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(300, 200)]
    public void Another_decoder_reads_what_was_written(int width, int height)
    {
        var random = new SeededRandom(width);
        byte[] pixels = [.. Enumerable.Range(0, 3 * width * height).Select(_ => (byte)random.NextInt(256))];
        using var file = new MemoryStream();
        Png.Write(file, width, pixels);

        ImageResult read = ImageResult.FromMemory(file.ToArray(), ColorComponents.RedGreenBlue);
        Assert.Equal((width, height), (read.Width, read.Height));
        Assert.Equal(pixels, read.Data);
    }

    [Fact]
    public void Checksums_are_those_of_the_format()
    {
        using var file = new MemoryStream();
        Png.Write(file, 1, [1, 2, 3]);
        Assert.Equal(new byte[] { 0, 0, 0, 0, (byte)'I', (byte)'E', (byte)'N', (byte)'D', 0xAE, 0x42, 0x60, 0x82 }, file.ToArray()[^12..]);
    }

    [Fact]
    public void Pixels_that_are_no_whole_rows_are_refused() =>
        Assert.Throws<ArgumentException>(() => Png.Write(Stream.Null, 2, [1, 2, 3]));
}
