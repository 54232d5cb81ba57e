using System.Numerics;
using System.Runtime.Intrinsics;
using Pare.Graphs;

namespace Pare.Robustness.Corruptions;

/// <summary>
/// Pictures out of focus, of something that moves, through glass. Hendrycks and Dietterich 2019, arXiv 1903.12261; the filters are those
/// of the programs that the paper's data was made with.
/// </summary>
internal static class Blurs
{
    // Up to this radius the disc of a lens lies in a square of 17 pixels, smoothed by 3x3; beyond in one that just holds it, by 5x5.
    private const int SmallDisc = 8;

    /// <summary>
    /// Defocus: the mean over a disc of radius r, smoothed by a Gaussian of deviation a; the picture is mirrored at the middle of its
    /// border pixels.
    /// </summary>
    /// <param name="form">The images' shape.</param>
    /// <param name="radius">r in pixels.</param>
    /// <param name="smoothing">a in pixels.</param>
    public static Corrupter Defocus(Shape form, double radius, double smoothing)
    {
        (float[] kernel, int reach) = Disc(radius, smoothing);
        int side = (2 * reach) + 1;
        (int height, int width) = (form.Height, form.Width);
        int pitch = width + side - 1;
        return (ref SeededRandom random, ReadOnlySpan<byte> image, Span<byte> to) =>
        {
            Span<float> values = Pixels.Of(image), framed = Pixels.Spare(1, (height + side - 1) * pitch);
            Span<float> sums = Pixels.Spare(2, (height * pitch) - side + 1);
            for (int start = 0; start < image.Length; start += height * width)
            {
                Span<float> plane = values.Slice(start, height * width);
                Sampling.Frame(plane, height, width, reach, reach, Border.Mirror, framed);
                sums.Clear();
                for (int i = 0; i < kernel.Length; i++)
                {
                    if (kernel[i] != 0) Sampling.Add(framed.Slice((i / side * pitch) + (i % side), sums.Length), kernel[i], sums);
                }

                for (int row = 0; row < height; row++) sums.Slice(row * pitch, width).CopyTo(plane[(row * width)..]);
            }

            Pixels.Store(values, to);
        };
    }

    /// <summary>The kernel of <see cref="Defocus"/>, a square of weights without the zeros around it.</summary>
    /// <param name="radius">r in pixels.</param>
    /// <param name="smoothing">a in pixels.</param>
    public static (float[] Kernel, int Reach) Disc(double radius, double smoothing)
    {
        int reach = radius <= SmallDisc ? SmallDisc : (int)radius, side = (2 * reach) + 1, smooth = radius <= SmallDisc ? 1 : 2;
        var kernel = new float[side * side];
        int inside = 0;
        for (int i = 0; i < kernel.Length; i++)
        {
            int y = (i / side) - reach, x = (i % side) - reach;
            if ((x * x) + (y * y) > radius * radius) continue;
            kernel[i] = 1;
            inside++;
        }

        for (int i = 0; i < kernel.Length; i++) kernel[i] /= inside;
        Sampling.Filter(kernel, side, side, Sampling.GaussianWeights(smoothing, smooth), Border.Mirror, slot: 6);
        int least = reach - Enumerable.Range(0, kernel.Length).Where(i => kernel[i] != 0).Min(i => i / side);
        int narrow = (2 * least) + 1, cut = reach - least;
        return ([.. Enumerable.Range(0, narrow * narrow).Select(i => kernel[((i / narrow) + cut) * side + (i % narrow) + cut])], least);
    }

