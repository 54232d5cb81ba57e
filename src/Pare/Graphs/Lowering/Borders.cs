namespace Pare.Graphs.Lowering;

/// <summary>Pixels that are put around a map.</summary>
/// <param name="Top">Rows above.</param>
/// <param name="Left">Columns to the left.</param>
/// <param name="Bottom">Rows below.</param>
/// <param name="Right">Columns to the right.</param>
internal readonly record struct Borders(int Top, int Left, int Bottom, int Right)
{
    /// <summary>The same number on all four sides.</summary>
    public static Borders All(int pixels) => new(pixels, pixels, pixels, pixels);

    /// <summary>Whether there are none.</summary>
    public bool AreEmpty => this == default;
}
