using Pare.Evaluation;

namespace Pare.Tests.Evaluation;

public sealed class McNemarTests
{
    [Fact]
    public void Only_the_images_count_that_one_network_alone_gets_right()
    {
        int[] labels = [0, 1, 2, 0, 1, 2, 0], first = [0, 1, 0, 1, 1, 2, 1], second = [0, 0, 2, 2, 1, 0, 2];
        Assert.Equal(new McNemar(7, 2, 1), McNemar.Of(labels, first, second));
        Assert.Throws<ArgumentException>(() => McNemar.Of(labels, first, [0]));
        Assert.Throws<ArgumentException>(() => McNemar.Of([], [], []));
    }

    // Computed apart, in exact fractions, by Python: sum of comb(m, i) for i up to the smaller count, over 2**(m - 1).
    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(5, 0, 0.0625)]
    [InlineData(2, 9, 0.0654296875)]
    [InlineData(25, 15, 0.1538599441628321)]
    [InlineData(121, 59, 4.434449263755176e-06)]
    [InlineData(1100, 1000, 0.030720707864242296)]
    public void The_p_value_is_that_of_the_exact_test(int worse, int better, double expected)
    {
        Assert.Equal(expected, new McNemar(10_000, worse, better).PValue, expected * 1e-9);
        Assert.Equal(expected, new McNemar(10_000, better, worse).PValue, expected * 1e-9);
    }

    [Theory]
    [InlineData(1000, 30, 12)]
    [InlineData(50, 3, 0)]
    [InlineData(7, 0, 0)]
    public void The_standard_error_is_that_of_the_mean_of_the_differences_image_by_image(int images, int worse, int better)
    {
        double[] differences =
        [
            .. Enumerable.Repeat(-1.0, worse), .. Enumerable.Repeat(1.0, better), .. Enumerable.Repeat(0.0, images - worse - better),
        ];
        double mean = differences.Average(), variance = differences.Average(value => (value - mean) * (value - mean));
        var pairs = new McNemar(images, worse, better);
        Assert.Equal(mean, pairs.Difference, 12);
        Assert.Equal(Math.Sqrt(variance / images), pairs.StandardError, 12);
        Assert.Equal((1.6448536269514722 * pairs.StandardError) + (1.0 / images), pairs.Reach, 12);
    }

    // Two equally good networks: each image that one of them alone gets right is one or the other's by the toss of a coin. All counts up
    // to 500, by the binomial distribution itself.
    [Fact]
    public void Equally_good_networks_are_told_apart_to_one_side_at_most_one_time_in_twenty()
    {
        double most = 0;
        for (int tosses = 1; tosses <= 500; tosses++)
        {
            double rate = 0, logarithm = -tosses * Math.Log(2);
            for (int worse = 0; worse <= tosses; worse++)
            {
                var pairs = new McNemar(1_000_000, worse, tosses - worse);
                if (pairs.Difference + pairs.Reach < 0) rate += Math.Exp(logarithm);
                logarithm += Math.Log((double)(tosses - worse) / (worse + 1));
            }

            most = Math.Max(most, rate);
        }

        Assert.InRange(most, 0.045, 0.05);
    }
}
