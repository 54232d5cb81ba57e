namespace Pare.Robustness.Corruptions;

/// <summary>Pixels between pixels and beyond the border, and filters over them.</summary>
internal static class Sampling
{
    /// <summary>The place inside of <paramref name="length"/> pixels that a place stands for; -1 where that is black.</summary>
    public static int Fold(int place, int length, Border border)
    {
        if ((uint)place < (uint)length) return place;
        switch (border)
        {
            case Border.Black: return -1;
            case Border.Nearest: return Math.Clamp(place, 0, length - 1);
            case Border.Mirror:
                if (length == 1) return 0;
                int cycle = 2 * (length - 1);
                place = ((place % cycle) + cycle) % cycle;
                return place < length ? place : cycle - place;
            default:
                int both = 2 * length;
                place = ((place % both) + both) % both;
                return place < length ? place : both - 1 - place;
        }
    }

    /// <summary>Takes one pixel of the result from a place between pixels, by the four around it: bilinear.</summary>
    /// <param name="image"><c>[channel][row][column]</c>.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="row">The row looked at.</param>
    /// <param name="column">The column looked at.</param>
    /// <param name="border">What lies outside.</param>
    /// <param name="to">As <paramref name="image"/>.</param>
    /// <param name="at">The pixel's place in a plane of the result.</param>
    public static void Take(ReadOnlySpan<float> image, int height, int width, double row, double column, Border border, Span<float> to,
        int at)
    {
        double top = Math.Floor(row), left = Math.Floor(column);
        float down = (float)(row - top), right = (float)(column - left);
        int area = height * width;
        int r0 = (int)Math.Clamp(top, -1e9, 1e9), c0 = (int)Math.Clamp(left, -1e9, 1e9), r1 = r0 + 1, c1 = c0 + 1;
        if (r0 >= 0 && c0 >= 0 && r1 < height && c1 < width)
        {
            for (int start = 0, corner = (r0 * width) + c0; start < image.Length; start += area)
            {
                ReadOnlySpan<float> above = image.Slice(start + corner, 2), below = image.Slice(start + corner + width, 2);
                float first = above[0] + (right * (above[1] - above[0])), second = below[0] + (right * (below[1] - below[0]));
                to[start + at] = first + (down * (second - first));
            }

            return;
        }

        (r0, r1) = (Fold(r0, height, border), Fold(r1, height, border));
        (c0, c1) = (Fold(c0, width, border), Fold(c1, width, border));
        for (int start = 0; start < image.Length; start += area)
        {
            float first = Pixel(image, start, r0, c0) + (right * (Pixel(image, start, r0, c1) - Pixel(image, start, r0, c0)));
            float second = Pixel(image, start, r1, c0) + (right * (Pixel(image, start, r1, c1) - Pixel(image, start, r1, c0)));
            to[start + at] = first + (down * (second - first));
        }

        float Pixel(ReadOnlySpan<float> all, int start, int r, int c) => r < 0 || c < 0 ? 0 : all[start + (r * width) + c];
    }

    /// <summary>The weights of a Gaussian filter, exp(-k^2 / (2 sigma^2)) for |k| up to a radius, their sum 1.</summary>
    /// <param name="sigma">The standard deviation in pixels; 0 for one weight alone.</param>
    /// <param name="radius">The farthest pixel.</param>
    public static float[] GaussianWeights(double sigma, int radius)
    {
        if (sigma <= 0) return [1];
        double[] weights = [.. Enumerable.Range(-radius, (2 * radius) + 1).Select(k => Math.Exp(-0.5 * k * k / (sigma * sigma)))];
        double sum = weights.Sum();
        return [.. weights.Select(weight => (float)(weight / sum))];
    }

    /// <summary>Filters every plane in place, along its rows and along its columns.</summary>
    /// <param name="image"><c>[plane][row][column]</c>.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="weights">An odd number of them, the middle one for the pixel itself.</param>
    /// <param name="border">What lies outside.</param>
    /// <param name="slot">Two slots of <see cref="Pixels.Spare"/> from here on are used.</param>
    public static void Filter(Span<float> image, int height, int width, ReadOnlySpan<float> weights, Border border, int slot)
    {
        if (weights.Length == 1) return;
        int radius = weights.Length / 2, area = height * width;
        Span<float> wide = Pixels.Spare(slot, width + (2 * radius)), sums = Pixels.Spare(slot + 1, area);
        for (int start = 0; start < image.Length; start += area)
        {
            Span<float> plane = image.Slice(start, area);

            // Down the columns, a row at a time.
            sums.Clear();
            for (int row = 0; row < height; row++)
            {
                Span<float> line = sums.Slice(row * width, width);
                for (int k = 0; k < weights.Length; k++)
                {
                    int from = Fold(row + k - radius, height, border);
                    if (from >= 0) Add(plane.Slice(from * width, width), weights[k], line);
                }
            }

            // Along the rows, with their borders beside them.
            for (int row = 0; row < height; row++)
            {
                ReadOnlySpan<float> line = sums.Slice(row * width, width);
                for (int i = 0; i < wide.Length; i++)
                {
                    int from = Fold(i - radius, width, border);
                    wide[i] = from < 0 ? 0 : line[from];
                }

                Span<float> result = plane.Slice(row * width, width);
                result.Clear();
                for (int k = 0; k < weights.Length; k++) Add(wide.Slice(k, width), weights[k], result);
            }
        }
    }

    /// <summary>to += weight from.</summary>
    public static void Add(ReadOnlySpan<float> from, float weight, Span<float> to) =>
        System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(from, weight, to, to);
}
