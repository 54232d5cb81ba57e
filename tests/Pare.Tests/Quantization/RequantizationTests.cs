using System.Numerics;
using Pare.Quantization;

namespace Pare.Tests.Quantization;

public class RequantizationTests
{
    // TensorFlow Lite Micro's MultiplyByQuantizedMultiplier with one rounding, as it is written down there.
    private static BigInteger Definition(int x, int multiplier, int shift) =>
        ((new BigInteger(x) * multiplier) + (BigInteger.One << (30 - shift))) >> (31 - shift);

    [Fact]
    public void Rounds_once_as_others_do()
    {
        var random = new SeededRandom(3);
        int[] edges =
            [0, 1, -1, 2, -2, 3, 127, -128, 255, 1 << 20, (1 << 20) - 1, -(1 << 20), int.MaxValue, int.MinValue, int.MinValue + 1];
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
    [InlineData(0.5, 1, 1)] // halves go up,
    [InlineData(0.5, -1, 0)]
    [InlineData(0.25, 2, 1)]
    [InlineData(0.25, -2, 0)]
    [InlineData(0.0078124, 64, 0)] // and nothing else: 0.49999 was one half after a first rounding.
    [InlineData(0.0078124, -64, 0)]
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
    public void Is_the_nearest_to_the_product()
    {
        var random = new SeededRandom(4);
        for (int round = 0; round < 10_000; round++)
        {
            double factor = Math.ScaleB(1 + random.NextDouble(), -random.NextInt(20)) * (round % 2 == 0 ? 1 : -1);
            int x = random.NextInt(1 << 24) - (1 << 23);
            Assert.InRange(Requantization.Of(factor).Apply(x), (x * factor) - 0.51, (x * factor) + 0.51);
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Refuses_what_is_no_number(double factor) => Assert.Throws<ArgumentException>(() => Requantization.Of(factor));
}
