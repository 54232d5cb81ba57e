namespace Pare.Export.Onnx;

/// <summary>ONNX's numbers for what a tensor holds and what an attribute is.</summary>
internal static class OnnxTypes
{
    public const int Float = 1, UInt8 = 2, Int8 = 3, Int32 = 6, Int64 = 7, Bool = 9, Float16 = 10, Double = 11;

    public const int AttributeFloat = 1, AttributeInt = 2, AttributeString = 3, AttributeInts = 7;
}
