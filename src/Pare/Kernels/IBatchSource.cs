namespace Pare.Kernels;

/// <summary>Where a plan gets its images from. Called for several tiles at once, by several threads.</summary>
internal interface IBatchSource
{
    /// <summary>
    /// Views of each image that the batch holds, 1 unless a technique compares some: all images as they are, then all in their second view,
    /// and so on. It stays the same until the next batch.
    /// </summary>
    int Views => 1;

    /// <summary>Rows and columns of its images; null where they are of the size that the plan's network is for.</summary>
    (int Height, int Width)? Size => null;

    /// <summary>Writes some images of the batch, one per lane; lanes beyond them are left alone.</summary>
    /// <param name="first">Number of the first image in the batch.</param>
    /// <param name="images">How many to write, at most the lanes of a tile.</param>
    /// <param name="pixels"><c>[channel][row][column][lane]</c>.</param>
    /// <param name="targets"><c>[class][lane]</c>, the probabilities to learn; empty when none are wanted.</param>
    void Fill(int first, int images, Span<float> pixels, Span<float> targets);
}
