using System.Runtime.InteropServices;
using StbImageSharp;

namespace Pare.Data;

/// <summary>JPEG files of four inks, as libjpeg and what rests on it decode them.</summary>
/// <remarks>
/// With Adobe's segment the inks are stored inverted, by its transform as CMYK or YCCK; without one they are CMYK as it is. The decoder
/// knows the first only and takes the second for luma and chroma, so it is handed the second as the first: with such a segment, and
/// each block inverted.
/// </remarks>
internal static class CmykJpeg
{
    private const int Block = 8;

    private static readonly byte[] AdobeSegment = [0xFF, 0xEE, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, 0];

    /// <summary>Decodes a file as stored, <c>[row][column][channel]</c>.</summary>
    /// <exception cref="InvalidDataException">It does not decode.</exception>
    public static unsafe byte[] Decode(byte[] file, ImageHeader header, int channels)
    {
        byte[] known = header.Adobe is null ? [.. file[..2], .. AdobeSegment, .. file[2..]] : [.. file];

        // What libjpeg makes of a transform that there is not.
        if (header.Adobe is (not (0 or 2), int at)) known[at] = 2;
        using var stream = new MemoryStream(known);
        var jpeg = new StbImage.stbi__jpeg { s = new StbImage.stbi__context(stream) };
        StbImage.stbi__setup_jpeg(jpeg);
        if (header.Adobe is null)
        {
            var kernel = jpeg.idct_block_kernel;
            jpeg.idct_block_kernel = (output, stride, data) =>
            {
                kernel(output, stride, data);
                for (int y = 0; y < Block; y++)
                    for (int x = 0; x < Block; x++) output[(y * stride) + x] ^= 0xFF;
            };
        }

        int width, height, components;
        byte* decoded = StbImage.load_jpeg_image(jpeg, &width, &height, &components, 3);
        if (decoded is null) throw new InvalidDataException("its content is damaged or of an unsupported kind");
        try
        {
            var colours = new ReadOnlySpan<byte>(decoded, checked(3 * width * height));
            if (channels == 3) return colours.ToArray();
            byte[] grey = new byte[width * height];
            for (int i = 0; i < grey.Length; i++) grey[i] = ImageDecoder.Luma(colours[3 * i], colours[(3 * i) + 1], colours[(3 * i) + 2]);
            return grey;
        }
        finally
        {
            Marshal.FreeHGlobal((nint)decoded);
        }
    }
}
