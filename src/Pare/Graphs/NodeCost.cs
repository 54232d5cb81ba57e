namespace Pare.Graphs;

/// <summary>What one node costs.</summary>
/// <param name="Node">The node.</param>
/// <param name="Parameters">Trained parameters.</param>
/// <param name="Macs">Multiply-accumulates of one image's forward pass.</param>
/// <param name="ReceptiveField">Side of the square of input pixels that one output pixel can see, without clipping at the border.</param>
public sealed record NodeCost(Node Node, long Parameters, long Macs, int ReceptiveField);