    /// <summary>
    /// Glass: a Gaussian blur of deviation sigma, then pixels change places with neighbours, then the blur again. Pixels are gone through
    /// from the last to the first, as often as is said; each, with one chance in two, changes places with one at most so far away.
    /// </summary>
    /// <param name="image">Values from 0 to 1, one plane, changed in place.</param>
    /// <param name="form">Its shape.</param>
    /// <param name="random">Draws whether, and where to.</param>
    /// <param name="sigma">The deviation in pixels.</param>
    /// <param name="reach">The farthest neighbour up or left; down and right one less.</param>
    /// <param name="times">How often.</param>
    public static void Glass(Span<float> image, Shape form, ref SeededRandom random, double sigma, int reach, int times)
    {
        (int height, int width) = (form.Height, form.Width);
        float[] weights = Sampling.GaussianWeights(sigma, Radius(sigma));
        Sampling.Filter(image, height, width, weights, Border.Nearest, slot: 1);
        for (int i = 0; i < image.Length; i++) image[i] = (byte)(Math.Clamp(image[i], 0, 1) * 255) / 255f;
        for (int time = 0; time < times; time++)
        {
            for (int row = height - reach; row > reach; row--)
            {
                for (int column = width - reach; column > reach; column--)
                {
                    if (random.NextInt(2) == 0) continue;
                    int right = random.NextInt(2 * reach) - reach, down = random.NextInt(2 * reach) - reach;
                    int from = (row * width) + column, to = ((row + down) * width) + column + right;
                    (image[from], image[to]) = (image[to], image[from]);
                }
            }
        }

        Sampling.Filter(image, height, width, weights, Border.Nearest, slot: 1);
    }

    /// <summary>How far a Gaussian filter reaches: four deviations, rounded.</summary>
    public static int Radius(double sigma) => (int)((4 * sigma) + 0.5);

    /// <summary>
    /// Motion: the weighted mean of the pixels on a line from the pixel on, the k-th weighed by exp(-k^2 / (2 sigma^2)), for k from 0 to
    /// 2 radius; it lies at (ceil(k sin t - 1/2), ceil(k cos t - 1/2)) rows and columns from there. Border pixels go on outside.
    /// </summary>
    /// <param name="image">Values from 0 to 1.</param>
    /// <param name="form">Its shape.</param>
    /// <param name="angle">t, in degrees.</param>
    /// <param name="radius">In pixels.</param>
    /// <param name="sigma">In pixels.</param>
    /// <param name="to">As <paramref name="image"/>.</param>
    public static void Motion(ReadOnlySpan<float> image, Shape form, double angle, int radius, double sigma, Span<float> to)
    {
        (int height, int width) = (form.Height, form.Width);
        int count = (2 * radius) + 1, rows = image.Length / width, reach = Math.Min(count, width), pitch = width + (2 * reach);
        Span<float> wide = Pixels.Spare(3, rows * pitch);
        Sampling.Frame(image, rows, width, 0, reach, Border.Nearest, wide);
        (double sin, double cos) = Math.SinCos(angle * Math.PI / 180);
        double total = 0;
        for (int k = 0; k < count; k++) total += Math.Exp(-0.5 * k * k / (sigma * sigma));
        to.Clear();
        for (int k = 0; k < count; k++)
        {
            float weight = (float)(Math.Exp(-0.5 * k * k / (sigma * sigma)) / total);
            int right = Math.Clamp((int)Math.Ceiling((k * cos) - 0.5), -reach, reach), down = (int)Math.Ceiling((k * sin) - 0.5);
            for (int row = 0; row < rows; row++)
            {
                int plane = row / height * height, from = plane + Math.Clamp(row - plane + down, 0, height - 1);
                Sampling.Add(wide.Slice((from * pitch) + reach + right, width), weight, to.Slice(row * width, width));
            }
        }
    }

