namespace Pare.Data;

/// <summary>Brings an image to another size: covers the wanted frame without distortion and crops what stands over, centred.</summary>
/// <remarks>
/// Shrinking averages the area under each pixel, so nothing aliases; enlarging is bicubic (Keys, "Cubic convolution
/// interpolation for digital image processing", 1981, a = -0.5).
/// </remarks>
internal static class Resampler
{
    /// <summary>Resamples <c>[row][column][channel]</c> to <c>[channel][row][column]</c>.</summary>
    public static void Cover(
        ReadOnlySpan<byte> source, int sourceHeight, int sourceWidth, int channels, Span<byte> target, int height, int width)
    {
        if (sourceHeight == height && sourceWidth == width)
        {
            ToPlanes(source, channels, target, height * width);
            return;
        }

        double scale = Math.Max((double)width / sourceWidth, (double)height / sourceHeight);
        Taps across = new(sourceWidth, width, scale), down = new(sourceHeight, height, scale);

        // rows: [source row][channel][column]
        var rows = new float[sourceHeight * channels * width];
        for (int y = down.FirstUsed; y <= down.LastUsed; y++)
            for (int c = 0; c < channels; c++)
                for (int x = 0; x < width; x++)
                {
                    float sum = 0;
                    int at = (((y * sourceWidth) + across.First[x]) * channels) + c;
                    foreach (float weight in across.WeightsOf(x))
                    {
                        sum += weight * source[at];
                        at += channels;
                    }

                    rows[(((y * channels) + c) * width) + x] = sum;
                }

        for (int c = 0; c < channels; c++)
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                {
                    float sum = 0;
                    int at = (((down.First[y] * channels) + c) * width) + x;
                    foreach (float weight in down.WeightsOf(y))
                    {
                        sum += weight * rows[at];
                        at += channels * width;
                    }

                    target[(((c * height) + y) * width) + x] = (byte)Math.Clamp((int)MathF.Floor(sum + 0.5f), 0, 255);
                }
    }

    private static void ToPlanes(ReadOnlySpan<byte> source, int channels, Span<byte> target, int area)
    {
        if (channels == 1)
        {
            source[..area].CopyTo(target);
            return;
        }

        for (int c = 0; c < channels; c++)
        {
            Span<byte> plane = target.Slice(c * area, area);
            for (int i = 0, at = c; i < plane.Length; i++, at += channels) plane[i] = source[at];
        }
    }

    /// <summary>Which source positions make each target position along one axis, and with what weight.</summary>
    private sealed class Taps
    {
        private readonly float[] _weights;
        private readonly int[] _start;

        public Taps(int sourceLength, int length, double scale)
        {
            // Where nothing is scaled the crop falls on whole pixels, so that it does not blur.
            double offset = (sourceLength - (length / scale)) / 2;
            if (scale == 1) offset = Math.Floor(offset);
            First = new int[length];
            _start = new int[length + 1];
            var weights = new List<float>();
            for (int i = 0; i < length; i++)
            {
                int first = weights.Count;
                First[i] = scale > 1
                    ? Cubic(offset + ((i + 0.5) / scale) - 0.5, sourceLength, weights)
                    : Area(offset + (i / scale), offset + ((i + 1) / scale), sourceLength, weights);
                _start[i + 1] = weights.Count;
                float sum = 0;
                for (int w = first; w < weights.Count; w++) sum += weights[w];
                for (int w = first; w < weights.Count; w++) weights[w] /= sum;
            }

            _weights = [.. weights];
            FirstUsed = First[0];
            LastUsed = First[^1] + _start[length] - _start[length - 1] - 1;
        }

        public int[] First { get; }

        public int FirstUsed { get; }

        public int LastUsed { get; }

        public ReadOnlySpan<float> WeightsOf(int position) => _weights.AsSpan(_start[position].._start[position + 1]);

        private static int Area(double from, double to, int length, List<float> weights)
        {
            int first = Math.Clamp((int)Math.Floor(from), 0, length - 1);
            // A sliver that is only rounding error must not reach for a pixel more.
            int last = Math.Clamp((int)Math.Ceiling(to - 1e-9) - 1, first, length - 1);
            for (int i = first; i <= last; i++) weights.Add((float)Math.Max(Math.Min(i + 1, to) - Math.Max(i, from), 1e-12));
            return first;
        }

        private static int Cubic(double centre, int length, List<float> weights)
        {
            int start = (int)Math.Floor(centre) - 1;
            int first = Math.Clamp(start, 0, length - 1), last = Math.Clamp(start + 3, 0, length - 1);
            int origin = weights.Count;
            for (int i = first; i <= last; i++) weights.Add(0);
            for (int i = start; i < start + 4; i++)
            {
                double t = Math.Abs(centre - i);
                double weight = t < 1 ? (((1.5 * t) - 2.5) * t * t) + 1 : t < 2 ? (((((-0.5 * t) + 2.5) * t) - 4) * t) + 2 : 0;
                // Past the edge the edge's own pixel is repeated.
                weights[origin + Math.Clamp(i, first, last) - first] += (float)weight;
            }

            return first;
        }
    }
}
