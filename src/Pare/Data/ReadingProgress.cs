namespace Pare.Data;

/// <summary>How far the reading of a data set is.</summary>
/// <param name="Images">Images that were read.</param>
/// <param name="TotalImages">Images that there are.</param>
/// <param name="Bytes">The bytes of their files.</param>
public readonly record struct ReadingProgress(int Images, int TotalImages, long Bytes);
