using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;

namespace Pare.Export.Onnx;

/// <summary>Puts an ONNX graph together: nodes and tensors under names of their own, what is constant once.</summary>
internal sealed class OnnxGraphBuilder
{
    private readonly UniqueNames _tensors = new(), _nodes = new();
    private readonly Dictionary<string, string> _constants = new(StringComparer.Ordinal);

    /// <param name="taken">Names of tensors that are given away already.</param>
    public OnnxGraphBuilder(params string[] taken)
    {
        foreach (string name in taken) _tensors.Of(name);
    }

    /// <summary>The graph so far.</summary>
    public GraphProto Proto { get; } = new() { Name = "pare" };

    /// <summary>Adds a node.</summary>
    /// <returns>The name of its only output.</returns>
    public string Emit(string operation, string name, string[] inputs, params AttributeProto[] settings)
    {
        var node = new NodeProto { OpType = operation, Name = _nodes.Of(name) };
        node.Input.AddRange(inputs);
        string output = _tensors.Of(name);
        node.Output.Add(output);
        node.Attribute.AddRange(settings);
        Proto.Node.Add(node);
        return output;
    }

    public string Scalar(float value) => Constant($"value{value.ToString("R", CultureInfo.InvariantCulture)}", [], [value]);

    public string Constant(string name, long[] shape, ReadOnlySpan<float> values) =>
        Constant(name, OnnxTypes.Float, shape, MemoryMarshal.AsBytes(values));

    public string Constant(string name, long[] shape, ReadOnlySpan<long> values) =>
        Constant(name, OnnxTypes.Int64, shape, MemoryMarshal.AsBytes(values));

    /// <summary>A tensor that is called the same as another is that other: filters of blur pools, the ends of a clipped range.</summary>
    public string Constant(string name, int type, long[] shape, ReadOnlySpan<byte> values)
    {
        if (_constants.TryGetValue(name, out string? there)) return there;
        return _constants[name] = Add(name, type, shape, values);
    }

    /// <summary>Adds a tensor.</summary>
    /// <returns>Its name, a new one where the given one is taken.</returns>
    public string Add(string name, int type, long[] shape, ReadOnlySpan<byte> values)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("ONNX files are little-endian, and this machine is not.");
        var tensor = new TensorProto { Name = _tensors.Of(name), DataType = type, RawData = ByteString.CopyFrom(values) };
        tensor.Dims.AddRange(shape);
        Proto.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>Calls a tensor otherwise, for the node that makes it and for all that read it.</summary>
    public void Rename(string from, string to)
    {
        foreach (NodeProto node in Proto.Node)
        {
            Rename(node.Input);
            Rename(node.Output);
        }

        void Rename(Google.Protobuf.Collections.RepeatedField<string> names)
        {
            for (int i = 0; i < names.Count; i++)
            {
                if (names[i] == from) names[i] = to;
            }
        }
    }

    public static AttributeProto Int(string name, long value) => new() { Name = name, Type = OnnxTypes.AttributeInt, I = value };

    public static AttributeProto Float(string name, float value) => new() { Name = name, Type = OnnxTypes.AttributeFloat, F = value };

    public static AttributeProto Text(string name, string value) =>
        new() { Name = name, Type = OnnxTypes.AttributeString, S = ByteString.CopyFromUtf8(value) };

    public static AttributeProto Ints(string name, params ReadOnlySpan<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = OnnxTypes.AttributeInts };
        foreach (long value in values) attribute.Ints.Add(value);
        return attribute;
    }
}
