namespace Pare.Robustness.Corruptions;

/// <summary>
/// What a picture loses on its way through a baseline JPEG file (ITU-T T.81; JFIF 1.02), without the file: Huffman codes lose nothing.
/// Colours go to luminance and two chrominances, which are halved in both directions; 8x8 blocks through the cosine transform; its
/// coefficients are divided by the tables of Annex K, scaled by the quality as the Independent JPEG Group's encoder does, and rounded. Back
/// the same way, chrominance interpolated with weights 3 : 1. Hendrycks and Dietterich 2019, arXiv 1903.12261.
/// </summary>
internal sealed class Jpeg
{
    private const int Side = 8, Block = 64;

    // Annex K.1 and K.2, row by row: how coarse the coefficient of each pair of frequencies may be.
    private static ReadOnlySpan<byte> Luminance =>
    [
        16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
        18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100,
        103, 99,
    ];

    private static ReadOnlySpan<byte> Chrominance =>
    [
        17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    ];

    private readonly int[] _luminance, _chrominance;
    private readonly int _channels, _height, _width;

    /// <param name="channels">1 for grey, 3 for colour.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="quality">1 to 100.</param>
    public Jpeg(int channels, int height, int width, int quality)
    {
        (_channels, _height, _width) = (channels, height, width);
        int scale = quality < 50 ? 5000 / quality : 200 - (2 * quality);
        (_luminance, _chrominance) = (Scaled(Luminance, scale), Scaled(Chrominance, scale));
    }

    /// <summary>Sends a picture through.</summary>
    /// <param name="image"><c>[channel][row][column]</c>.</param>
    /// <param name="to">As <paramref name="image"/>.</param>
    public void Apply(ReadOnlySpan<byte> image, Span<byte> to)
    {
        if (_channels == 1)
        {
            (int rows, int columns) = (Up(_height, Side), Up(_width, Side));
            Span<float> plane = Pixels.Spare(1, rows * columns);
            for (int row = 0; row < rows; row++)
            {
                ReadOnlySpan<byte> line = image.Slice(Math.Min(row, _height - 1) * _width, _width);
                for (int column = 0; column < columns; column++) plane[(row * columns) + column] = line[Math.Min(column, _width - 1)];
            }

            Quantize(plane, rows, columns, _luminance);
            for (int row = 0; row < _height; row++)
                for (int column = 0; column < _width; column++) to[(row * _width) + column] = (byte)plane[(row * columns) + column];
            return;
        }

        Colour(image, to);
    }

    private static int Up(int length, int multiple) => (length + multiple - 1) / multiple * multiple;

    private static int[] Scaled(ReadOnlySpan<byte> table, int scale)
    {
        var steps = new int[Block];
        for (int i = 0; i < Block; i++) steps[i] = Math.Clamp(((table[i] * scale) + 50) / 100, 1, 255);
        return steps;
    }

    // Blocks to coefficients, rounded to their steps, and back to whole numbers from 0 to 255.
    private static void Quantize(Span<float> plane, int rows, int columns, ReadOnlySpan<int> steps)
    {
        Span<int> block = stackalloc int[Block];
        for (int top = 0; top < rows; top += Side)
        {
            for (int left = 0; left < columns; left += Side)
            {
                for (int i = 0; i < Block; i++) block[i] = (int)plane[((top + (i / Side)) * columns) + left + (i % Side)] - 128;
                CosineTransform.Forward(block);
                for (int i = 0; i < Block; i++)
                {
                    // Halves away from 0; coefficients are eight times their size.
                    int step = 8 * steps[i], size = (Math.Abs(block[i]) + (step / 2)) / step;
                    block[i] = Math.Sign(block[i]) * size * steps[i];
                }

                CosineTransform.Backward(block);
                for (int i = 0; i < Block; i++)
                    plane[((top + (i / Side)) * columns) + left + (i % Side)] = Math.Clamp(block[i] + 128, 0, 255);
            }
        }
    }

