namespace Pare.Robustness.Corruptions;

/// <summary>Corrupts an image. Any number of threads may call it at once.</summary>
/// <param name="random">Its draws.</param>
/// <param name="image"><c>[channel][row][column]</c>.</param>
/// <param name="to">As <paramref name="image"/>.</param>
internal delegate void Corrupter(ref SeededRandom random, ReadOnlySpan<byte> image, Span<byte> to);
