namespace Pare.Graphs.Layers;

/// <summary>
/// A fixed low-pass filter before the step, so that a map changes little when the picture moves by a pixel: each channel is
/// filtered by the outer product of binomial(f - 1, i) / 2^(f - 1) with itself, over a border that mirrors the map, and every
/// stride-th pixel is kept. Zhang 2019, arXiv 1904.11486.
/// </summary>
public sealed record BlurPool : Layer
{
    /// <summary>The least and the most that <see cref="Filter"/> may be.</summary>
    public const int SmallestFilter = 2, LargestFilter = 7;

    /// <summary>Side f of the filter, in pixels: 2 to 7.</summary>
    [Range(SmallestFilter, LargestFilter)]
    public int Filter { get; init; } = 3;

    /// <summary>Step between windows, in pixels; the side of the output is ceil(side / stride).</summary>
    [Range(1, Limits.Window)]
    public int Stride { get; init; } = 2;

    /// <inheritdoc/>
    public override string Kind => "blur_pool";

    /// <inheritdoc/>
    public override (int Kernel, int Stride) Window => (Filter, Stride);

    /// <summary>Mirrored pixels below and to the right of the map.</summary>
    internal int After => Filter / 2;

    private protected override Shape ShapeFor(IReadOnlyList<Shape> inputs)
    {
        Shape input = inputs[0];
        int smallest = Math.Min(input.Height, input.Width);
        if (smallest <= After)
            throw new ArgumentException(
                $"a filter of {Filter} mirrors {After} pixels, which takes a map of at least {After + 1} pixels a side; this one has " +
                $"{smallest}.");
        return input with { Height = ((input.Height - 1) / Stride) + 1, Width = ((input.Width - 1) / Stride) + 1 };
    }

    /// <inheritdoc/>
    public override long Macs(Shape input, Shape output) => (long)output.Count * Filter * Filter;

    /// <summary>A row of taps, whose outer product with itself the filter of a side is: binomial(f - 1, i) / 2^(f - 1).</summary>
    internal static float[] WeightsOfASide(int filter)
    {
        var row = new float[filter];
        row[0] = 1f / (1 << (filter - 1));
        for (int i = 1; i < filter; i++) row[i] = row[i - 1] * (filter - i) / i;
        return row;
    }
}
