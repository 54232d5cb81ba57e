using Pare.Graphs;

namespace Pare.Benchmarking;

/// <summary>
/// What one operation of a training step takes. Batch norm and activation have no row: their work is done in the operations around them.
/// </summary>
/// <param name="Name">The node's name.</param>
/// <param name="Layer">The kind of its layer.</param>
/// <param name="Output">The shape of its output.</param>
/// <param name="Forward">The forward pass.</param>
/// <param name="WeightGradient">
/// The backward pass without the input gradient: it also brings the input and the output gradient into the cache. None where there are no
/// weights.
/// </param>
/// <param name="InputGradient">
/// What the input gradient adds to it: the difference of the two medians, whose noise it has. None where no gradient of the input is
/// wanted.
/// </param>
public sealed record OperationProfile(string Name, string Layer, Shape Output, PassProfile Forward, PassProfile? WeightGradient,
    PassProfile? InputGradient)
{
    /// <summary>All passes together.</summary>
    public PassProfile Total => PassProfile.Sum([Forward, WeightGradient, InputGradient]);
}
