using Pare.Graphs;

namespace Pare.Robustness.Corruptions;

/// <summary>
/// The corruptions with their settings by severity. Pictures have those of CIFAR-10-C (Hendrycks and Dietterich 2019, arXiv 1903.12261),
/// grey digits of 28x28 pixels those of MNIST-C (Mu and Gilmer 2019, arXiv 1906.02337), each as far as it has the corruption; turns,
/// shifts, scales and occlusions of pictures are our own.
/// </summary>
internal static class Catalog
{
    private const string NoiseFamily = "noise", BlurFamily = "blur", LightFamily = "light", DigitalFamily = "digital",
        GeometryFamily = "geometry", StrokesFamily = "strokes";

    private static readonly Corruption[] s_pictures =
    [
        Gaussian([0.04f, 0.06f, 0.08f, 0.09f, 0.10f]),
        Shot([500, 250, 100, 75, 50]),
        Impulse([0.01f, 0.02f, 0.03f, 0.05f, 0.07f]),
        Defocus([(0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1, 0.2), (1.5, 0.1)]),
        Motion([(6, 1), (6, 1.5), (6, 2), (8, 2), (9, 2.5)]),
        Zoom([(7, 0.01), (12, 0.01), (16, 0.01), (21, 0.01), (26, 0.01)]),
        Brightness([0.05f, 0.1f, 0.15f, 0.2f, 0.3f]),
        Contrast([0.75f, 0.5f, 0.4f, 0.3f, 0.15f]),
        Fog([(0.2f, 3), (0.5f, 3), (0.75f, 2.5), (1, 2), (1.5f, 1.75)], PowerOfTwo),
        Saturate([(0.3f, 0), (0.1f, 0), (1.5f, 0), (2, 0.1f), (2.5f, 0.2f)]),
        Pixelate([0.95, 0.9, 0.85, 0.75, 0.65]),
        JpegFile([80, 65, 58, 50, 40]),
        Elastic([(0, 0, 0.08), (0.05, 0.2, 0.07), (0.08, 0.06, 0.06), (0.1, 0.04, 0.05), (0.1, 0.03, 0.03)], Border.Mirror, Border.Reflect),
        Rotation([Math.PI / 30, Math.PI / 15, Math.PI / 10, Math.PI / 7.5, Math.PI / 6], Border.Nearest),
        Shift([1, 2, 3, 4, 5], Border.Nearest),
        Scale([1.1, 1.2, 1.3, 1.4, 1.5], Border.Nearest),
        Occlusion([0.2, 0.25, 0.3, 0.35, 0.4]),
    ];

    private static readonly Corruption[] s_digits =
    [
        Gaussian([0.08f, 0.12f, 0.18f, 0.26f, 0.38f]),
        Shot([60, 25, 12, 5, 3]),
        Impulse([0.03f, 0.06f, 0.09f, 0.17f, 0.27f]),
        Defocus([(3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)]),
        Glass([(0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2)]),
        Motion([(10, 3), (15, 5), (15, 8), (15, 12), (20, 15)]),
        Zoom([(12, 0.01), (16, 0.01), (11, 0.02), (13, 0.02), (11, 0.03)]),
        Brightness([0.1f, 0.2f, 0.3f, 0.4f, 0.5f]),
        Contrast([0.4f, 0.3f, 0.2f, 0.1f, 0.05f]),
        Fog([(1.5f, 2), (2, 2), (2.5f, 1.7), (2.5f, 1.5), (3, 1.4)], static _ => 256),
        Mud([(0.65f, 0.3f, 4, 0.69f, 0.6), (0.65f, 0.3f, 3, 0.68f, 0.6), (0.65f, 0.3f, 2, 0.68f, 0.5), (0.65f, 0.3f, 1, 0.65f, 1.5),
            (0.67f, 0.4f, 1, 0.65f, 1.5)]),
        Pixelate([0.6, 0.5, 0.4, 0.3, 0.25]),
        JpegFile([25, 18, 15, 10, 7]),
        Elastic([(2, 0.7, 0.1), (2, 0.08, 0.2), (0.05, 0.01, 0.02), (0.07, 0.01, 0.02), (0.12, 0.01, 0.02)], Border.Black, Border.Black),
        Rotation([0.2, 0.4, 0.6, 0.8, 1], Border.Black),
        Shear([0.2, 0.4, 0.6, 0.8, 1]),
        Shift([1, 2, 3, 4, 5], Border.Black),
        Scale([0.9, 0.8, 0.7, 0.6, 0.5], Border.Black),
        Occlusion([0.2, 0.25, 0.3, 0.35, 0.4]),
        InPlace("stripe", StrokesFamily, 20, static (ref SeededRandom _, Span<byte> image) => Strokes.Stripe(image)),
        Digit("dotted_line", StrokesFamily, 21, static (ref SeededRandom random, Span<float> image) =>
            Strokes.Dotted(image, random.NextInt(Strokes.Side - 1), random.NextInt(Strokes.Side - 1))),
        Digit("zigzag", StrokesFamily, 22, static (ref SeededRandom random, Span<float> image) =>
        {
            int from = random.NextInt(Strokes.Side - 1);
            Strokes.ZigZag(image, from, from + random.NextInt(10) - 5);
        }),
        Digit("canny_edges", DigitalFamily, 23, static (ref SeededRandom _, Span<float> image) =>
            CannyEdges.Apply(image, new Shape(1, Strokes.Side, Strokes.Side))),
    ];

