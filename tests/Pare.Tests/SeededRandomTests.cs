namespace Pare.Tests;

public sealed class SeededRandomTests
{
    [Fact]
    public void The_sequence_is_pinned_for_every_platform()
    {
        var random = new SeededRandom(1, 2, 3, 4);
        string drawn =
            $"{random.NextUInt64():x16} {random.NextInt(1000)} {random.NextSingle():R} {random.NextDouble():R} {random.NextNormal():R}";

        Assert.Equal("68055585a968b899 603 0.42826784 0.7713940236223513 -0.68756324", drawn);
    }

    [Fact]
    public void Each_key_changes_the_sequence_and_none_stands_for_another()
    {
        ulong[] first =
        [
            new SeededRandom(0).NextUInt64(), new SeededRandom(1).NextUInt64(), new SeededRandom(0, 1).NextUInt64(),
            new SeededRandom(0, 0, 1).NextUInt64(), new SeededRandom(0, 0, 0, 1).NextUInt64(), new SeededRandom(1, 1).NextUInt64(),
        ];

        Assert.Equal(first.Length, first.Distinct().Count());
        Assert.Equal(new SeededRandom(5, 6, 7, 8).NextUInt64(), new SeededRandom(5, 6, 7, 8).NextUInt64());
    }

    [Fact]
    public void Whole_numbers_are_evenly_spread_within_their_range()
    {
        var random = new SeededRandom(1);
        var counts = new int[7];
        for (int i = 0; i < 70_000; i++)
            counts[random.NextInt(7)]++;

        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SeededRandom(1).NextInt(0));
    }

    [Fact]
    public void Fractions_stay_within_0_and_1_and_fill_it()
    {
        var random = new SeededRandom(1);
        double[] drawn = [.. Enumerable.Range(0, 20_000).Select(i => i % 2 == 0 ? random.NextSingle() : random.NextDouble())];

        Assert.All(drawn, value => Assert.True(value is >= 0 and < 1));
        Assert.InRange(drawn.Average(), 0.49, 0.51);
        Assert.True(drawn.Min() < 0.001 && drawn.Max() > 0.999);
    }

    [Fact]
    public void Normal_draws_have_the_moments_of_the_normal_distribution()
    {
        var random = new SeededRandom(1);
        double[] drawn = [.. Enumerable.Range(0, 50_000).Select(_ => (double)random.NextNormal())];

        Assert.InRange(drawn.Average(), -0.015, 0.015);
        Assert.InRange(drawn.Average(value => value * value), 0.98, 1.02);
        Assert.InRange(drawn.Average(value => Math.Pow(value, 4)), 2.85, 3.15);
        Assert.InRange(drawn.Count(value => Math.Abs(value) < 1) / 50_000.0, 0.673, 0.692);
    }

    [Theory]
    [InlineData(1e-15, -7.941345326170998)]
    [InlineData(1e-10, -6.361340902404056)]
    [InlineData(0.001, -3.090232306167813)]
    [InlineData(0.0242, -1.9738394633131993)]
    [InlineData(0.0243, -1.9720841590292884)]
    [InlineData(0.3, -0.5244005127080409)]
    [InlineData(0.5, 0)]
    [InlineData(0.8413447460685429, 1)]
    [InlineData(0.975, 1.959963984540054)]
    [InlineData(0.999999, 4.753424308822899)]
    public void The_quantiles_of_the_normal_distribution_are_those_of_a_table(double share, double expected) =>
        Assert.Equal(expected, SeededRandom.NormalQuantile(share), Math.Max(1e-6, Math.Abs(expected)) * 2e-9);

    [Fact]
    public void Many_normal_draws_at_once_follow_the_distribution_too()
    {
        var drawn = new float[100_000];
        var random = new SeededRandom(1);
        random.NextNormals(drawn);
        Assert.Equal(0, drawn.Average(), 0.01);
        Assert.Equal(1, drawn.Average(static value => (double)value * value), 0.015);
        Assert.Equal(3, drawn.Average(static value => Math.Pow(value, 4)), 0.1);
        Assert.InRange(drawn.Count(static value => value > 1.959964f), 2300, 2700);
        Assert.InRange(drawn.Count(static value => value < -2.5f), 520, 720);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(1)]
    [InlineData(30)]
    public void Dirichlet_draws_sum_to_1_and_have_the_moments_of_the_distribution(double shape)
    {
        var random = new SeededRandom(1);
        double[] weights = new double[3], sums = new double[3];
        double squares = 0;
        const int draws = 20_000;
        for (int i = 0; i < draws; i++)
        {
            random.NextDirichlet(shape, weights);
            Assert.Equal(1, weights.Sum(), 1e-12);
            for (int k = 0; k < 3; k++) sums[k] += weights[k];
            squares += Math.Pow(weights[0] - (1.0 / 3), 2);
        }

        // Variance (1 / 3) (2 / 3) / (3 shape + 1).
        Assert.All(sums, static sum => Assert.Equal(1.0 / 3, sum / draws, 0.01));
        Assert.Equal(2.0 / 9 / ((3 * shape) + 1), squares / draws, 0.006);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SeededRandom(1).NextDirichlet(0, new double[2]));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(2)]
    public void Beta_draws_follow_the_distribution_function(double shape)
    {
        // Kolmogorov and Smirnov: the largest distance between the two distribution functions exceeds 1.95 / sqrt(n) once in a thousand.
        const int Count = 20_000;
        var random = new SeededRandom(1);
        double[] drawn = [.. Enumerable.Range(0, Count).Select(_ => random.NextBeta(shape, shape)).Order()];
        double distance =
            drawn.Select((x, i) => Math.Max(Math.Abs(Below(x) - ((double)i / Count)), Math.Abs(Below(x) - ((i + 1.0) / Count)))).Max();

        Assert.InRange(distance, 0, 1.95 / Math.Sqrt(Count));

        double Below(double x) => shape switch { 0.5 => 2 / Math.PI * Math.Asin(Math.Sqrt(x)), 1 => x, _ => x * x * (3 - (2 * x)) };
    }

    [Theory]
    [InlineData(0.1, 0.1)]
    [InlineData(0.2, 0.2)]
    [InlineData(0.3, 0.9)]
    [InlineData(1.5, 0.4)]
    [InlineData(5, 3)]
    public void Beta_draws_have_the_moments_of_the_distribution(double a, double b)
    {
        const int Count = 100_000;
        var random = new SeededRandom(2);
        double[] drawn = [.. Enumerable.Range(0, Count).Select(_ => random.NextBeta(a, b))];
        double mean = a / (a + b), square = a * (a + 1) / ((a + b) * (a + b + 1));
        double third = square * (a + 2) / (a + b + 2);

        Assert.Equal(mean, drawn.Average(), 0.006);
        Assert.Equal(square, drawn.Average(static x => x * x), 0.006);
        Assert.Equal(third, drawn.Average(static x => x * x * x), 0.006);
    }

    [Theory]
    [InlineData(1e-3)]
    [InlineData(1e-6)]
    public void Beta_draws_of_tiny_shapes_are_0_or_1_and_each_half_of_the_time(double shape)
    {
        var random = new SeededRandom(3);
        double[] drawn = [.. Enumerable.Range(0, 4_000).Select(_ => random.NextBeta(shape, shape))];

        Assert.All(drawn, static x => Assert.InRange(x, 0, 1));
        Assert.InRange(drawn.Count(static x => x is > 0.01 and < 0.99), 0, 60);
        Assert.InRange(drawn.Average(), 0.46, 0.54);
    }

    [Fact]
    public void Beta_draws_are_pinned_for_every_platform_and_want_positive_shapes()
    {
        var random = new SeededRandom(1, 2, 3, 4);
        Assert.Equal("0.0011767166001994762 0.8960301673742554", $"{random.NextBeta(0.2, 0.2):R} {random.NextBeta(3, 2):R}");
        Assert.Throws<ArgumentOutOfRangeException>(() => new SeededRandom(1).NextBeta(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SeededRandom(1).NextBeta(1, -1));
    }

    [Fact]
    public void A_shuffle_keeps_every_value_and_reaches_every_order()
    {
        var orders = new HashSet<string>();
        for (int seed = 0; seed < 300; seed++)
        {
            int[] values = [1, 2, 3, 4];
            new SeededRandom(seed).Shuffle<int>(values);
            Assert.Equal([1, 2, 3, 4], values.Order());
            orders.Add(string.Join(' ', values));
        }

        Assert.Equal(24, orders.Count);
    }
}
