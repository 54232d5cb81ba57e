namespace Pare.Kernels;

/// <summary>How two maps are walked together when a weight gradient is summed. Strides are in floats.</summary>
/// <param name="Rows">Rows of the output gradient.</param>
/// <param name="Pixels">Pixels of a row of the output gradient, which lie side by side.</param>
/// <param name="GradientPlane">Between planes of the output gradient.</param>
/// <param name="GradientRow">Between rows of the output gradient.</param>
/// <param name="SourceRow">Between the source rows of neighbouring output rows.</param>
/// <param name="SourceStep">Between the source pixels of neighbouring output pixels.</param>
internal readonly record struct CorrelationShape(int Rows, int Pixels, int GradientPlane, int GradientRow, int SourceRow, int SourceStep);
