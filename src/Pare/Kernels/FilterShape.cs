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
internal readonly record struct FilterShape(int Rows, int Pixels, int SourceRow, int SourceStep, int TargetPlane, int TargetRow, int TargetStep, bool Accumulates);
