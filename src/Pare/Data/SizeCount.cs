namespace Pare.Data;

/// <summary>How many images have one size.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Count">Images.</param>
public sealed record SizeCount(int Width, int Height, int Count);
