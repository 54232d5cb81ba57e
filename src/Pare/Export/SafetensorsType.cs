namespace Pare.Export;

/// <summary>The element types of safetensors that Pare reads and writes.</summary>
public enum SafetensorsType
{
    /// <summary>32-bit floating point, <c>F32</c> in the file.</summary>
    Float32,

    /// <summary>64-bit signed integer, <c>I64</c> in the file.</summary>
    Int64,
}
