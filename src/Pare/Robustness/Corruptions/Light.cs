using Pare.Graphs;

namespace Pare.Robustness.Corruptions;

/// <summary>Light and colour. Hendrycks and Dietterich 2019, arXiv 1903.12261.</summary>
internal static class Light
{
    /// <summary>
    /// Brightness: the value v of a pixel's colour (hue, saturation, value; the largest of its channels) becomes min(1, v + c), so that its
    /// channels are multiplied by the quotient; black becomes grey.
    /// </summary>
    /// <param name="image">Values from 0 to 1, changed in place.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="more">c.</param>
    public static void Brightness(Span<float> image, int channels, float more)
    {
        int area = image.Length / channels;
        for (int i = 0; i < area; i++)
        {
            float value = Value(image, area, i), brighter = Math.Min(1, value + more);
            for (int at = i; at < image.Length; at += area) image[at] = value > 0 ? image[at] * (brighter / value) : brighter;
        }
    }

    /// <summary>Contrast: m + c (x - m), m the mean of a channel.</summary>
    /// <param name="image">Values from 0 to 1, changed in place.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="factor">c.</param>
    public static void Contrast(Span<float> image, int channels, float factor)
    {
        int area = image.Length / channels;
        for (int start = 0; start < image.Length; start += area)
        {
            Span<float> plane = image.Slice(start, area);
            double sum = 0;
            foreach (float value in plane) sum += value;
            float mean = (float)(sum / area);
            for (int i = 0; i < area; i++) plane[i] = mean + (factor * (plane[i] - mean));
        }
    }

    /// <summary>
    /// Saturate: the saturation s = (largest - least) / largest of a pixel's channels becomes min(1, max(0, a s + b)), hue and value
    /// staying; what has no hue counts as red.
    /// </summary>
    /// <param name="image">Values from 0 to 1, three channels, changed in place.</param>
    /// <param name="factor">a.</param>
    /// <param name="more">b.</param>
    public static void Saturate(Span<float> image, float factor, float more)
    {
        int area = image.Length / 3;
        for (int i = 0; i < area; i++)
        {
            float value = Value(image, area, i), least = Math.Min(image[i], Math.Min(image[i + area], image[i + (2 * area)]));
            float before = value > 0 ? (value - least) / value : 0, after = Math.Clamp((factor * before) + more, 0, 1);
            if (before > 0)
            {
                for (int at = i; at < image.Length; at += area) image[at] = value - ((value - image[at]) * (after / before));
            }
            else
            {
                image[i + area] = image[i + (2 * area)] = value * (1 - after);
            }
        }
    }

    /// <summary>
    /// Fog: (x + c p) m / (m + c), p a plasma from 0 to 1 (<see cref="Plasma"/>), m the brightest value of the picture. A picture takes one
    /// of 128 plasmas.
    /// </summary>
    /// <param name="form">The images' shape.</param>
    /// <param name="thickness">c.</param>
    /// <param name="decay">By how much each finer step of the plasma is weaker.</param>
    /// <param name="side">Rows and columns of the plasma, of which the first corner is taken: a power of two.</param>
    public static Corrupter Fog(Shape form, float thickness, double decay, int side)
    {
        const int count = 128;
        (int height, int width) = (form.Height, form.Width);
        var plasmas = new Lazy<float[]>[count];
        for (int i = 0; i < count; i++)
        {
            int number = i;
            plasmas[i] = new Lazy<float[]>(() =>
            {
                var random = new SeededRandom(number, 7_999);
                return Plasma.Corner(Plasma.Make(side, decay, ref random), side, height, width);
            });
        }

        return (ref SeededRandom random, ReadOnlySpan<byte> image, Span<byte> to) =>
        {
            Span<float> values = Pixels.Of(image);
            Fog(values, plasmas[random.NextInt(count)].Value, thickness);
            Pixels.Store(values, to);
        };
    }

    /// <summary>Fog of a given plasma.</summary>
    /// <param name="image">Values from 0 to 1, changed in place.</param>
    /// <param name="plasma">One value per pixel.</param>
    /// <param name="thickness">c.</param>
    public static void Fog(Span<float> image, ReadOnlySpan<float> plasma, float thickness)
    {
        float most = 0;
        foreach (float value in image) most = Math.Max(most, value);
        float scale = most / (most + thickness);
        for (int start = 0; start < image.Length; start += plasma.Length)
        {
            Span<float> plane = image.Slice(start, plasma.Length);
            for (int i = 0; i < plane.Length; i++) plane[i] = (plane[i] + (thickness * plasma[i])) * scale;
        }
    }

    private static float Value(ReadOnlySpan<float> image, int area, int pixel)
    {
        float most = image[pixel];
        for (int at = pixel + area; at < image.Length; at += area) most = Math.Max(most, image[at]);
        return most;
    }
}
