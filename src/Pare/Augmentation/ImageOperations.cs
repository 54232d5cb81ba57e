using System.Runtime.CompilerServices;

namespace Pare.Augmentation;

/// <summary>
/// The operations that TrivialAugment and AugMix choose from, on bytes as the papers have them, and rounded as in the imaging library of
/// Python, so that a level means the same as there. Images are <c>[channel][row][column]</c>, of 1 channel (grey) or 3 (red, green, blue),
/// and are changed in place.
/// </summary>
internal static class ImageOperations
{
    private const int Levels = 256;

    // A fraction of a pixel in a nearest neighbour's coordinates.
    private const int FractionBits = 16;

    /// <summary>Rounds values of 0 to 1 to bytes; what came from bytes comes out as it was.</summary>
    public static void ToBytes(ReadOnlySpan<float> image, Span<byte> bytes)
    {
        for (int i = 0; i < image.Length; i++) bytes[i] = (byte)Whole(Math.Clamp((image[i] * 255) + 0.5f, 0, 255));
    }

    /// <summary>Stretches each channel so that its darkest value is 0 and its lightest 255; one that never varies stays.</summary>
    /// <param name="image">The image.</param>
    /// <param name="area">Pixels of a channel.</param>
    public static void AutoContrast(Span<byte> image, int area)
    {
        Span<byte> table = stackalloc byte[Levels];
        for (int start = 0; start < image.Length; start += area)
        {
            Span<byte> plane = image.Slice(start, area);
            byte low = 255, high = 0;
            foreach (byte value in plane) (low, high) = (Math.Min(low, value), Math.Max(high, value));
            if (high <= low) continue;
            double scale = 255.0 / (high - low), offset = -low * scale;
            for (int i = 0; i < Levels; i++) table[i] = (byte)Math.Clamp((int)((i * scale) + offset), 0, 255);
            Look(plane, table);
        }
    }

    /// <summary>Maps each channel so that its values are spread as evenly as their counts allow.</summary>
    /// <inheritdoc cref="AutoContrast"/>
    public static void Equalize(Span<byte> image, int area)
    {
        Span<byte> table = stackalloc byte[Levels];
        Span<int> counts = stackalloc int[Levels];
        for (int start = 0; start < image.Length; start += area)
        {
            Span<byte> plane = image.Slice(start, area);
            counts.Clear();
            foreach (byte value in plane) counts[value]++;
            int last = Levels - 1;
            while (counts[last] == 0) last--;

            // How many pixels a level gets; the lightest value of the image gets what is left. Too few pixels for a level each: as it is.
            int step = (area - counts[last]) / 255;
            if (step == 0) continue;
            int seen = step / 2;
            for (int i = 0; i < Levels; i++)
            {
                table[i] = (byte)Math.Min(seen / step, 255);
                seen += counts[i];
            }

            Look(plane, table);
        }
    }

    /// <summary>Keeps the uppermost bits of each value.</summary>
    /// <param name="image">The image.</param>
    /// <param name="bits">Bits to keep, 0 to 8.</param>
    public static void Posterize(Span<byte> image, int bits)
    {
        byte mask = (byte)(255 << (8 - bits));
        foreach (ref byte value in image) value &= mask;
    }

    /// <summary>Inverts what is at least as light as a threshold.</summary>
    /// <param name="image">The image.</param>
    /// <param name="threshold">0 inverts all, 256 nothing.</param>
    public static void Solarize(Span<byte> image, int threshold)
    {
        foreach (ref byte value in image) value = value < threshold ? value : (byte)(255 - value);
    }

    /// <summary>Moves between black (factor 0) and the image (1), or beyond.</summary>
    /// <param name="image">The image.</param>
    /// <param name="factor">0 or more.</param>
    public static void Brightness(Span<byte> image, float factor)
    {
        foreach (ref byte value in image) value = Blend(0, value, factor);
    }

    /// <summary>Moves between the mean grey of the image (factor 0) and the image (1), or beyond.</summary>
    /// <param name="image">The image.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="factor">0 or more.</param>
    public static void Contrast(Span<byte> image, int channels, float factor)
    {
        int area = image.Length / channels;
        long sum = 0;
        for (int i = 0; i < area; i++) sum += Grey(image, area, i);
        byte mean = (byte)(((double)sum / area) + 0.5);
        foreach (ref byte value in image) value = Blend(mean, value, factor);
    }

    /// <summary>Moves between grey (factor 0) and the image (1), or beyond; a grey image stays as it is.</summary>
    /// <inheritdoc cref="Contrast"/>
    public static void Color(Span<byte> image, int channels, float factor)
    {
        if (channels == 1) return;
        int area = image.Length / channels;
        for (int i = 0; i < area; i++)
        {
            byte grey = Grey(image, area, i);
            for (int at = i; at < image.Length; at += area) image[at] = Blend(grey, image[at], factor);
        }
    }

