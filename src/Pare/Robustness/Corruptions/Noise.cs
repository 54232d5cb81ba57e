namespace Pare.Robustness.Corruptions;

/// <summary>
/// Noise of a sensor, value by value. Hendrycks and Dietterich 2019, "Benchmarking Neural Network Robustness to Common Corruptions and
/// Perturbations", arXiv 1903.12261.
/// </summary>
internal static class Noise
{
    // A power of two, so that a draw's part is exact.
    private const int Parts = 128;

    /// <summary>Gaussian noise, of a bad light: x + c n, n normal.</summary>
    /// <param name="image">Values from 0 to 1, changed in place.</param>
    /// <param name="draws">n, one per value: mean 0, standard deviation 1.</param>
    /// <param name="scale">c.</param>
    public static void Gaussian(Span<float> image, ReadOnlySpan<float> draws, float scale)
    {
        for (int i = 0; i < image.Length; i++) image[i] += scale * draws[i];
    }

    /// <summary>
    /// Shot noise, of single photons: Poisson(x c) / c. Of each of the 256 bytes the distribution is summed up once; a draw then looks up
    /// where it falls.
    /// </summary>
    /// <param name="photons">c, the photons of a white pixel.</param>
    public static Corrupter Shot(int photons)
    {
        var tables = new (double[] Sums, int[] Starts, byte[] Shown)[256];
        for (int value = 0; value < 256; value++)
        {
            (int first, double[] sums) = Poisson(value / 255.0 * photons);
            tables[value] = (sums, Starts(sums), [.. sums.Select((_, place) =>
                (byte)((Math.Min(1.0, (double)(first + place) / photons) * 255) + 0.5))]);
        }

        return (ref SeededRandom random, ReadOnlySpan<byte> image, Span<byte> to) =>
        {
            for (int i = 0; i < image.Length; i++)
            {
                (double[] sums, int[] starts, byte[] shown) = tables[image[i]];
                double draw = random.NextDouble();
                int place = starts[(int)(draw * Parts)];
                while (sums[place] <= draw) place++;
                to[i] = shown[place];
            }
        };
    }

    /// <summary>Impulse noise, salt and pepper: a value is lost with probability c, and then 0 or 1, each equally likely.</summary>
    /// <param name="image">Bytes, changed in place.</param>
    /// <param name="random">Draws one number a value, and one more for each that is lost.</param>
    /// <param name="amount">c.</param>
    public static void Impulse(Span<byte> image, ref SeededRandom random, float amount)
    {
        for (int i = 0; i < image.Length; i++)
        {
            if (random.NextSingle() < amount) image[i] = random.NextSingle() < 0.5f ? byte.MaxValue : byte.MinValue;
        }
    }

    // Where the first sum beyond a draw may lie: of draws from k / Parts on, for each k.
    private static int[] Starts(double[] sums)
    {
        var starts = new int[Parts];
        for (int k = 1; k < Parts; k++)
        {
            starts[k] = starts[k - 1];
            while (sums[starts[k]] <= (double)k / Parts) starts[k]++;
        }

        return starts;
    }

    /// <summary>
    /// The Poisson distribution's sums from a count on: P(X &lt;= first + k). By the ratio of neighbours, p(k + 1) = p(k) mean / (k + 1),
    /// from the most likely count outwards, so that nothing underflows; counts with less than 1e-18 of the most likely one are left out.
    /// </summary>
    /// <param name="mean">The mean, 0 or more.</param>
    internal static (int First, double[] Sums) Poisson(double mean)
    {
        const double least = 1e-18;
        int mode = (int)mean;
        var below = new List<double>();
        var above = new List<double> { 1 };
        for (int k = mode; k > 0; k--)
        {
            double ratio = (below.Count == 0 ? 1 : below[^1]) * k / mean;
            if (ratio < least) break;
            below.Add(ratio);
        }

        for (int k = mode + 1; above[^1] * mean / k >= least; k++) above.Add(above[^1] * mean / k);
        double[] shares = [.. Enumerable.Reverse(below), .. above];
        double total = shares.Sum(), sum = 0;
        for (int i = 0; i < shares.Length; i++)
        {
            sum += shares[i];
            shares[i] = i == shares.Length - 1 ? 1 : sum / total;
        }

        return (mode - below.Count, shares);
    }
}
