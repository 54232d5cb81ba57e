using System.Numerics.Tensors;

namespace Pare.Kernels;

/// <summary>How two maps are walked together when a weight gradient is summed. Strides are in floats.</summary>
/// <param name="Rows">Rows of the output gradient.</param>
/// <param name="Pixels">Pixels of a row of the output gradient, which lie side by side.</param>
/// <param name="GradientPlane">Between planes of the output gradient.</param>
/// <param name="GradientRow">Between rows of the output gradient.</param>
/// <param name="SourceRow">Between the source rows of neighbouring output rows.</param>
/// <param name="SourceStep">Between the source pixels of neighbouring output pixels.</param>
internal readonly record struct CorrelationShape(int Rows, int Pixels, int GradientPlane, int GradientRow, int SourceRow, int SourceStep)
{
    /// <summary>Floats of the output gradient from the first pixel to the end of the last.</summary>
    public int GradientLength(int planes) => checked(((planes - 1) * GradientPlane) + ((Rows - 1) * GradientRow) + (Pixels * Simd.Lanes));

    /// <summary>Floats of the source from the pixel that offset 0 stands for to the end of the last that is read.</summary>
    /// <param name="offsets">In floats, one a tap; none negative.</param>
    public int SourceLength(ReadOnlySpan<int> offsets) =>
        offsets.IsEmpty ? 0 : checked(TensorPrimitives.Max(offsets) + ((Rows - 1) * SourceRow) + ((Pixels - 1) * SourceStep) + Simd.Lanes);
}
