namespace Pare;

/// <summary>Random numbers that depend on nothing but their keys: not on the platform, the thread or what was drawn before.</summary>
/// <remarks>
/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014). Making one is as cheap
/// as drawing from it, so that each image of each epoch gets its own and threads may take them in any order.
/// It is a mutable structure: keep it in a local variable and hand it on by <c>ref</c>.
/// </remarks>
public struct SeededRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong _state;

    /// <summary>Starts the sequence of these keys; a change in any of them gives an unrelated sequence.</summary>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="stream">What is drawn for: shuffling, one augmentation, initial weights.</param>
    /// <param name="index">The first counter of that use, such as the epoch.</param>
    /// <param name="subindex">The second counter, such as the image.</param>
    public SeededRandom(long seed, long stream = 0, long index = 0, long subindex = 0)
    {
        ulong key = Mix((ulong)seed + Golden);
        key = Mix((key ^ (ulong)stream) + Golden);
        key = Mix((key ^ (ulong)index) + Golden);
        _state = Mix((key ^ (ulong)subindex) + Golden);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64() => Mix(_state += Golden);

    /// <summary>A whole number from 0 up to <paramref name="max"/> - 1, each equally likely.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="max"/> is not positive.</exception>
    public int NextInt(int max)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        // Lemire, "Fast random integer generation in an interval", 2019: the few low products that would favour some results are redrawn.
        ulong high = Math.BigMul(NextUInt64(), (ulong)max, out ulong low);
        if (low < (ulong)max)
        {
            ulong threshold = (0 - (ulong)max) % (ulong)max;
            while (low < threshold) high = Math.BigMul(NextUInt64(), (ulong)max, out low);
        }

        return (int)high;
    }

    /// <summary>A number from 0 up to, but not including, 1, in steps of 2^-24.</summary>
    public float NextSingle() => (NextUInt64() >> 40) * (1f / (1 << 24));

    /// <summary>A number from 0 up to, but not including, 1, in steps of 2^-53.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1L << 53));

    /// <summary>A number from <paramref name="min"/> up to <paramref name="max"/>.</summary>
    public float NextBetween(float min, float max) => min + ((max - min) * NextSingle());

    /// <summary>A draw from the normal distribution of mean 0 and standard deviation 1.</summary>
    public float NextNormal() => (float)Normal();

    /// <summary>
    /// Fills a span with draws from the normal distribution of mean 0 and standard deviation 1: by the inverse of its distribution, one
    /// number from 0 to 1 each, several times as fast as <see cref="NextNormal"/>.
    /// </summary>
    /// <remarks>Acklam's rational approximation of 2003, whose relative error is below 1.2e-9: nothing that a float could show.</remarks>
    public void NextNormals(Span<float> values)
    {
        foreach (ref float value in values) value = (float)NormalQuantile(((NextUInt64() >> 11) + 0.5) * (1.0 / (1L << 53)));
    }

    /// <summary>Weights of 0 to 1 that sum to 1, from the symmetric Dirichlet distribution; right for any positive shape.</summary>
    /// <param name="shape">Near 0 one weight takes all, 1 makes all mixtures equally likely; positive.</param>
    /// <param name="weights">The draw.</param>
    /// <exception cref="ArgumentOutOfRangeException">The shape is not positive.</exception>
    public void NextDirichlet(double shape, Span<double> weights)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape);

        // Gamma draws over their sum, by their logarithms, because with small shapes all of them underflow.
        double largest = double.NegativeInfinity, sum = 0;
        foreach (ref double weight in weights)
        {
            weight = LogGamma(shape);
            largest = Math.Max(largest, weight);
        }

        foreach (ref double weight in weights) sum += weight = Exp(weight - largest);
        foreach (ref double weight in weights) weight /= sum;
    }

    /// <summary>A draw from the Beta distribution, 0 to 1; right for any positive shape, however small.</summary>
    /// <param name="a">The shape towards 1, positive.</param>
    /// <param name="b">The shape towards 0, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">A shape is not positive.</exception>
    public double NextBeta(double a, double b)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(a);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(b);
        // g / (g + h) of two Gamma draws. With small shapes both underflow, and their quotient with them: so their logarithms are drawn.
        double logG = LogGamma(a), logH = LogGamma(b);
        return 1 / (1 + Exp(logH - logG));
    }

    /// <summary>Puts the values into random order, every order equally likely (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> values)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int j = NextInt(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    private double Normal()
    {
        // Marsaglia's polar method; the second of the pair is given up so that no state hides between calls.
        while (true)
        {
            double x = (2 * NextDouble()) - 1, y = (2 * NextDouble()) - 1;
            double square = (x * x) + (y * y);
            if (square is > 0 and < 1) return x * Math.Sqrt(-2 * Log(square) / square);
        }
    }

    // The number that a share of all normal draws stays below: one quotient of polynomials about the middle, one in each tail.
    internal static double NormalQuantile(double share)
    {
        const double tail = 0.02425;
        double q = share - 0.5;
        if (Math.Abs(q) <= 0.5 - tail)
        {
            double r = q * q;
            return q
                * ((((((((((-39.69683028665376 * r) + 220.9460984245205) * r) - 275.9285104469687) * r) + 138.3577518672690) * r)
                - 30.66479806614716) * r) + 2.506628277459239)
                / ((((((((((-54.47609879822406 * r) + 161.5858368580409) * r) - 155.6989798598866) * r) + 66.80131188771972) * r)
                - 13.28068155288572) * r) + 1);
        }

        double t = Math.Sqrt(-2 * Log(Math.Min(share, 1 - share)));
        double size = ((((((((((-0.007784894002430293 * t) - 0.3223964580411365) * t) - 2.400758277161838) * t) - 2.549732539343734) * t)
            + 4.374664141464968) * t) + 2.938163982698783)
            / ((((((((0.007784695709041462 * t) + 0.3224671290700398) * t) + 2.445134137142996) * t) + 3.754408661907416) * t) + 1);
        return share < 0.5 ? size : -size;
    }

    // The logarithm of a draw from Gamma(shape, 1). Marsaglia, Tsang: "A simple method for generating gamma variables", 2000, which
    // wants a shape of 1 or more; below that Gamma(a) = Gamma(a + 1) U^(1/a).
    private double LogGamma(double shape)
    {
        if (shape < 1) return LogGamma(shape + 1) + (Log(1 - NextDouble()) / shape);
        double d = shape - (1.0 / 3), c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = Normal(), root = 1 + (c * x), v = root * root * root;
            if (v > 0 && Log(1 - NextDouble()) < (0.5 * x * x) + (d * (1 - v + Log(v)))) return Log(d) + Log(v);
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    // Math.Log comes from each platform's C library and differs in the last bit; this uses only exactly rounded operations.
    private static double Log(double value)
    {
        int exponent = Math.ILogB(value);
        double mantissa = Math.ScaleB(value, -exponent);
        double t = (mantissa - 1) / (mantissa + 1), square = t * t, sum = 0;
        for (int power = 33; power >= 1; power -= 2) sum = (sum * square) + (1.0 / power);
        return (exponent * 0.693147180559945309417) + (2 * t * sum);
    }

    // For the same reason; infinity and 0 beyond what a double holds.
    private static double Exp(double value)
    {
        if (value > 700) return double.PositiveInfinity;
        if (value < -700) return 0;
        double exponent = Math.Round(value / 0.693147180559945309417), rest = value - (exponent * 0.693147180559945309417), sum = 1;
        for (int n = 18; n >= 1; n--) sum = 1 + (sum * rest / n);
        return Math.ScaleB(sum, (int)exponent);
    }
}
