using Pare.Graphs.Lowering;

namespace Pare.Quantization;

/// <summary>
/// A network in 8-bit integers, made by <see cref="Quantizer"/>: what all that compute in integers agree on to the bit. Never changed.
/// </summary>
public sealed class QuantizedGraph
{
    internal QuantizedGraph(InferenceGraph source, IReadOnlyList<QuantizedNode> nodes)
    {
        (Source, Nodes) = (source, nodes);
        Weights = [.. nodes.Select(static node => node.Operation).OfType<QuantizedConvolution>()
            .Select(static convolution => convolution.Weights).Distinct()];
    }

    /// <summary>The network in float32.</summary>
    internal InferenceGraph Source { get; }

    /// <summary>All nodes, as many as the source's and in its order.</summary>
    internal IReadOnlyList<QuantizedNode> Nodes { get; }

    /// <summary>The node that the bytes of an image enter.</summary>
    internal QuantizedNode Input => Nodes[0];

    /// <summary>The node whose channels are the classes' logits.</summary>
    internal QuantizedNode Output => Nodes[^1];

    /// <summary>The weights, each once, in the order of their first use.</summary>
    internal IReadOnlyList<QuantizedWeights> Weights { get; }
}
