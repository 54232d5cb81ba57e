namespace Pare.Graphs;

/// <summary>A parameter that a layer owns.</summary>
/// <param name="Name">Its name within the layer: <c>weight</c>, <c>bias</c>, <c>running_mean</c>, <c>running_var</c>.</param>
/// <param name="Shape">Its dimensions as PyTorch has them: convolution <c>[out, in/groups, k, k]</c>, linear <c>[out, in]</c>.</param>
/// <param name="Role">Whether it is trained and decays.</param>
/// <param name="Initialization">How it starts.</param>
/// <param name="FanIn">Inputs that one output sums, for the initializations that scale by it.</param>
public sealed record ParameterSpec(string Name, int[] Shape, ParameterRole Role, Initialization Initialization, long FanIn = 1)
{
    /// <summary>The number of values. A parameter of a graph has no more than one array holds.</summary>
    /// <exception cref="OverflowException">It is more than 63 bits count.</exception>
    public long Length => Shape.Aggregate(1L, static (product, side) => checked(product * side));
}
