namespace Pare.Export.CSource;

/// <summary>An image that a C program carries to test itself, and what each layer makes of it.</summary>
/// <param name="Pixels">The image as the program takes it, <c>[row][column][channel]</c>.</param>
/// <param name="Maps">
/// The map of each node of the lowered graph, in their order, <c>[channel][row][column]</c>, as the reference computes it.
/// </param>
public sealed record TestVector(byte[] Pixels, IReadOnlyList<float[]> Maps);
