using Pare.Graphs.Lowering;

namespace Pare.Quantization;

/// <summary>The ranges that <see cref="RangeMethod"/> names, from histograms.</summary>
public static class RangeMethods
{
    /// <summary>The share of the values that <see cref="RangeMethod.Percentile"/> cuts on either side.</summary>
    internal const double Tail = 1e-4;

    // An end is halved in so many steps of the search, so often at most.
    private const int StepsAHalf = 32, MostHalves = 4, Rounds = 2, Levels = 256;

    /// <summary>What a method is called, such as <c>min-max</c>.</summary>
    public static string Name(this RangeMethod method) => method switch
    {
        RangeMethod.MinMax => "min-max",
        RangeMethod.Percentile => "percentile 99.99",
        RangeMethod.MeanSquaredError => "mean squared error",
        RangeMethod.Entropy => "entropy",
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "There is no such method."),
    };

    /// <summary>The range of values.</summary>
    /// <param name="method">How it is chosen.</param>
    /// <param name="values">The values.</param>
    /// <returns>A range that holds 0 and lies in that of the values and 0.</returns>
    internal static ValueRange Of(RangeMethod method, Histogram values)
    {
        if (values.BinWidth == 0) return values.Range;
        return method switch
        {
            RangeMethod.MinMax => values.Range,
            RangeMethod.Percentile => Percentile(values),
            RangeMethod.MeanSquaredError => Search(values, SquaredError),
            RangeMethod.Entropy => Search(values, Divergence),
            _ => throw new ArgumentOutOfRangeException(nameof(method), method, "There is no such method."),
        };
    }

    private static ValueRange Percentile(Histogram values)
    {
        ReadOnlySpan<long> counts = values.Counts;
        long total = values.Zeros;
        foreach (long count in counts) total += count;
        double most = Tail * total;
        int first = 0, last = Histogram.Bins;
        for (long cut = 0; first < last && (cut += counts[first]) <= most;) first++;
        for (long cut = 0; last > first && (cut += counts[last - 1]) <= most;) last--;
        return Between(values, values.Range.Low + (first * values.BinWidth), values.Range.Low + (last * values.BinWidth));
    }

    // Moves one end after the other towards 0 to where the loss is the least; of equal ones the widest range.
    private static ValueRange Search(Histogram values, Func<Histogram, ValueRange, double> loss)
    {
        (int Low, int High) best = (0, 0);
        double least = loss(values, At(values, best));
        for (int round = 0; round < Rounds; round++)
        {
            for (int steps = 0; steps <= StepsAHalf * MostHalves && values.Range.High > 0; steps++) Try((best.Low, steps));
            for (int steps = 0; steps <= StepsAHalf * MostHalves && values.Range.Low < 0; steps++) Try((steps, best.High));
        }

        return At(values, best);

        void Try((int Low, int High) ends)
        {
            if (ends == best) return;
            double got = loss(values, At(values, ends));
            if (got < least) (least, best) = (got, ends);
        }
    }

    private static ValueRange At(Histogram values, (int Low, int High) ends) =>
        Between(values, values.Range.Low * Shrink(ends.Low), values.Range.High * Shrink(ends.High));

    private static double Shrink(int steps) => Math.Pow(2, -(double)steps / StepsAHalf);

    private static ValueRange Between(Histogram values, double low, double high) =>
        new(Math.Max(values.Range.Low, Math.Min((float)low, 0)), Math.Min(values.Range.High, Math.Max((float)high, 0)));

    private static double SquaredError(Histogram values, ValueRange range)
    {
        if (range.High <= range.Low) return double.PositiveInfinity;
        var parameters = QuantizationParameters.Of(range);
        double sum = 0;
        ReadOnlySpan<long> counts = values.Counts;
        for (int bin = 0; bin < counts.Length; bin++)
        {
            if (counts[bin] == 0) continue;
            double value = values.Middle(bin), off = value - parameters.Dequantize(parameters.Quantize(value));
            sum += counts[bin] * off * off;
        }

        return sum;
    }

    // Of the counts with what is cut added to the ends, from the counts of each integer spread evenly over the steps that had any.
    private static double Divergence(Histogram values, ValueRange range)
    {
        // An integer that has less than a step for itself would be as good as exact.
        if (range.High - (double)range.Low < Levels * values.BinWidth) return double.PositiveInfinity;
        var parameters = QuantizationParameters.Of(range);
        ReadOnlySpan<long> counts = values.Counts;
        Span<double> cut = stackalloc double[Levels], kept = stackalloc double[Levels];
        Span<int> used = stackalloc int[Levels];
        cut.Clear();
        kept.Clear();
        used.Clear();
        double total = 0, inside = 0;
        int first = -1, last = -1;
        for (int bin = 0; bin < counts.Length; bin++)
        {
            if (counts[bin] == 0) continue;
            double value = values.Middle(bin);
            total += counts[bin];
            int level = parameters.Quantize(value) - QuantizationParameters.Lowest;
            if (value < range.Low || value > range.High)
            {
                cut[level] += counts[bin];
                continue;
            }

            (first, last) = (first < 0 ? bin : first, bin);
            inside += counts[bin];
            kept[level] += counts[bin];
            used[level]++;
        }

        if (inside == 0) return double.PositiveInfinity;
        double below = cut[0], above = cut[Levels - 1], sum = 0;
        for (int bin = first; bin <= last; bin++)
        {
            if (counts[bin] == 0) continue;
            int level = parameters.Quantize(values.Middle(bin)) - QuantizationParameters.Lowest;
            double p = (counts[bin] + (bin == first ? below : 0) + (bin == last ? above : 0)) / total,
                q = kept[level] / used[level] / inside;
            sum += p * Math.Log(p / q);
        }

        return sum;
    }
}