    /// <summary>
    /// Moves between the smoothed image (factor 0) and the image (1), or beyond. Smoothed is the mean of 3x3 pixels, the middle one five
    /// times; the outermost pixels stay.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="factor">0 or more.</param>
    /// <param name="spare">Working memory of the image's length.</param>
    public static void Sharpness(Span<byte> image, int height, int width, float factor, Span<byte> spare)
    {
        const int weights = 13;
        image.CopyTo(spare);
        for (int start = 0; start < image.Length; start += height * width)
        {
            for (int row = 1; row < height - 1; row++)
            {
                for (int column = 1; column < width - 1; column++)
                {
                    int at = start + (row * width) + column, sum = 4 * spare[at];
                    for (int middle = at - width; middle <= at + width; middle += width)
                        sum += spare[middle - 1] + spare[middle] + spare[middle + 1];
                    image[at] = Blend((byte)(((2 * sum) + weights) / (2 * weights)), spare[at], factor);
                }
            }
        }
    }

    /// <summary>Resamples an image; what comes from outside is black.</summary>
    /// <param name="image">The image.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="map">Where each pixel of the result comes from.</param>
    /// <param name="smooth">Whether between the four nearest pixels, or from the nearest.</param>
    /// <param name="spare">Working memory of the image's length.</param>
    public static void Warp(Span<byte> image, int height, int width, in PixelMap map, bool smooth, Span<byte> spare)
    {
        image.CopyTo(spare);
        if (smooth) Between(spare[..image.Length], height, width, map, image);
        else Nearest(spare[..image.Length], height, width, map, image);
    }

    // a + factor (b - a), cut to a byte; a factor of 1 is b.
    private static byte Blend(byte a, byte b, float factor) => (byte)Whole(Math.Clamp(a + (factor * (b - a)), 0f, 255f));

    private static byte Grey(ReadOnlySpan<byte> image, int area, int pixel)
    {
        if (image.Length == area) return image[pixel];

        // ITU-R BT.601 in 65536ths.
        return (byte)(((19595 * image[pixel]) + (38470 * image[pixel + area]) + (7471 * image[pixel + (2 * area)]) + 0x8000) >> 16);
    }

    private static void Look(Span<byte> plane, ReadOnlySpan<byte> table)
    {
        foreach (ref byte value in plane) value = table[value];
    }

    // In whole 65536ths of a pixel, which are the same everywhere.
    private static void Nearest(ReadOnlySpan<byte> source, int height, int width, in PixelMap map, Span<byte> result)
    {
        int area = height * width;
        (int perColumn, int perRow, int first) = Fixed(map.Column);
        (int downColumn, int downRow, int top) = Fixed(map.Row);
        for (int row = 0, at = 0; row < height; row++)
        {
            int x = first + (row * perRow), y = top + (row * downRow);
            for (int column = 0; column < width; column++, at++, x += perColumn, y += downColumn)
            {
                int left = x >> FractionBits, above = y >> FractionBits, from = (above * width) + left;
                bool inside = (uint)left < (uint)width && (uint)above < (uint)height;
                for (int start = 0; start < result.Length; start += area) result[start + at] = inside ? source[start + from] : (byte)0;
            }
        }
    }

    // The coordinate's slopes and where the centre of the first pixel falls.
    private static (int PerColumn, int PerRow, int First) Fixed(in PixelCoordinate along) =>
        (Fixed(along.PerColumn), Fixed(along.PerRow), Fixed(along.Offset + (along.PerColumn * 0.5) + (along.PerRow * 0.5)));

    private static int Fixed(double value) => (int)Math.Floor((value * (1 << FractionBits)) + 0.5);

    // In double precision and cut to a byte, as the imaging library has it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Between(ReadOnlySpan<byte> source, int height, int width, in PixelMap map, Span<byte> result)
    {
        int area = height * width, channels = result.Length / area;
        PixelCoordinate along = map.Column, down = map.Row;
        result.Clear();
        fixed (byte* from = source, to = result)
        {
            for (int row = 0; row < height; row++)
            {
                double alongRow = along.PerRow * (row + 0.5), downRow = down.PerRow * (row + 0.5);
                byte* target = to + (row * width);
                for (int column = 0; column < width; column++)
                {
                    double x = (along.PerColumn * (column + 0.5)) + alongRow + along.Offset;
                    double y = (down.PerColumn * (column + 0.5)) + downRow + down.Offset;
                    if (!(x >= 0 && x < width && y >= 0 && y < height)) continue;
                    x -= 0.5;
                    y -= 0.5;

                    // The next whole number below; not below 0 but within half a pixel of the border.
                    int left = x < 0 ? -1 : Whole(x), above = y < 0 ? -1 : Whole(y);
                    double across = x - left, under = y - above;

                    // There both neighbours are the outermost pixel.
                    int first = Math.Max(left, 0), second = Math.Min(left + 1, width - 1);
                    byte* upper = from + (Math.Max(above, 0) * width), lower = from + (Math.Min(above + 1, height - 1) * width);
                    for (int c = 0, start = 0; c < channels; c++, start += area)
                    {
                        int a = upper[start + first], b = lower[start + first];
                        double top = a + ((upper[start + second] - a) * across), bottom = b + ((lower[start + second] - b) * across);
                        target[start + column] = (byte)Whole(top + ((bottom - top) * under));
                    }
                }
            }
        }
    }

    // Of what fits: a conversion that says so is several times as fast as one that has to find out.
    private static int Whole(double value) => double.ConvertToIntegerNative<int>(value);
}
