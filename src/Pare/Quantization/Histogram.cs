using Pare.Graphs.Lowering;

namespace Pare.Quantization;

/// <summary>
/// How often which values occurred between two ends, in steps of equal width. Zeros are counted for themselves: integers stand for them
/// without an error, whatever the range.
/// </summary>
internal sealed class Histogram
{
    /// <summary>Steps between the ends: 8 for each that 8 bits have.</summary>
    public const int Bins = 2048;

    private readonly long[] _counts = new long[Bins];
    private readonly float _perUnit;

    /// <summary>An empty one.</summary>
    /// <param name="range">The ends; made wider so that 0 lies between them.</param>
    /// <exception cref="ArgumentException">An end is not finite, or the lower one is above the upper.</exception>
    public Histogram(ValueRange range)
    {
        range.Check();
        Range = new ValueRange(Math.Min(range.Low, 0), Math.Max(range.High, 0));
        BinWidth = ((double)Range.High - Range.Low) / Bins;
        _perUnit = BinWidth > 0 ? (float)Math.Min(1 / BinWidth, float.MaxValue) : 0;
    }

    /// <summary>The ends.</summary>
    public ValueRange Range { get; }

    /// <summary>The width of a step; 0 where there are but zeros.</summary>
    public double BinWidth { get; }

    /// <summary>Values in each step, the lowest first, zeros left out.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>Values that are 0.</summary>
    public long Zeros { get; private set; }

    /// <summary>Counts values, all between the ends; one beyond counts in the last step.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if (value == 0) Zeros++;
            else _counts[(int)Math.Clamp((value - Range.Low) * _perUnit, 0, Bins - 1)]++;
        }
    }

    /// <summary>Adds the counts of another one with the same ends.</summary>
    public void Add(Histogram other)
    {
        for (int bin = 0; bin < Bins; bin++) _counts[bin] += other._counts[bin];
        Zeros += other.Zeros;
    }

    /// <summary>The value in the middle of a step.</summary>
    public double Middle(int bin) => Range.Low + ((bin + 0.5) * BinWidth);
}