    /// <summary>
    /// Zoom: the mean of the picture, once more of it, and of enlarged copies. A copy enlarged by z takes the middle ceil(n / z) pixels of
    /// n and stretches them, bilinear and corner to corner, to round(z ceil(n / z)), of which the middle n are kept.
    /// </summary>
    /// <param name="form">The images' shape.</param>
    /// <param name="zooms">Each z, 1 or more.</param>
    public static Corrupter Zoom(Shape form, double[] zooms)
    {
        (int height, int width) = (form.Height, form.Width);
        (int[] At, float[] Next)[] rows = [.. zooms.Select(zoom => Stretch(height, zoom))],
            columns = [.. zooms.Select(zoom => Stretch(width, zoom))];
        return (ref SeededRandom random, ReadOnlySpan<byte> image, Span<byte> to) =>
        {
            // What lies behind a line is read with its last pixels, and weighs nothing.
            Span<float> values = Pixels.Of(image), sums = Pixels.Spare(1, image.Length);
            Span<float> line = Pixels.Spare(2, width + Vector256<float>.Count);
            line[width..].Clear();
            values.CopyTo(sums);
            for (int z = 0; z < rows.Length; z++)
            {
                (int[] At, float[] Next) down = rows[z], across = columns[z];
                for (int row = 0; row < image.Length / width; row++)
                {
                    int inPlane = row % height, first = row - inPlane + down.At[inPlane];
                    int second = Math.Min(first + 1, row - inPlane + height - 1);
                    Between(values.Slice(first * width, width), values.Slice(second * width, width), down.Next[inPlane], line[..width]);
                    AddStretched(line, across.At, across.Next, sums.Slice(row * width, width));
                }
            }

            float scale = 1f / (rows.Length + 1);
            for (int i = 0; i < sums.Length; i++) sums[i] *= scale;
            Pixels.Store(sums, to);
        };
    }

    // above + share (below - above)
    private static void Between(ReadOnlySpan<float> above, ReadOnlySpan<float> below, float share, Span<float> to)
    {
        above = above[..to.Length];
        below = below[..to.Length];
        int i = 0, lanes = Vector<float>.Count;
        for (; i <= to.Length - lanes; i += lanes)
        {
            var from = new Vector<float>(above[i..]);
            (from + (new Vector<float>(share) * (new Vector<float>(below[i..]) - from))).CopyTo(to[i..]);
        }

        for (; i < to.Length; i++) to[i] = above[i] + (share * (below[i] - above[i]));
    }

    // The places of eight neighbours are those of at most eight pixels from the first one's on: no place is further than one from the next.
    private static void AddStretched(ReadOnlySpan<float> line, int[] at, float[] next, Span<float> to)
    {
        ReadOnlySpan<int> places = at.AsSpan(0, to.Length);
        ReadOnlySpan<float> shares = next.AsSpan(0, to.Length);
        int i = 0, lanes = Vector256<float>.Count;
        for (; i <= to.Length - lanes; i += lanes)
        {
            Vector256<int> which = Vector256.Create(places[i..]) - Vector256.Create(places[i]);
            var pixel = Vector256.Shuffle(Vector256.Create(line[places[i]..]), which);
            var beside = Vector256.Shuffle(Vector256.Create(line[(places[i] + 1)..]), which);
            Vector256<float> stretched = pixel + (Vector256.Create(shares[i..]) * (beside - pixel));
            (Vector256.Create<float>(to[i..]) + stretched).CopyTo(to[i..]);
        }

        for (; i < to.Length; i++)
        {
            ReadOnlySpan<float> pair = line.Slice(places[i], 2);
            to[i] += pair[0] + (shares[i] * (pair[1] - pair[0]));
        }
    }

    // Which pixel each one of the result lies at or behind, and what share the next one has.
    private static (int[] At, float[] Next) Stretch(int length, double zoom)
    {
        int part = (int)Math.Ceiling(length / zoom), start = (length - part) / 2;
        int all = (int)Math.Round(part * zoom, MidpointRounding.ToEven), trim = (all - length) / 2;
        double step = all > 1 ? (part - 1.0) / (all - 1) : 0;
        int[] at = new int[length];
        float[] next = new float[length];
        for (int i = 0; i < length; i++)
        {
            double place = (i + trim) * step;
            at[i] = Math.Min((int)place, part - 1);
            next[i] = at[i] + 1 < part ? (float)(place - at[i]) : 0;
            at[i] += start;
        }

        return (at, next);
    }
}
