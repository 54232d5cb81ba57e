namespace Pare.Export.Onnx;

/// <summary>What runs along one side of a map.</summary>
internal enum MapAxis
{
    Channel,
    Row,
    Column,
}