    /// <summary>Whether a kind's definition knows no severities, whatever the images.</summary>
    /// <param name="name">Its name; false of one that is none of these.</param>
    public static bool IsWithoutSeverities(string name) =>
        s_pictures.Concat(s_digits).Any(corruption => corruption.Name == name && corruption.Severities == 1);

    private delegate void Change<T>(ref SeededRandom random, Span<T> image);

    /// <summary>The corruptions of images of a form, in their order.</summary>
    /// <exception cref="ArgumentException">The images have neither one channel nor three.</exception>
    public static IReadOnlyList<Corruption> For(Shape form) => form.Channels switch
    {
        1 when form.Height == Strokes.Side && form.Width == Strokes.Side => s_digits,
        1 => [.. s_pictures.Where(static corruption => corruption.Name != "saturate")],
        3 => s_pictures,
        _ => throw new ArgumentException($"Images of {form.Channels} channels are no pictures: corruptions are defined for 1 and 3.",
            nameof(form)),
    };

    private static Corruption Gaussian(float[] scales) => new("gaussian_noise", NoiseFamily, 1, (form, severity) =>
        (ref SeededRandom random, ReadOnlySpan<byte> image, Span<byte> to) =>
        {
            Span<float> values = Pixels.Of(image), draws = Pixels.Spare(1, image.Length);
            random.NextNormals(draws);
            Noise.Gaussian(values, draws, scales[severity - 1]);
            Pixels.Store(values, to);
        });

    private static Corruption Shot(int[] photons) => new("shot_noise", NoiseFamily, 2, (form, severity) =>
        Noise.Shot(photons[severity - 1]));

    private static Corruption Impulse(float[] amounts) => new("impulse_noise", NoiseFamily, 3, (form, severity) =>
        (ref SeededRandom random, ReadOnlySpan<byte> image, Span<byte> to) =>
        {
            image.CopyTo(to);
            Noise.Impulse(to, ref random, amounts[severity - 1]);
        });

    private static Corruption Defocus((double Radius, double Smoothing)[] discs) => new("defocus_blur", BlurFamily, 4, (form, severity) =>
        Blurs.Defocus(form, discs[severity - 1].Radius, discs[severity - 1].Smoothing))
    {
        LeastSide = severity => (2 * Blurs.Disc(discs[severity - 1].Radius, discs[severity - 1].Smoothing).Reach) + 1,
    };

    private static Corruption Glass((double Sigma, int Reach, int Times)[] panes) => new("glass_blur", BlurFamily, 5, (form, severity) =>
    {
        (double sigma, int reach, int times) = panes[severity - 1];
        return Floats((ref SeededRandom random, Span<float> image) => Blurs.Glass(image, form, ref random, sigma, reach, times));
    });

