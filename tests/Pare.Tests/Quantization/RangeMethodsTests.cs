using Pare.Graphs.Lowering;
using Pare.Quantization;

namespace Pare.Tests.Quantization;

public class RangeMethodsTests
{
    public static TheoryData<RangeMethod> Methods => [.. Enum.GetValues<RangeMethod>()];

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_range_holds_0_and_lies_within_the_values(RangeMethod method)
    {
        (float, float)[] ends = [(0, 0), (0, 3), (-2, 0), (-1, 5), (2, 3), (-3, -2), (1e-30f, 1e-29f), (-1e30f, 1e35f)];
        foreach ((float low, float high) in ends)
        {
            Histogram values = Of([.. Enumerable.Range(0, 5000).Select(i => low + ((high - low) * (i / 4999f)))]);
            ValueRange range = RangeMethods.Of(method, values);
            Assert.InRange(range.Low, Math.Min(low, 0), 0);
            Assert.InRange(range.High, 0, Math.Max(high, 0));
            Assert.True(QuantizationParameters.Of(range).Scale > 0);
        }
    }

    [Fact]
    public void Min_max_cuts_nothing_and_percentile_one_value_in_ten_thousand_on_either_side()
    {
        float[] values = [.. Enumerable.Range(0, 100_000).Select(static i => ((i % 50_000) - 25_000) / 25_000f),
            .. Enumerable.Repeat(90f, 10), -80];
        Assert.Equal(new ValueRange(-80, 90), RangeMethods.Of(RangeMethod.MinMax, Of(values)));
        ValueRange range = RangeMethods.Of(RangeMethod.Percentile, Of(values));
        double step = 170.0 / Histogram.Bins;
        Assert.InRange(range.Low, -1 - step, -1 + step);
        Assert.InRange(range.High, 1 - step, 1 + step);
    }

    [Fact]
    public void The_least_squared_error_is_that_of_rounding_and_cutting_together()
    {
        // Some outliers: worth cutting where they are few, not where they are many.
        foreach ((int outliers, bool cut) in new[] { (1, true), (20_000, false) })
        {
            var random = new SeededRandom(3);
            float[] values = [.. Enumerable.Range(0, 100_000).Select(_ => random.NextNormal()), .. Enumerable.Range(0, outliers)
                .Select(_ => 30 + (10 * random.NextSingle()))];
            ValueRange range = RangeMethods.Of(RangeMethod.MeanSquaredError, Of(values));
            Assert.Equal(cut, range.High < 0.97 * values.Max());
            Assert.True(Error(values, range) <= 1.02 * Error(values, new ValueRange(values.Min(), values.Max())));
            foreach (float factor in cut ? new[] { 0.8f, 0.9f, 1.1f } : [])
                Assert.True(Error(values, range) <= 1.05 * Error(values, new ValueRange(range.Low * factor, range.High * factor)));
        }
    }

    [Fact]
    public void Entropy_cuts_a_long_tail_and_keeps_an_even_spread()
    {
        var random = new SeededRandom(4);
        float[] even = [.. Enumerable.Range(0, 200_000).Select(_ => random.NextSingle())];
        Assert.InRange(RangeMethods.Of(RangeMethod.Entropy, Of(even)).High, 0.97f, 1);
        float[] tail = [.. even.Select(_ => Math.Abs(random.NextNormal())), 60];
        Assert.InRange(RangeMethods.Of(RangeMethod.Entropy, Of(tail)).High, 2, 15);
    }

    [Fact]
    public void Histograms_of_parts_add_up_whatever_the_order()
    {
        var random = new SeededRandom(5);
        float[] values = [.. Enumerable.Range(0, 10_000).Select(_ => Math.Max(0, random.NextNormal()))];
        Histogram whole = Of(values), first = new(whole.Range), second = new(whole.Range);
        first.Add(values.AsSpan(7000));
        second.Add(values.AsSpan(0, 7000));
        first.Add(second);
        Assert.Equal(whole.Counts.ToArray(), first.Counts.ToArray());
        Assert.Equal((values.Count(static value => value == 0), values.Length), (first.Zeros, first.Zeros + Sum(first)));
    }

    private static long Sum(Histogram values) => values.Counts.ToArray().Sum();

    private static Histogram Of(float[] values)
    {
        var histogram = new Histogram(new ValueRange(values.Min(), values.Max()));
        histogram.Add(values);
        return histogram;
    }

    private static double Error(float[] values, ValueRange range)
    {
        var parameters = QuantizationParameters.Of(range);
        return values.Average(value => Math.Pow(value - parameters.Dequantize(parameters.Quantize(value)), 2));
    }
}
