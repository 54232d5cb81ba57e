namespace Pare.Kernels;

/// <summary>The windows of 2x2 outputs that <see cref="WinogradKernels"/> takes of one plane at a time.</summary>
/// <param name="Rows">Rows of windows.</param>
/// <param name="Columns">Windows of a row.</param>
/// <param name="PlaceStride">Floats from one place of the transformed windows to the next.</param>
internal readonly record struct WinogradShape(int Rows, int Columns, int PlaceStride)
{
    public int Windows => Rows * Columns;

    /// <summary>Pixels of a padded row.</summary>
    public int Width => (WinogradKernels.Side * Columns) + 2;

    /// <summary>Rows of a padded plane.</summary>
    public int Height => (WinogradKernels.Side * Rows) + 2;

    /// <summary>Floats of a padded row.</summary>
    public int Pitch => Width * Simd.Lanes;

    /// <summary>Floats of a padded plane.</summary>
    public int PlaneLength => Height * Pitch;

    /// <summary>Floats of a padded plane from the first pixel that a window makes to the last.</summary>
    public int InsideLength => (((WinogradKernels.Side * Rows) - 1) * Pitch) + (WinogradKernels.Side * Columns * Simd.Lanes);

    /// <summary>Floats from the first window's first place to the last one's last.</summary>
    public int PlacesLength => ((WinogradKernels.Places - 1) * PlaceStride) + (Windows * Simd.Lanes);
}
