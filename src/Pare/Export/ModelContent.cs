using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export;

/// <summary>What a model's file holds.</summary>
/// <param name="Graph">The lowered network, with classes and preprocessing.</param>
/// <param name="Network">The network as it was trained; null where the file has the lowered one only.</param>
/// <param name="Origin">Where it comes from.</param>
public sealed record ModelContent(InferenceGraph Graph, Network? Network, ModelOrigin Origin)
{
    /// <summary>How sure it is said to be; none where the file says nothing.</summary>
    public ConfidenceRule Confidence { get; init; } = ConfidenceRule.None;
}
