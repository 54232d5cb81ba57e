
namespace Pare.Export.Onnx;

/// <summary>One node with its attributes by name; what is not as expected is refused by the node's name.</summary>
internal sealed class OnnxNode
{
    private readonly Dictionary<string, AttributeProto> _attributes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly NodeProto _proto;
    private readonly string _path;

    public OnnxNode(NodeProto proto, long opset, string path)
    {
        (_proto, Opset, _path) = (proto, opset, path);
        foreach (AttributeProto attribute in proto.Attribute)
        {
            if (!_attributes.TryAdd(attribute.Name, attribute)) throw Refused($"gives '{attribute.Name}' twice");
        }
    }

    public string Operator => _proto.OpType;

    public string Domain => _proto.Domain;

    public long Opset { get; }

    /// <summary>What it is called in messages and in the graph: its own name, or that of its output.</summary>
    public string Name => _proto.Name.Length > 0 ? _proto.Name : _proto.Output.FirstOrDefault(static name => name.Length > 0) ?? Operator;

    public IReadOnlyList<string> Inputs => _proto.Input;

    public IReadOnlyList<string> Outputs => _proto.Output;

    public bool Has(string name)
    {
        _asked.Add(name);
        return _attributes.ContainsKey(name);
    }

    // A message of proto3 leaves out a value that is 0; its type still says what it is.
    public long Int(string name, long otherwise)
    {
        if (!Has(name)) return otherwise;
        AttributeProto found = _attributes[name];
        return found.HasI || found.Type == OnnxTypes.AttributeInt ? found.I : throw Refused($"has a '{name}' that is no whole number");
    }

    public float Float(string name, float otherwise)
    {
        if (!Has(name)) return otherwise;
        AttributeProto found = _attributes[name];
        return (found.HasF || found.Type == OnnxTypes.AttributeFloat) && float.IsFinite(found.F) ? found.F
            : throw Refused($"has a '{name}' that is no number");
    }

    public string Text(string name, string otherwise) => Has(name) ? _attributes[name].S?.ToStringUtf8() ?? "" : otherwise;

    public long[]? Ints(string name) => Has(name) ? [.. _attributes[name].Ints] : null;

    public float[]? Floats(string name) => Has(name) ? [.. _attributes[name].Floats] : null;

    public TensorProto? Tensor(string name) => Has(name) ? _attributes[name].T ?? throw Refused($"has a '{name}' that is no tensor") : null;

    /// <summary>Refuses attributes that nobody asked for: they could change what the node computes.</summary>
    public void CheckAllKnown()
    {
        if (_attributes.Keys.FirstOrDefault(name => !_asked.Contains(name)) is { } unknown)
            throw Refused($"has a setting '{unknown}' that Pare does not know");
    }

    /// <summary>The error for a node that cannot be read exactly.</summary>
    public DataException Refused(string what) => new(
        $"The node '{Name}' ({Operator}, opset {Opset}) {what}.", _path,
        "Export the network without it; Pare reads the operators of small classifiers and refuses what it could only guess.");
}
