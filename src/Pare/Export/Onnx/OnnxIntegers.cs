using Pare.Graphs.Lowering;

namespace Pare.Export.Onnx;

/// <summary>The 8-bit integers of a map.</summary>
/// <param name="Steps">What the way there and back does to a value (<see cref="PointFunction.FakeQuantize"/>).</param>
/// <param name="Type">Their type in the file.</param>
internal sealed record OnnxIntegers(PointActivation Steps, int Type);
