using Pare.Graphs.Lowering;

namespace Pare.Export.Onnx;

/// <summary>What an ONNX file holds.</summary>
/// <param name="Graph">The network, its norms folded; a softmax at its end is left out, so that its outputs are logits.</param>
/// <param name="SaysPreprocessing">
/// Whether the file says how a picture becomes its input, or does it itself; otherwise bytes / 255 are assumed, and whoever trained the
/// network has to be asked.
/// </param>
/// <param name="Metadata">The file's <c>metadata_props</c>.</param>
public sealed record OnnxNetwork(InferenceGraph Graph, bool SaysPreprocessing, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Whether the file's own outputs are probabilities.</summary>
    internal bool EndsInSoftmax { get; init; }
}
