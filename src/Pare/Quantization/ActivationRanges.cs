using Pare.Graphs.Lowering;

namespace Pare.Quantization;

/// <summary>Between what the values of each map of a network lie, as observed on images.</summary>
/// <param name="Outputs">
/// A range for each node, in the order of <see cref="InferenceGraph.Nodes"/>. Those of nodes that keep their input's steps
/// (<see cref="Quantizer.KeepsParameters"/>), of the input and of the output are not read.
/// </param>
/// <param name="Sums">
/// A range for each node of what its activation is applied to; read where <see cref="Quantizer.HasTable"/>, and may be null elsewhere.
/// </param>
internal sealed record ActivationRanges(IReadOnlyList<ValueRange> Outputs, IReadOnlyList<ValueRange?> Sums)
{
    /// <summary>The ranges that the training found; null where it did not look at all maps that need one.</summary>
    /// <param name="graph">The network.</param>
    public static ActivationRanges? OfTraining(InferenceGraph graph) =>
        graph.Nodes.All(node => (node.Range is not null || !Quantizer.HasRange(graph, node))
            && (node.SumRange is not null || !Quantizer.HasTable(node)))
            && graph.Nodes.Any(static node => node.Range is not null || node.SumRange is not null)
            ? new([.. graph.Nodes.Select(static node => node.Range ?? default)], [.. graph.Nodes.Select(static node => node.SumRange)])
            : null;
}
