using Pare.Graphs;

namespace Pare.Robustness.Corruptions;

/// <summary>
/// Pictures turned, sheared, scaled and bent. Turn, shear, scale and shift follow Mu and Gilmer 2019, "MNIST-C: A Robustness Benchmark for
/// Computer Vision", arXiv 1906.02337; the elastic one Hendrycks and Dietterich 2019, arXiv 1903.12261.
/// </summary>
internal static class Geometry
{
    /// <summary>
    /// An affine map about the middle of the picture: the pixel at (row, column) = m + (r, c) takes what lies at m + A (r, c), bilinear.
    /// </summary>
    /// <param name="image">Values from 0 to 1.</param>
    /// <param name="form">Its shape.</param>
    /// <param name="map">A by rows: of the row from row and column, of the column from row and column.</param>
    /// <param name="border">What lies outside.</param>
    /// <param name="to">As <paramref name="image"/>.</param>
    public static void Map(ReadOnlySpan<float> image, Shape form,
        (double RowRow, double RowColumn, double ColumnRow, double ColumnColumn) map, Border border, Span<float> to)
    {
        double middle = (form.Height - 1) / 2.0, centre = (form.Width - 1) / 2.0;
        for (int row = 0, at = 0; row < form.Height; row++)
        {
            for (int column = 0; column < form.Width; column++, at++)
            {
                double r = row - middle, c = column - centre;
                Sampling.Take(image, form.Height, form.Width, middle + (map.RowRow * r) + (map.RowColumn * c),
                    centre + (map.ColumnRow * r) + (map.ColumnColumn * c), border, to, at);
            }
        }
    }

    /// <summary>The map of a turn, counter-clockwise for who looks at the picture.</summary>
    /// <param name="angle">In radians.</param>
    public static (double, double, double, double) Turn(double angle) =>
        (Math.Cos(angle), Math.Sin(angle), -Math.Sin(angle), Math.Cos(angle));

    /// <summary>The map of a shear: a pixel takes from sin t times its row to the left, and cos t times its row down.</summary>
    /// <param name="angle">t, in radians.</param>
    public static (double, double, double, double) Shear(double angle) => (Math.Cos(angle), 0, -Math.Sin(angle), 1);

    /// <summary>The map of a picture that becomes larger by a factor.</summary>
    /// <param name="factor">Above 0; below 1 for smaller.</param>
    public static (double, double, double, double) Enlarge(double factor) => (1 / factor, 0, 0, 1 / factor);

    /// <summary>Moves a picture by whole pixels.</summary>
    /// <param name="image">Bytes, <c>[channel][row][column]</c>.</param>
    /// <param name="form">Its shape.</param>
    /// <param name="down">Pixels down; up where negative.</param>
    /// <param name="right">Pixels to the right; to the left where negative.</param>
    /// <param name="border">What comes in.</param>
    /// <param name="to">As <paramref name="image"/>.</param>
    public static void Shift(ReadOnlySpan<byte> image, Shape form, int down, int right, Border border, Span<byte> to)
    {
        (int height, int width) = (form.Height, form.Width);
        for (int row = 0; row < image.Length / width; row++)
        {
            int plane = row / height * height, above = Sampling.Fold(row - plane - down, height, border);
            Span<byte> line = to.Slice(row * width, width);
            line.Clear();
            if (above < 0) continue;
            ReadOnlySpan<byte> from = image.Slice((plane + above) * width, width);
            int first = Math.Clamp(right, 0, width), end = Math.Clamp(width + right, first, width), seen = end - first;
            if (seen > 0) from.Slice(first - right, seen).CopyTo(line[first..]);
            for (int i = 0; i < width - seen; i++)
            {
                int column = i < first ? i : i + seen, left = Sampling.Fold(column - right, width, border);
                if (left >= 0) line[column] = from[left];
            }
        }
    }

