namespace Pare.Robustness.Corruptions;

/// <summary>Pixelate: a picture made small and large again. Hendrycks and Dietterich 2019, arXiv 1903.12261.</summary>
internal static class Resizing
{
    /// <summary>
    /// Makes a picture of n pixels one of floor(c n) and stretches it again. A small pixel at i is the mean of the pixels from
    /// floor((i + 1/2) q - q/2 + 1/2) up to floor((i + 1/2) q + q/2 + 1/2), q = n / floor(c n), first along the rows, then along the
    /// columns, rounded to bytes each time; a pixel of the result is the small one in which its middle lies.
    /// </summary>
    /// <param name="image">Bytes.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="share">c, above 0 and below 1.</param>
    /// <param name="to">As <paramref name="image"/>.</param>
    public static void Pixelate(ReadOnlySpan<byte> image, int height, int width, double share, Span<byte> to)
    {
        int rows = (int)(height * share), columns = (int)(width * share), area = height * width;
        Span<byte> narrow = height * columns <= 4096 ? stackalloc byte[height * columns] : new byte[height * columns];
        Span<byte> small = rows * columns <= 4096 ? stackalloc byte[rows * columns] : new byte[rows * columns];
        Span<(int From, int End)> boxes = columns <= 512 ? stackalloc (int, int)[columns] : new (int, int)[columns];
        for (int i = 0; i < columns; i++) boxes[i] = Box(i, width, columns);
        for (int start = 0; start < image.Length; start += area)
        {
            for (int row = 0; row < height; row++)
                for (int i = 0; i < columns; i++)
                {
                    (int from, int end) = boxes[i];
                    narrow[(row * columns) + i] = Mean(image.Slice(start + (row * width) + from, end - from), 1);
                }

            for (int i = 0; i < rows; i++)
            {
                (int from, int end) = Box(i, height, rows);
                for (int column = 0; column < columns; column++)
                    small[(i * columns) + column] =
                        Mean(narrow[((from * columns) + column)..(((end - 1) * columns) + column + 1)], columns);
            }

            for (int row = 0; row < height; row++)
            {
                ReadOnlySpan<byte> line = small.Slice((int)((row + 0.5) * rows / height) * columns, columns);
                for (int column = 0; column < width; column++)
                    to[start + (row * width) + column] = line[(int)((column + 0.5) * columns / width)];
            }
        }
    }

    private static (int From, int End) Box(int place, int length, int parts)
    {
        double size = (double)length / parts, middle = (place + 0.5) * size;
        int from = Math.Max(0, (int)(middle - (size / 2) + 0.5)), end = Math.Min(length, (int)(middle + (size / 2) + 0.5));

        // The middle of a pixel lies in (-1/2, 1/2] of the box.
        while ((from + 0.5 - middle) / size <= -0.5) from++;
        while ((end - 0.5 - middle) / size > 0.5) end--;
        return (from, end);
    }

    private static byte Mean(ReadOnlySpan<byte> pixels, int step)
    {
        int sum = 0, count = 0;
        for (int i = 0; i < pixels.Length; i += step, count++) sum += pixels[i];
        return (byte)(((2 * sum) + count) / (2 * count));
    }
}
