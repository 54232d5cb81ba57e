using System.Numerics;

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
        int pitch = width + (2 * radius), wide = height * pitch, tall = (height + (2 * radius)) * width;
        Span<float> framed = Pixels.Spare(slot, Math.Max(wide, tall)), sums = Pixels.Spare(slot + 1, wide);
        for (int start = 0; start < image.Length; start += area)
        {
            Span<float> plane = image.Slice(start, area), down = sums[..area], along = sums[..(wide - (2 * radius))];
            Frame(plane, height, width, radius, 0, border, framed);
            down.Clear();
            for (int k = 0; k < weights.Length; k++) Add(framed.Slice(k * width, area), weights[k], down);

            // Along the rows what lies between two of them is summed up, too, and left there.
            Frame(down, height, width, 0, radius, border, framed);
            along.Clear();
            for (int k = 0; k < weights.Length; k++) Add(framed.Slice(k, along.Length), weights[k], along);
            for (int row = 0; row < height; row++) along.Slice(row * pitch, width).CopyTo(plane[(row * width)..]);
        }
    }

    /// <summary>A plane with what lies beyond its border, so that a filter takes a step over all of it at once.</summary>
    /// <param name="plane"><c>[row][column]</c>.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="rows">Rows above and below.</param>
    /// <param name="columns">Columns on the left and on the right.</param>
    /// <param name="border">What lies there.</param>
    /// <param name="framed">height + 2 rows lines of width + 2 columns.</param>
    public static void Frame(ReadOnlySpan<float> plane, int height, int width, int rows, int columns, Border border, Span<float> framed)
    {
        int pitch = width + (2 * columns);
        for (int row = -rows; row < height + rows; row++)
        {
            Span<float> line = framed.Slice((row + rows) * pitch, pitch);
            int from = Fold(row, height, border);
            if (from < 0)
            {
                line.Clear();
                continue;
            }

            ReadOnlySpan<float> inside = plane.Slice(from * width, width);
            inside.CopyTo(line[columns..]);
            if (border == Border.Nearest)
            {
                line[..columns].Fill(inside[0]);
                line[(columns + width)..].Fill(inside[^1]);
                continue;
            }

            for (int i = 1; i <= columns; i++)
            {
                int left = Fold(-i, width, border), right = Fold(width - 1 + i, width, border);
                line[columns - i] = left < 0 ? 0 : inside[left];
                line[columns + width - 1 + i] = right < 0 ? 0 : inside[right];
            }
        }
    }

    /// <summary>to += weight from, each product and each sum rounded.</summary>
    public static void Add(ReadOnlySpan<float> from, float weight, Span<float> to)
    {
        from = from[..to.Length];
        int i = 0, lanes = Vector<float>.Count;
        var factor = new Vector<float>(weight);
        for (; i <= to.Length - lanes; i += lanes)
            ((new Vector<float>(from[i..]) * factor) + new Vector<float>(to[i..])).CopyTo(to[i..]);
        for (; i < to.Length; i++) to[i] += from[i] * weight;
    }
}
