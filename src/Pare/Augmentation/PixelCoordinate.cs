namespace Pare.Augmentation;

/// <summary>One coordinate of where a pixel comes from.</summary>
/// <param name="PerColumn">By how much it grows with each column of the result.</param>
/// <param name="PerRow">By how much it grows with each row.</param>
/// <param name="Offset">What it is at the upper left corner of the result.</param>
internal readonly record struct PixelCoordinate(double PerColumn, double PerRow, double Offset);
