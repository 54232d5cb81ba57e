namespace Pare.Data;

/// <summary>The mean and the standard deviation of each channel, by which pixels are shifted and scaled.</summary>
/// <param name="Mean">One mean a channel, of pixels as bytes / 255.</param>
/// <param name="StandardDeviation">
/// One deviation a channel, of pixels as bytes / 255; 1 where a channel never varies, so that it can divide.
/// </param>
public sealed record Normalization(float[] Mean, float[] StandardDeviation)
{
    /// <summary>Measures all images of a set.</summary>
    /// <exception cref="ArgumentException">The set is empty.</exception>
    public static Normalization Of(ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return Of(images, [.. Enumerable.Range(0, images.Count)]);
    }

    /// <summary>Measures the chosen images of a set, so that a validation split stays unseen.</summary>
    /// <exception cref="ArgumentException">No image is chosen.</exception>
    public static Normalization Of(ImageSet images, ReadOnlySpan<int> indices)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (indices.IsEmpty) throw new ArgumentException("At least one image is needed.", nameof(indices));

        var sums = new long[images.Channels];
        var squares = new long[images.Channels];
        if (images.IsStreamed) AddInParallel(images, indices.ToArray(), sums, squares);
        else Add(images, indices, sums, squares);
        int area = images.Height * images.Width;
        var mean = new float[images.Channels];
        var deviation = new float[images.Channels];
        double count = (double)indices.Length * area;
        for (int c = 0; c < images.Channels; c++)
        {
            double average = sums[c] / count;
            double variance = Math.Max(0, (squares[c] / count) - (average * average));
            mean[c] = (float)(average / 255);
            deviation[c] = variance > 1e-6 ? (float)(Math.Sqrt(variance) / 255) : 1;
        }

        return new Normalization(mean, deviation);
    }

    private static void Add(ImageSet images, ReadOnlySpan<int> indices, long[] sums, long[] squares)
    {
        int area = images.Height * images.Width;
        Span<byte> spare = images.Spare();
        foreach (int index in indices)
        {
            ReadOnlySpan<byte> image = images.Image(index, spare);
            for (int c = 0; c < images.Channels; c++)
            {
                long sum = 0, square = 0;
                foreach (byte pixel in image.Slice(c * area, area))
                {
                    sum += pixel;
                    square += pixel * pixel;
                }

                sums[c] += sum;
                squares[c] += square;
            }
        }
    }

    // Reading may be slow; whole numbers add up to the same in whatever order.
    private static void AddInParallel(ImageSet images, int[] indices, long[] sums, long[] squares)
    {
        int parts = Math.Min(Environment.ProcessorCount, indices.Length);
        Parallels.For(parts, part =>
        {
            long[] ownSums = new long[sums.Length], ownSquares = new long[sums.Length];
            int first = (int)((long)indices.Length * part / parts), end = (int)((long)indices.Length * (part + 1) / parts);
            Add(images, indices.AsSpan(first..end), ownSums, ownSquares);
            lock (sums)
            {
                for (int c = 0; c < sums.Length; c++)
                {
                    sums[c] += ownSums[c];
                    squares[c] += ownSquares[c];
                }
            }
        });
    }
}
