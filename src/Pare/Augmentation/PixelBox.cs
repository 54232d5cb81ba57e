namespace Pare.Augmentation;

/// <summary>A rectangle of pixels that lies within its image.</summary>
/// <param name="Top">First row.</param>
/// <param name="Left">First column.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
public readonly record struct PixelBox(int Top, int Left, int Rows, int Columns)
{
    /// <summary>Pixels.</summary>
    public int Area => Rows * Columns;

    /// <summary>
    /// The part of a rectangle around a centre that lies within an image: rows from centre - rows / 2 on, columns likewise.
    /// </summary>
    public static PixelBox Around(int centreRow, int centreColumn, int rows, int columns, int height, int width)
    {
        int top = centreRow - (rows / 2), left = centreColumn - (columns / 2);
        int bottom = Math.Min(top + rows, height), right = Math.Min(left + columns, width);
        (top, left) = (Math.Max(top, 0), Math.Max(left, 0));
        return new PixelBox(top, left, Math.Max(0, bottom - top), Math.Max(0, right - left));
    }
}