    private static Corruption Motion((int Radius, double Sigma)[] moves) => new("motion_blur", BlurFamily, 6, (form, severity) =>
        (ref SeededRandom random, ReadOnlySpan<byte> image, Span<byte> to) =>
        {
            (int radius, double sigma) = moves[severity - 1];
            Span<float> blurred = Pixels.Spare(1, image.Length);
            Blurs.Motion(Pixels.Of(image), form, (random.NextDouble() * 90) - 45, radius, sigma, blurred);
            Pixels.Store(blurred, to);
        });

    private static Corruption Zoom((int Count, double Step)[] copies) => new("zoom_blur", BlurFamily, 7, (form, severity) =>
    {
        // The step as it is between 1 and its successor, which NumPy's ranges go by.
        (int count, double step) = copies[severity - 1];
        return Blurs.Zoom(form, [.. Enumerable.Range(0, count).Select(i => 1 + (i * (1 + step - 1)))]);
    });

    private static Corruption Brightness(float[] more) => new("brightness", LightFamily, 8, (form, severity) =>
        Floats((ref SeededRandom _, Span<float> image) => Light.Brightness(image, form.Channels, more[severity - 1])));

    private static Corruption Contrast(float[] factors) => new("contrast", LightFamily, 9, (form, severity) =>
        Floats((ref SeededRandom _, Span<float> image) => Light.Contrast(image, form.Channels, factors[severity - 1])));

    private static Corruption Fog((float Thickness, double Decay)[] fogs, Func<Shape, int> side) =>
        new("fog", LightFamily, 10, (form, severity) =>
            Light.Fog(form, fogs[severity - 1].Thickness, fogs[severity - 1].Decay, side(form)));

    private static Corruption Saturate((float Factor, float More)[] steps) => new("saturate", LightFamily, 11, (form, severity) =>
        Floats((ref SeededRandom _, Span<float> image) => Light.Saturate(image, steps[severity - 1].Factor, steps[severity - 1].More)));

    private static Corruption Mud((float Mean, float Deviation, double Smooth, float Cut, double Drops)[] steps) =>
        new("spatter", LightFamily, 12, (form, severity) =>
        {
            (float mean, float deviation, double smooth, float cut, double drops) = steps[severity - 1];
            float[] first = Sampling.GaussianWeights(smooth, Blurs.Radius(smooth)), second =
                Sampling.GaussianWeights(drops, Blurs.Radius(drops));
            return Floats((ref SeededRandom random, Span<float> image) =>
            {
                Span<float> field = Pixels.Spare(2, form.Pixels);
                random.NextNormals(field);
                for (int i = 0; i < field.Length; i++) field[i] = mean + (deviation * field[i]);
                Spatter.Apply(image, form, field, first, cut, second);
            });
        });

    private static Corruption Pixelate(double[] shares) => new("pixelate", DigitalFamily, 13, (form, severity) =>
        (ref SeededRandom random, ReadOnlySpan<byte> image, Span<byte> to) =>
            Resizing.Pixelate(image, form.Height, form.Width, shares[severity - 1], to))
    {
        LeastSide = severity => (int)Math.Ceiling(1 / shares[severity - 1]),
    };

    private static Corruption JpegFile(int[] qualities) => new("jpeg", DigitalFamily, 14, (form, severity) =>
    {
        var jpeg = new Jpeg(form.Channels, form.Height, form.Width, qualities[severity - 1]);
        return (ref SeededRandom random, ReadOnlySpan<byte> image, Span<byte> to) => jpeg.Apply(image, to);
    });

