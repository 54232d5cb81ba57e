namespace Pare.Augmentation;

/// <summary>
/// Where each point of a resampled image comes from. Pixels are squares of side 1, the first one's centre is at 0.5, 0.5.
/// </summary>
/// <param name="Column">The column that a point comes from.</param>
/// <param name="Row">The row.</param>
internal readonly record struct PixelMap(PixelCoordinate Column, PixelCoordinate Row)
{
    /// <summary>Moves what is shown to the right and down.</summary>
    /// <param name="right">By so many columns.</param>
    /// <param name="down">By so many rows.</param>
    public static PixelMap Shift(int right, int down) => new(new PixelCoordinate(1, 0, -right), new PixelCoordinate(0, 1, -down));

    /// <summary>A row comes from so much further right for each row that it lies lower: the top stays.</summary>
    /// <param name="slope">Columns a row.</param>
    public static PixelMap ShearAlongRows(double slope) => new(new PixelCoordinate(1, slope, 0), new PixelCoordinate(0, 1, 0));

    /// <summary>A column comes from so much lower for each column that it lies further right: the left side stays.</summary>
    /// <param name="slope">Rows a column.</param>
    public static PixelMap ShearAlongColumns(double slope) => new(new PixelCoordinate(1, 0, 0), new PixelCoordinate(slope, 1, 0));

    /// <summary>Turns what is shown about the centre.</summary>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="degrees">Counter-clockwise.</param>
    public static PixelMap Turn(int height, int width, double degrees)
    {
        // Rounded, so that a quarter of a turn has a cosine of 0.
        double angle = -double.DegreesToRadians(degrees);
        double cosine = Math.Round(Math.Cos(angle), 15), sine = Math.Round(Math.Sin(angle), 15);
        double x = width / 2.0, y = height / 2.0;
        return new PixelMap(new PixelCoordinate(cosine, sine, x - ((cosine * x) + (sine * y))),
            new PixelCoordinate(-sine, cosine, y + ((sine * x) - (cosine * y))));
    }
}
