using System.Diagnostics.CodeAnalysis;
using Pare.Graphs;
using Pare.Graphs.Layers;

namespace Pare.Quantization;

/// <summary>
/// Training for 8-bit integers: weights and maps are rounded in the training to what integers will stand for, so that a network loses
/// nothing when it is exported with them, and its file has the ranges of its maps. Jacob et al. 2017, arXiv 1712.05877.
/// </summary>
[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)]
public sealed record QuantizationOptions
{
    /// <summary>How far the range of a map moves towards a batch's, 0 to 1.</summary>
    [Range(0, 1, AboveLeast = true)]
    public float Momentum { get; init; } = new FakeQuantize().Momentum;

    /// <summary>The network that is trained in place of another.</summary>
    /// <param name="graph">The network; it stays as it is.</param>
    /// <exception cref="RecipeException">The network has nothing to round, or a layer without a form in integers.</exception>
    public Graph Apply(Graph graph) => graph.Quantize(Momentum);
}
