using System.Numerics;
using Pare.Quantization;

namespace Pare.Tests.Quantization;

public class RequantizationTests
{
    // TensorFlow Lite Micro's MultiplyByQuantizedMultiplier as it is written down there: gemmlowp's two roundings.
    private static BigInteger Definition(int x, int multiplier, int shift)
    {
        BigInteger product = new BigInteger(x) * BigInteger.Pow(2, Math.Max(shift, 0)) * multiplier;
        BigInteger nudge = product >= 0 ? BigInteger.Pow(2, 30) : 1 - BigInteger.Pow(2, 30);
        BigInteger high = BigInteger.Divide(product + nudge, BigInteger.Pow(2, 31)), divisor = BigInteger.Pow(2, Math.Max(-shift, 0));
        return BigInteger.Divide((2 * high) + (high < 0 ? -divisor : divisor), 2 * divisor);
    }

    [Fact]
    public void Rounds_as_the_two_roundings_that_others_have()
    {
        var random = new SeededRandom(3);
        int[] edges = [0, 1, -1, 2, -2, 3, 127, -128, 255, 1 << 20, (1 << 20) - 1, -(1 << 20), int.MaxValue, int.MinValue, int.MinValue + 1];
        int[] multipliers = [1 << 30, (1 << 30) + 1, int.MaxValue, -(1 << 30), -int.MaxValue, 1_518_500_250, 0];
        for (int round = 0; round < 20_000; round++)
        {
            int x = round % 2 == 0 ? edges[random.NextInt(edges.Length)] : (int)random.NextUInt64() >> random.NextInt(31);
            int multiplier = round % 3 == 0 ? multipliers[random.NextInt(multipliers.Length)] : (1 << 30) + random.NextInt(1 << 30);
            int shift = random.NextInt(62) - 31;
            if ((long)x << Math.Max(shift, 0) is < int.MinValue or > int.MaxValue) continue;
            Assert.Equal(Definition(x, multiplier, shift), new Requantization(multiplier, shift).Apply(x));
        }
    }

    [Theory]
    [InlineData(0.5, 1, 1)] // halves go up in the first rounding,
    [InlineData(0.5, -1, 0)]
    [InlineData(0.25, 2, 1)] // and away from 0 in the second.
    [InlineData(0.25, -2, -1)]
    [InlineData(1, 7, 7)]
    [InlineData(-1, 7, -7)]
    [InlineData(3, -5, -15)]
    [InlineData(0, 1000, 0)]
    [InlineData(1e-12, int.MaxValue, 0)]
    [InlineData(1e12, 1, 1 << 30)]
    [InlineData(1e12, 1000, int.MaxValue - 1)]
    [InlineData(1e12, -1000, int.MinValue + 1)]
    [InlineData(0.99999999999, 1000, 1000)]
    public void Multiplies_by_a_real_number(double factor, int x, int expected) =>
        Assert.Equal(expected, Requantization.Of(factor).Apply(x));

    [Fact]
    public void Is_within_a_step_of_the_product()
    {
        var random = new SeededRandom(4);
        for (int round = 0; round < 10_000; round++)
        {
            double factor = Math.ScaleB(1 + random.NextDouble(), -random.NextInt(20)) * (round % 2 == 0 ? 1 : -1);
            int x = random.NextInt(1 << 24) - (1 << 23);
            Assert.InRange(Requantization.Of(factor).Apply(x), (x * factor) - 1.01, (x * factor) + 1.01);
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Refuses_what_is_no_number(double factor) => Assert.Throws<ArgumentException>(() => Requantization.Of(factor));
}
