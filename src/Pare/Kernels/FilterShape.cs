using System.Numerics.Tensors;

namespace Pare.Kernels;

/// <summary>How a filter walks over its source and its target. Strides are in floats.</summary>
/// <param name="Rows">Rows of the target.</param>
/// <param name="Pixels">Pixels of a row of the target.</param>
/// <param name="SourceRow">Between the source rows of neighbouring target rows.</param>
/// <param name="SourceStep">Between the source pixels of neighbouring target pixels.</param>
/// <param name="TargetPlane">Between planes of the target.</param>
/// <param name="TargetRow">Between the rows of the target that are written.</param>
/// <param name="TargetStep">Between the pixels of the target that are written.</param>
/// <param name="Accumulates">Adds to what the target holds.</param>
internal readonly record struct FilterShape(int Rows, int Pixels, int SourceRow, int SourceStep, int TargetPlane, int TargetRow,
    int TargetStep, bool Accumulates)
{
    /// <summary>Floats of the source from the pixel that offset 0 stands for to the end of the last that is read.</summary>
    /// <param name="offsets">In floats, one a tap; none negative.</param>
    public int SourceLength(ReadOnlySpan<int> offsets) =>
        offsets.IsEmpty || Rows < 1 || Pixels < 1 ? 0
            : checked(TensorPrimitives.Max(offsets) + ((Rows - 1) * SourceRow) + ((Pixels - 1) * SourceStep) + Simd.Lanes);

    /// <summary>Floats of the target from the first pixel to the end of the last that is written.</summary>
    public int TargetLength(int planes) =>
        Rows < 1 || Pixels < 1 ? 0
            : checked(((planes - 1) * TargetPlane) + ((Rows - 1) * TargetRow) + ((Pixels - 1) * TargetStep) + Simd.Lanes);
}
