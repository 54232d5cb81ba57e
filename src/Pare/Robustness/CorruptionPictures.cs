namespace Pare.Robustness;

/// <summary>A test image as it is, and corrupted.</summary>
/// <param name="Index">Its number in the test set, from 0.</param>
/// <param name="Label">Its class, by its index.</param>
/// <param name="Clean">As it is, a PNG file.</param>
/// <param name="Kinds">For each kind, in the order of the record, a PNG file a severity.</param>
public sealed record CorruptionPictures(int Index, int Label, byte[] Clean, IReadOnlyList<IReadOnlyList<byte[]>> Kinds);
