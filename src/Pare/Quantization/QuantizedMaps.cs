namespace Pare.Quantization;

/// <summary>All that a quantized network computes for an image.</summary>
/// <param name="Values">
/// The map of each node, <c>[channel][row][column]</c>: 8-bit integers, for <see cref="QuantizedNode.IsSums"/> sums.
/// </param>
/// <param name="Logits">The logits.</param>
internal sealed record QuantizedMaps(IReadOnlyList<int[]> Values, float[] Logits);
