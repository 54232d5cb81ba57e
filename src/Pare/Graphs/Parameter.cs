namespace Pare.Graphs;

/// <summary>A named parameter of a network and where its values lie.</summary>
/// <param name="Name">Node and parameter, such as <c>conv1.weight</c>.</param>
/// <param name="Spec">Shape, role and initialization.</param>
/// <param name="Offset">First value in <see cref="Network.Weights"/>, or in <see cref="Network.Statistics"/> for a statistic.</param>
public sealed record Parameter(string Name, ParameterSpec Spec, int Offset)
{
    /// <summary>The number of values.</summary>
    public int Length => checked((int)Spec.Length);
}