    private static Corruption Elastic((double Scale, double Sigma, double Corners)[] steps, Border border, Border bent) =>
        new("elastic", GeometryFamily, 15, (form, severity) =>
        {
            int side = Math.Min(form.Height, form.Width);
            (double scale, double sigma, double corners) = steps[severity - 1];
            float[] weights = Sampling.GaussianWeights(side * sigma, (int)((3 * side * sigma) + 0.5));
            return Floats((ref SeededRandom random, Span<float> image) =>
            {
                Span<double> moves = stackalloc double[6];
                for (int i = 0; i < moves.Length; i++) moves[i] = side * corners * ((2 * random.NextDouble()) - 1);
                Span<float> down = scale == 0 ? [] : Pixels.Spare(2, form.Pixels), right = scale == 0 ? [] : Pixels.Spare(3, form.Pixels);
                if (scale > 0)
                {
                    Geometry.Bend(right, form, ref random, weights, (float)(side * scale));
                    Geometry.Bend(down, form, ref random, weights, (float)(side * scale));
                }

                Geometry.Elastic(image, form, moves, down, right, border, bent);
            });
        })
        {
            LeastSide = static _ => 3,
        };

    private static Corruption Rotation(double[] angles, Border border) => new("rotation", GeometryFamily, 16, (form, severity) =>
        Mapped(form, (ref SeededRandom random) => Geometry.Turn(Sign(ref random) * angles[severity - 1]), border));

    private static Corruption Shear(double[] angles) => new("shear", GeometryFamily, 17, (form, severity) =>
        Mapped(form, (ref SeededRandom random) => Geometry.Shear(Sign(ref random) * angles[severity - 1]), Border.Black));

    private static Corruption Shift(int[] pixels, Border border)
    {
        return new("shift", GeometryFamily, 18, (form, severity) => (ref SeededRandom random, ReadOnlySpan<byte> image, Span<byte> to) =>
        {
            (int down, int right) = Moves(severity, random);
            Geometry.Shift(image, form, down, right, border, to);
        })
        {
            LeastSide = severity => pixels[severity - 1] + 1,
            Moves = border == Border.Nearest ? Moves : null,
        };

        (int Down, int Right) Moves(int severity, SeededRandom random) =>
            (Sign(ref random) * pixels[severity - 1], Sign(ref random) * pixels[severity - 1]);
    }

    private static Corruption Scale(double[] factors, Border border) => new("scale", GeometryFamily, 19, (form, severity) =>
        Mapped(form, (ref SeededRandom _) => Geometry.Enlarge(factors[severity - 1]), border));

    private static Corruption Occlusion(double[] sides) => new("occlusion", DigitalFamily, 24, (form, severity) =>
        (ref SeededRandom random, ReadOnlySpan<byte> image, Span<byte> to) =>
        {
            int side = Math.Max(1, (int)Math.Round(sides[severity - 1] * Math.Min(form.Height, form.Width)));
            image.CopyTo(to);
            Geometry.Occlude(to, form, random.NextInt(form.Height - side + 1), random.NextInt(form.Width - side + 1), side);
        });

    private static Corruption InPlace(string name, string family, int number, Change<byte> change) =>
        new(name, family, number, (form, severity) => (ref SeededRandom random, ReadOnlySpan<byte> image, Span<byte> to) =>
        {
            image.CopyTo(to);
            change(ref random, to);
        })
        {
            Severities = 1,
        };

    private static Corruption Digit(string name, string family, int number, Change<float> change) =>
        new(name, family, number, (form, severity) => Floats(change)) { Severities = 1 };

    private static Corrupter Floats(Change<float> change) => (ref SeededRandom random, ReadOnlySpan<byte> image, Span<byte> to) =>
    {
        Span<float> values = Pixels.Of(image);
        change(ref random, values);
        Pixels.Store(values, to);
    };

    private static Corrupter Mapped(Shape form, Mapping mapping, Border border) =>
        (ref SeededRandom random, ReadOnlySpan<byte> image, Span<byte> to) =>
        {
            Span<float> moved = Pixels.Spare(1, image.Length);
            Geometry.Map(Pixels.Of(image), form, mapping(ref random), border, moved);
            Pixels.Store(moved, to);
        };

    private static int Sign(ref SeededRandom random) => random.NextInt(2) == 0 ? -1 : 1;

    private static int PowerOfTwo(Shape form)
    {
        int side = 2;
        while (side < Math.Max(form.Height, form.Width)) side *= 2;
        return side;
    }

    private delegate (double, double, double, double) Mapping(ref SeededRandom random);
}
