namespace Pare.Data;

/// <summary>The built-in data set: the ten digits drawn from strokes, so that everything runs with nothing on the disk.</summary>
/// <remarks>
/// Grey, 28x28, light on dark. Place, size, turn, slant, thickness, a smooth warp, contrast, specks and noise are drawn for each image
/// from the seed and the image's number alone, so that neither threads nor the platform change a byte. It is made to be too
/// hard for a linear model, which has to see a stroke wherever it lies.
/// </remarks>
public static class Glyphs
{
    /// <summary>What it is called.</summary>
    public const string Name = "glyphs";

    /// <summary>Where its images are from, as a run records it.</summary>
    public const string Source = "built in";

    private const int Side = 28, WarpGrid = 4;

    private const long TrainStream = 0x474C595048, TestStream = TrainStream + 1; // "GLYPH"

    private static readonly string[] Names = [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")];

    /// <summary>Draws the set; the digits take turns, so every class has the same share.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="train">Training images, at least 1.</param>
    /// <param name="test">Test images, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count is below 1.</exception>
    public static Dataset Create(long seed = 1, int train = 20_000, int test = 4_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(train, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(test, 1);
        return new Dataset(Name, Source, Draw(seed, TrainStream, train), Draw(seed, TestStream, test));
    }

    private static ImageSet Draw(long seed, long stream, int count)
    {
        byte[] pixels = new byte[(long)count * Side * Side];
        var labels = new int[count];
        Parallels.For(count, index =>
        {
            labels[index] = index % 10;
            var random = new SeededRandom(seed, stream, index);
            DrawOne(labels[index], ref random, pixels.AsSpan(index * Side * Side, Side * Side));
        });
        return new ImageSet(1, Side, Side, pixels, labels, Names);
    }

    private static void DrawOne(int digit, ref SeededRandom random, Span<byte> image)
    {
        Span<float> ink = stackalloc float[Side * Side];
        ink.Clear();
        Pose pose = Pose.Draw(ref random);
        Span<float> warp = stackalloc float[2 * WarpGrid * WarpGrid];
        foreach (ref float shift in warp) shift = Between(ref random, -1.6f, 1.6f);

        float thickness = Between(ref random, 0.75f, 1.7f);
        float[][][] ways = GlyphStrokes.Digits[digit];
        foreach (float[] stroke in ways[random.NextInt(ways.Length)])
        {
            (float X, float Y) last = default;
            for (int i = 0; i < stroke.Length; i += 2)
            {
                (float X, float Y) point = Warp(pose.Apply(stroke[i], stroke[i + 1]), warp);
                if (i > 0) DrawSegment(ink, last, point, thickness);
                last = point;
            }
        }

        // Specks: short dashes that belong to no digit.
        for (int specks = random.NextInt(4); specks > 0; specks--)
        {
            (float X, float Y) from = (random.NextSingle() * Side, random.NextSingle() * Side);
            (float X, float Y) to = (from.X + Between(ref random, -3, 3), from.Y + Between(ref random, -3, 3));
            DrawSegment(ink, from, to, Between(ref random, 0.4f, 0.9f));
        }

        float light = Between(ref random, 140, 255), dark = Between(ref random, 0, 40), noise = Between(ref random, 5, 25);
        for (int i = 0; i < ink.Length; i += 2)
        {
            // The sum of four uniform bytes is close to normal, with a deviation of 148, at a fraction of the price.
            ulong bits = random.NextUInt64();
            image[i] = Pixel(ink[i], dark, light, (SumOfBytes((uint)bits) - 510) * (noise / 148));
            image[i + 1] = Pixel(ink[i + 1], dark, light, (SumOfBytes((uint)(bits >> 32)) - 510) * (noise / 148));
        }
    }

    private static float Between(ref SeededRandom random, float low, float high) => low + ((high - low) * random.NextSingle());

    private static int SumOfBytes(uint bits) => (int)((bits & 0xFF) + ((bits >> 8) & 0xFF) + ((bits >> 16) & 0xFF) + (bits >> 24));

    private static byte Pixel(float ink, float dark, float light, float noise) =>
        (byte)Math.Clamp((int)MathF.Floor(dark + ((light - dark) * ink) + noise + 0.5f), 0, 255);

    /// <summary>Moves a point by the shifts at the corners of its cell, blended smoothly.</summary>
    private static (float X, float Y) Warp((float X, float Y) point, ReadOnlySpan<float> warp)
    {
        float gridX = Math.Clamp(point.X / Side * (WarpGrid - 1), 0, WarpGrid - 1.001f);
        float gridY = Math.Clamp(point.Y / Side * (WarpGrid - 1), 0, WarpGrid - 1.001f);
        int column = (int)gridX, row = (int)gridY;
        float x = Smooth(gridX - column), y = Smooth(gridY - row);
        int corner = 2 * ((row * WarpGrid) + column);
        float Blend(ReadOnlySpan<float> shifts) =>
            ((1 - y) * (((1 - x) * shifts[0]) + (x * shifts[2])))
            + (y * (((1 - x) * shifts[2 * WarpGrid]) + (x * shifts[(2 * WarpGrid) + 2])));
        return (point.X + Blend(warp[corner..]), point.Y + Blend(warp[(corner + 1)..]));
    }

    private static float Smooth(float t) => t * t * (3 - (2 * t));

    /// <summary>Inks the pixels within the thickness of a segment, with an edge one pixel soft.</summary>
    private static void DrawSegment(Span<float> ink, (float X, float Y) from, (float X, float Y) to, float thickness)
    {
        float reach = thickness + 1, deltaX = to.X - from.X, deltaY = to.Y - from.Y;
        float inverse = 1 / Math.Max((deltaX * deltaX) + (deltaY * deltaY), 1e-6f);
        int top = Math.Max(0, (int)(Math.Min(from.Y, to.Y) - reach)), bottom = Math.Min(Side - 1, (int)(Math.Max(from.Y, to.Y) + reach));
        int left = Math.Max(0, (int)(Math.Min(from.X, to.X) - reach)), right = Math.Min(Side - 1, (int)(Math.Max(from.X, to.X) + reach));
        for (int y = top; y <= bottom; y++)
            for (int x = left; x <= right; x++)
            {
                float toX = x - from.X, toY = y - from.Y;
                float along = Math.Clamp(((toX * deltaX) + (toY * deltaY)) * inverse, 0, 1);
                float offX = toX - (along * deltaX), offY = toY - (along * deltaY);
                float amount = Math.Clamp(thickness + 0.5f - MathF.Sqrt((offX * offX) + (offY * offY)), 0, 1);
                ink[(y * Side) + x] = Math.Max(ink[(y * Side) + x], amount);
            }
    }

    /// <summary>Where and how the digit stands: a linear map from stroke coordinates to pixels.</summary>
    private readonly record struct Pose(float XX, float XY, float YX, float YY, float X, float Y)
    {
        public static Pose Draw(ref SeededRandom random)
        {
            // The angle is given by the tangent t of its half, which needs no sine: cos = (1 - t^2) / (1 + t^2), sin = 2t / (1 + t^2).
            float half = Between(ref random, -0.11f, 0.11f);
            float cos = (1 - (half * half)) / (1 + (half * half)), sin = 2 * half / (1 + (half * half));
            float width = Between(ref random, 6.5f, 10), height = Between(ref random, 7.5f, 10.5f);
            float slant = Between(ref random, -0.3f, 0.3f);
            const float centre = (Side - 1) / 2f;
            return new Pose(
                cos * width, -height * (sin + (slant * cos)), sin * width, height * (cos - (slant * sin)),
                centre + Between(ref random, -2.6f, 2.6f), centre + Between(ref random, -2.4f, 2.4f));
        }

        public (float X, float Y) Apply(float x, float y) => ((XX * x) + (XY * y) + X, (YX * x) + (YY * y) + Y);
    }
}
