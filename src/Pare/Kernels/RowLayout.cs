namespace Pare.Kernels;

/// <summary>Rows of a plane that are copied into a padded one. Counts are in pixels, strides in floats.</summary>
/// <param name="Rows">Rows to copy.</param>
/// <param name="Columns">Pixels of a row.</param>
/// <param name="SourceStride">Between rows of the source.</param>
/// <param name="Left">Pixels of padding before each row of the target.</param>
/// <param name="Right">Pixels of padding after each row of the target.</param>
/// <param name="Padding">Their value.</param>
internal readonly record struct RowLayout(int Rows, int Columns, int SourceStride, int Left, int Right, float Padding)
{
    /// <summary>A run of pixels without rows and padding.</summary>
    public static RowLayout Run(int pixels) => new(1, pixels, 0, 0, 0, 0f);

    public int SourceLength => ((Rows - 1) * SourceStride) + (Columns * Simd.Lanes);

    public int TargetLength => Rows * (Left + Columns + Right) * Simd.Lanes;
}
