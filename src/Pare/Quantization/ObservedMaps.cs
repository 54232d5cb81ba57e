using Pare.Graphs.Lowering;

namespace Pare.Quantization;

/// <summary>What values the maps of a network had on images.</summary>
/// <param name="Outputs">A histogram for each node of <see cref="InferenceGraph.Nodes"/>; null where its range is not read.</param>
/// <param name="Sums">A histogram for each node of what its activation is applied to; null where it is not read.</param>
/// <param name="Means">
/// Of each node that is a convolution the mean of what its activation is applied to, a channel each; null elsewhere.
/// </param>
internal sealed record ObservedMaps(IReadOnlyList<Histogram?> Outputs, IReadOnlyList<Histogram?> Sums, IReadOnlyList<double[]?> Means)
{
    /// <summary>The maps' ranges.</summary>
    /// <param name="method">How they are chosen.</param>
    public ActivationRanges Ranges(RangeMethod method) => new(
        [.. Outputs.Select(values => values is null ? default : RangeMethods.Of(method, values))],
        [.. Sums.Select(values => values is null ? (ValueRange?)null : RangeMethods.Of(method, values))]);
}