    /// <summary>
    /// Elastic: first an affine map that moves three corners of a square in the middle, a third of the picture wide, by up to <c>c</c>
    /// pixels each way; then every pixel takes from a place a (u, v) beside it, u and v uniform draws from -1 to 1 for every pixel,
    /// smoothed by a Gaussian of deviation s that is cut off at three deviations.
    /// </summary>
    /// <param name="image">Values from 0 to 1, changed in place.</param>
    /// <param name="form">Its shape.</param>
    /// <param name="corners">Six draws from -1 to 1: across and down for each corner, times c.</param>
    /// <param name="down">Smoothed draws, one per pixel, times a.</param>
    /// <param name="right">As <paramref name="down"/>.</param>
    /// <param name="border">What lies outside in the affine map.</param>
    /// <param name="bent">What lies outside in the second.</param>
    public static void Elastic(Span<float> image, Shape form, ReadOnlySpan<double> corners, ReadOnlySpan<float> down,
        ReadOnlySpan<float> right, Border border, Border bent)
    {
        (int height, int width) = (form.Height, form.Width);
        Span<float> moved = Pixels.Spare(1, image.Length);
        int half = Math.Min(height, width) / 3;
        double x0 = (width / 2) + half, y0 = (height / 2) + half, x2 = (width / 2) - half, y2 = (height / 2) - half;

        // M takes (x0, y0), (x0, y2), (x2, y2) to where the draws move them; its inverse says where a pixel comes from.
        double tx0 = x0 + corners[0], ty0 = y0 + corners[1], tx1 = x0 + corners[2], ty1 = y2 + corners[3], tx2 = x2 + corners[4],
            ty2 = y2 + corners[5];
        double side = 2.0 * half;
        double a = (tx1 - tx2) / side, b = (tx0 - tx1) / side, d = (ty1 - ty2) / side, e = (ty0 - ty1) / side;
        double c = tx2 - (a * x2) - (b * y2), f = ty2 - (d * x2) - (e * y2), determinant = (a * e) - (b * d);
        for (int row = 0, at = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++, at++)
            {
                double x = column - c, y = row - f;
                Sampling.Take(image, height, width, ((a * y) - (d * x)) / determinant, ((e * x) - (b * y)) / determinant, border, moved,
                    at);
            }
        }

        if (down.IsEmpty)
        {
            moved.CopyTo(image);
            return;
        }

        for (int row = 0, at = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++, at++)
            {
                double r = row + (double)down[at], s = column + (double)right[at];
                bool outside = bent == Border.Black && (r < 0 || s < 0 || r > height - 1 || s > width - 1);
                if (outside)
                {
                    for (int plane = at; plane < image.Length; plane += height * width) image[plane] = 0;
                }
                else
                {
                    Sampling.Take(moved, height, width, r, s, bent, image, at);
                }
            }
        }
    }

    /// <summary>A field of <see cref="Elastic"/>: uniform draws, smoothed and scaled.</summary>
    /// <param name="field">One value per pixel.</param>
    /// <param name="form">The images' shape.</param>
    /// <param name="random">One draw per pixel.</param>
    /// <param name="weights">Of the Gaussian.</param>
    /// <param name="scale">a, in pixels.</param>
    public static void Bend(Span<float> field, Shape form, ref SeededRandom random, ReadOnlySpan<float> weights, float scale)
    {
        for (int i = 0; i < field.Length; i++) field[i] = random.NextBetween(-1, 1);
        Smooth(field, form, weights, scale);
    }

    /// <summary>Smooths and scales draws.</summary>
    public static void Smooth(Span<float> field, Shape form, ReadOnlySpan<float> weights, float scale)
    {
        Sampling.Filter(field, form.Height, form.Width, weights, Border.Reflect, slot: 4);
        for (int i = 0; i < field.Length; i++) field[i] *= scale;
    }

    /// <summary>Occlusion: a black square somewhere inside of the picture.</summary>
    /// <param name="image">Bytes, changed in place.</param>
    /// <param name="form">Its shape.</param>
    /// <param name="top">Its first row.</param>
    /// <param name="left">Its first column.</param>
    /// <param name="side">Its rows and columns.</param>
    public static void Occlude(Span<byte> image, Shape form, int top, int left, int side)
    {
        for (int channel = 0; channel < form.Channels; channel++)
            for (int row = top; row < top + side; row++)
                image.Slice((((channel * form.Height) + row) * form.Width) + left, side).Clear();
    }
}
