namespace Pare.Robustness.Corruptions;

/// <summary>
/// Lines and stripes over digits of 28x28 pixels. Mu and Gilmer 2019, "MNIST-C: A Robustness Benchmark for Computer Vision", arXiv
/// 1906.02337.
/// </summary>
internal static class Strokes
{
    /// <summary>Rows and columns of the digits that these are defined for.</summary>
    public const int Side = 28;

    private const double Reach = 2.3;

    /// <summary>
    /// A line's brightness: max(0, 1 + log(1 - d / 2.3)), d the distance along the column, cut at 2.3, from the straight line through two
    /// points; nothing left of the first point and right of the second.
    /// </summary>
    /// <param name="column">Of the first point.</param>
    /// <param name="row">Of the first point.</param>
    /// <param name="end">Column of the second point, larger.</param>
    /// <param name="endRow">Row of the second point.</param>
    /// <param name="line">Values from 0 to 1, <c>[row][column]</c>, overwritten.</param>
    public static void Line(double column, double row, double end, double endRow, Span<float> line)
    {
        line.Clear();
        if (end == column) return;
        double slope = (endRow - row) / (end - column);
        for (int c = Math.Max(0, (int)Math.Floor(column)); c < Math.Min(Side, (int)Math.Ceiling(end)); c++)
        {
            for (int r = 0; r < Side; r++)
            {
                double distance = Math.Clamp(Math.Abs(r - ((slope * (c - column)) + row)), 0, Reach - 1e-10);
                line[(r * Side) + c] = (float)Math.Clamp(Math.Log(1 - (distance / Reach)) + 1, 0, 1);
            }
        }
    }

    /// <summary>A dotted line from one side to the other, two columns on and two off.</summary>
    /// <param name="image">Values from 0 to 1, changed in place.</param>
    /// <param name="from">The row where it begins.</param>
    /// <param name="to">The row where it ends.</param>
    public static void Dotted(Span<float> image, int from, int to)
    {
        Span<float> line = Pixels.Spare(1, Side * Side);
        Line(0, from, Side - 1, to, line);
        for (int i = 0; i < image.Length; i++)
        {
            if (i % Side / 2 % 2 == 1) image[i] += line[i];
        }
    }

    /// <summary>A zigzag of teeth 4 pixels long and 2 high along the straight line from column 2 to column 25.</summary>
    /// <param name="image">Values from 0 to 1, changed in place.</param>
    /// <param name="from">The row where the line begins.</param>
    /// <param name="to">The row where it ends.</param>
    public static void ZigZag(Span<float> image, int from, int to)
    {
        const double length = 2, height = 2, first = 2, last = 25;
        double theta = Math.Atan((to - from) / (last - first)), whole = (last - first) / Math.Cos(theta);
        var points = new List<(double Along, double Across)> { (0, 0) };
        int teeth = (int)Math.Floor((whole - length) / (2 * length)) + 1;
        for (int i = 0; i < teeth; i++) points.Add((((2 * i) + 1) * length, i % 2 == 0 ? height : -height));
        double end = 2 * length * Math.Floor(whole / (2 * length));
        if (whole != end) points.Add((whole, points[^1].Across / (2 * (whole - end))));
        (double sin, double cos) = Math.SinCos(theta);
        (double Column, double Row)[] turned =
            [.. points.Select(point =>
                (first + (cos * point.Along) - (sin * point.Across), from + (sin * point.Along) + (cos * point.Across)))];
        Span<float> line = Pixels.Spare(1, Side * Side);
        for (int i = 1; i < turned.Length; i++)
        {
            Line(turned[i - 1].Column, turned[i - 1].Row, turned[i].Column, turned[i].Row, line);
            for (int pixel = 0; pixel < image.Length; pixel++) image[pixel] = Math.Min(1, image[pixel] + line[pixel]);
        }
    }

    /// <summary>The outer quarters of the picture in negative: columns 0 to 6 and 21 to 27.</summary>
    /// <param name="image">Bytes, changed in place.</param>
    public static void Stripe(Span<byte> image)
    {
        for (int i = 0; i < image.Length; i++)
        {
            if (i % Side is < 7 or >= 21) image[i] = (byte)(255 - image[i]);
        }
    }
}