    private void Colour(ReadOnlySpan<byte> image, Span<byte> to)
    {
        int rows = Up(_height, 2 * Side), columns = Up(_width, 2 * Side), area = _height * _width, all = rows * columns;
        int halfRows = rows / 2, halfColumns = columns / 2, quarter = all / 4;
        Span<float> y = Pixels.Spare(1, all), cb = Pixels.Spare(2, quarter), cr = Pixels.Spare(3, quarter);
        Span<float> wide = Pixels.Spare(4, 2 * all);
        for (int row = 0, at = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++, at++)
            {
                int from = (Math.Min(row, _height - 1) * _width) + Math.Min(column, _width - 1);
                int r = image[from], g = image[from + area], b = image[from + (2 * area)];

                // In 16 bits after the point, as encoders do: 0.299, 0.587, 0.114; 0.168736, 0.331264, 0.5; 0.5, 0.418688, 0.081312.
                y[at] = ((19595 * r) + (38470 * g) + (7471 * b) + 32768) >> 16;
                wide[at] = ((-11058 * r) - (21710 * g) + (32768 * b) + (128 << 16) + 32767) >> 16;
                wide[all + at] = ((32768 * r) - (27439 * g) - (5329 * b) + (128 << 16) + 32767) >> 16;
            }
        }

        Halve(wide[..all], halfRows, halfColumns, cb);
        Halve(wide[all..], halfRows, halfColumns, cr);
        Quantize(y, rows, columns, _luminance);
        Quantize(cb, halfRows, halfColumns, _chrominance);
        Quantize(cr, halfRows, halfColumns, _chrominance);
        Double(cb, halfRows, halfColumns, wide[..all]);
        Double(cr, halfRows, halfColumns, wide[all..]);
        for (int row = 0, at = 0; row < _height; row++)
        {
            for (int column = 0; column < _width; column++, at++)
            {
                int from = (row * columns) + column, light = (int)y[from], blue = (int)wide[from] - 128, red = (int)wide[all + from] - 128;
                to[at] = (byte)Math.Clamp(light + (((91881 * red) + 32768) >> 16), 0, 255);
                to[at + area] = (byte)Math.Clamp(light + (((-22553 * blue) - (46802 * red) + 32768) >> 16), 0, 255);
                to[at + (2 * area)] = (byte)Math.Clamp(light + (((116130 * blue) + 32768) >> 16), 0, 255);
            }
        }
    }

    // The mean of 2x2 pixels; halves go down and up in turn. Below the picture its last row of such means is repeated.
    private void Halve(ReadOnlySpan<float> plane, int rows, int columns, Span<float> to)
    {
        int width = 2 * columns, own = (_height + 1) / 2;
        for (int row = 0; row < rows; row++)
        {
            if (row >= own)
            {
                to.Slice((own - 1) * columns, columns).CopyTo(to[(row * columns)..]);
                continue;
            }

            for (int column = 0; column < columns; column++)
            {
                int at = (2 * row * width) + (2 * column);
                int sum = (int)(plane[at] + plane[at + 1] + plane[at + width] + plane[at + width + 1]);
                to[(row * columns) + column] = (sum + 1 + (column & 1)) >> 2;
            }
        }
    }

    // A pixel is 9/16 of the nearest, 3/16 of the two beside and 1/16 of the one across; at the border the nearest stands for those
    // outside.
    private void Double(ReadOnlySpan<float> plane, int rows, int columns, Span<float> to)
    {
        // What lies outside of the picture plays no part: the decoder repeats the last rows and columns that it holds.
        int lastRow = Math.Min(rows, (_height + 1) / 2) - 1, lastColumn = Math.Min(columns, (_width + 1) / 2) - 1, width = 2 * columns;
        for (int row = 0; row <= (2 * lastRow) + 1; row++)
        {
            int near = row / 2, far = Math.Clamp(near + ((row & 1) == 0 ? -1 : 1), 0, lastRow);
            for (int column = 0; column <= (2 * lastColumn) + 1; column++)
            {
                int at = column / 2, beside = Math.Clamp(at + ((column & 1) == 0 ? -1 : 1), 0, lastColumn);
                int own = (int)((3 * plane[(near * columns) + at]) + plane[(far * columns) + at]);
                int other = (int)((3 * plane[(near * columns) + beside]) + plane[(far * columns) + beside]);
                to[(row * width) + column] = ((3 * own) + other + ((column & 1) == 0 ? 8 : 7)) >> 4;
            }
        }
    }
}
