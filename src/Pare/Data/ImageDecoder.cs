using StbImageSharp;

namespace Pare.Data;

/// <summary>
/// Turns a PNG, JPEG or BMP file into the bytes a network is fed: the one way in for training, prediction and calibration.
/// </summary>
/// <remarks>
/// The steps are: decode; colour to grey by the luma of ITU-R BT.601, or grey to colour; turn as EXIF's orientation says;
/// scale without distortion until the frame is covered (area filter to shrink, bicubic to enlarge); crop to the centre.
/// Transparency is dropped.
/// </remarks>
public static class ImageDecoder
{
    /// <summary>Larger files are no images for a small classifier, and a damaged archive may claim any length.</summary>
    public const long MostFileBytes = 256L << 20;

    /// <summary>To be raised when any file decodes to other bytes than before: decoded images are kept.</summary>
    internal const int Version = 2;

    // Planes of a JPEG, coefficients where it is progressive, the picture, the picture upright.
    private const long BytesAPixel = 16;

    /// <summary>The file names that are taken for images, by their ending, in any case.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".png", ".jpg", ".jpeg", ".bmp"];

    /// <summary>Decodes one file to the wanted size.</summary>
    /// <param name="file">The bytes of the file.</param>
    /// <param name="name">What to call it in an error.</param>
    /// <param name="channels">1 for grey, 3 for red, green and blue.</param>
    /// <param name="height">Rows wanted.</param>
    /// <param name="width">Columns wanted.</param>
    /// <returns>The image, <c>[channel][row][column]</c>.</returns>
    /// <exception cref="DataException">The file does not decode.</exception>
    public static byte[] Decode(byte[] file, string name, int channels, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(name);
        byte[] image = new byte[channels * height * width];
        try
        {
            Decode(file, channels, height, width, image);
        }
        catch (InvalidDataException error)
        {
            throw new DataException($"The image does not decode: {error.Message}.", name, "Replace or delete the file.", error);
        }

        return image;
    }

    /// <summary>Whether the name ends as an image's does.</summary>
    public static bool IsImageName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Extensions.Any(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Decodes one file to the wanted size into <paramref name="target"/>, <c>[channel][row][column]</c>.</summary>
    /// <exception cref="InvalidDataException">The file does not decode; the message says why.</exception>
    internal static void Decode(byte[] file, int channels, int height, int width, Span<byte> target)
    {
        (byte[] pixels, int rows, int columns) = DecodeUpright(file, channels);
        Resampler.Cover(pixels, rows, columns, channels, target, height, width);
    }

    /// <summary>Decodes one file upright in its own size, <c>[row][column][channel]</c>.</summary>
    /// <exception cref="InvalidDataException">The file does not decode; the message says why.</exception>
    internal static (byte[] Pixels, int Height, int Width) DecodeUpright(byte[] file, int channels)
    {
        ImageHeader header = ImageHeader.Read(file);
        byte[] pixels;
        try
        {
            ColorComponents colours = channels == 1 ? ColorComponents.Grey : ColorComponents.RedGreenBlue;
            pixels = PngDecoder.IsPng(file) ? PngDecoder.Decode(file, channels)
                : BmpDecoder.IsBmp(file) ? BmpDecoder.Decode(file, channels)
                : ImageResult.FromMemory(JpegColours.Named(file, header), colours).Data;
        }
        // The decoder reports damage by whatever its reading runs into.
        catch (Exception error) when (error is not (OutOfMemoryException or InvalidDataException))
        {
            throw new InvalidDataException("its content is damaged or of an unsupported kind", error);
        }

        if (pixels.LongLength != (long)header.Width * header.Height * channels)
            throw new InvalidDataException("its content is of another size than its header says");
        return Exif.Upright(pixels, header.Height, header.Width, channels, header.Orientation);
    }

    /// <summary>Brings a decoded picture to the wanted size and channels, by the steps that follow decoding.</summary>
    /// <param name="pixels"><c>[row][column][channel]</c>.</param>
    /// <param name="rows">Rows of the picture.</param>
    /// <param name="columns">Columns of the picture.</param>
    /// <param name="depth">Channels of the picture: 1, or 3 or 4, of which the fourth is passed over.</param>
    /// <param name="channels">1 for grey, 3 for red, green and blue.</param>
    /// <param name="height">Rows wanted.</param>
    /// <param name="width">Columns wanted.</param>
    /// <returns>The image, <c>[channel][row][column]</c>.</returns>
    internal static byte[] Fit(ReadOnlySpan<byte> pixels, int rows, int columns, int depth, int channels, int height, int width)
    {
        byte[] image = new byte[channels * height * width];
        if (depth == channels)
        {
            Resampler.Cover(pixels, rows, columns, channels, image, height, width);
            return image;
        }

        byte[] converted = new byte[checked(rows * columns * channels)];
        for (int from = 0, to = 0; from < pixels.Length; from += depth, to += channels)
        {
            if (channels == 1) converted[to] = Luma(pixels[from], pixels[from + 1], pixels[from + 2]);
            else if (depth == 1) converted.AsSpan(to, channels).Fill(pixels[from]);
            else pixels.Slice(from, channels).CopyTo(converted.AsSpan(to));
        }

        Resampler.Cover(converted, rows, columns, channels, image, height, width);
        return image;
    }

    /// <summary>
    /// The memory that decoding a file takes, about, in bytes; 0 where it will not decode. A small file may hold a huge picture: a program
    /// that takes files of strangers asks before it decodes.
    /// </summary>
    /// <param name="file">The bytes of the file, of which the header is read.</param>
    public static long BytesToDecode(ReadOnlySpan<byte> file)
    {
        try
        {
            ImageHeader header = ImageHeader.ReadSize(file);
            return BytesAPixel * header.Width * header.Height;
        }
        catch (InvalidDataException)
        {
            return 0;
        }
    }

    /// <summary>A planar image, <c>[channel][row][column]</c>, with the channels of a pixel side by side.</summary>
    internal static byte[] Interleaved(ReadOnlySpan<byte> planes, int channels)
    {
        var pixels = new byte[planes.Length];
        int area = planes.Length / channels;
        for (int i = 0; i < pixels.Length; i++) pixels[i] = planes[(i % channels * area) + (i / channels)];
        return pixels;
    }

    /// <summary>Red, green and blue as grey by the luma of ITU-R BT.601, in whole numbers.</summary>
    internal static byte Luma(int red, int green, int blue) => (byte)(((red * 77) + (green * 150) + (blue * 29)) >> 8);
}
