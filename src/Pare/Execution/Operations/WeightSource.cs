using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Execution.Operations;

/// <summary>The weights that an operation computes with: a parameter's, or what these are in 8 bits.</summary>
/// <param name="network">Has the values.</param>
/// <param name="weight">The parameter.</param>
/// <param name="rounded">Room for as many; null where they are taken as they are.</param>
internal sealed class WeightSource(Network network, Parameter weight, OwnedFloats? rounded)
{
    public ReadOnlySpan<float> Values => rounded is null ? network.Values(weight) : rounded.Values;

    /// <summary>To be called when the parameter may have changed.</summary>
    public void Prepare()
    {
        if (rounded is not null) RoundingKernels.RoundWeights(network.Values(weight), weight.Spec.Shape[0], rounded.Values);
    }
}
