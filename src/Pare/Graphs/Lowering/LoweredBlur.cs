namespace Pare.Graphs.Lowering;

/// <summary>
/// Each channel filtered by the outer product of <see cref="Weights"/> with itself, over a border that mirrors the map without repeating
/// its edge, and every stride-th pixel kept. (f - 1) / 2 pixels are mirrored above and to the left, f / 2 below and to the right, for a
/// filter of f.
/// </summary>
/// <param name="Filter">Side f of the filter, in pixels.</param>
/// <param name="Stride">Step between windows, in pixels.</param>
internal sealed record LoweredBlur(int Filter, int Stride) : InferenceOperation
{
    /// <inheritdoc/>
    public override string Kind => "blur_pool";

    /// <summary>Mirrored pixels above and to the left.</summary>
    public int Before => (Filter - 1) / 2;

    /// <summary>Mirrored pixels to the left where they are not <see cref="Before"/>: of a strip of a map there are none.</summary>
    internal int? Left { get; init; }

    /// <summary>The filter along one axis: binomial(f - 1, i) / 2^(f - 1).</summary>
    public float[] Weights() => Layers.BlurPool.WeightsOfASide(Filter);

    /// <summary>The row or column of a map of so many that one outside it mirrors; one inside is itself.</summary>
    internal static int Mirrored(int place, int side) => place < 0 ? -place : place >= side ? (2 * side) - 2 - place : place;

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) =>
        new Layers.BlurPool { Filter = Filter, Stride = Stride }.OutputShape([Only(inputs)]);

    /// <inheritdoc/>
    public override long Macs(Shape input, Shape output) => (long)output.Count * Filter * Filter;
}
