using Google.Protobuf;
using Pare.Export.Onnx;

namespace Pare.Tests.Support;

/// <summary>Builds small ONNX graphs, as other programs write them, for the reader to be tested on.</summary>
internal sealed class OnnxGraphs
{
    private readonly SeededRandom _random = new(7);
    private int _names;

    public ModelProto Model { get; } = new() { IrVersion = 8, Graph = new GraphProto { Name = "test" } };

    /// <summary>Begins with an input of one picture, or of any number of them where the first side is 0.</summary>
    public OnnxGraphs(int opset, params int[] input)
    {
        Model.OpsetImport.Add(new OperatorSetIdProto { Version = opset });
        Model.Graph.Input.Add(Value("x", input));
    }

    public OnnxGraphs Node(string operation, string[] inputs, string output, params (string Name, object Value)[] attributes)
    {
        var node = new NodeProto { OpType = operation, Name = $"{operation}{++_names}" };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        foreach ((string name, object value) in attributes) node.Attribute.Add(Attribute(name, value));
        Model.Graph.Node.Add(node);
        return this;
    }

    /// <summary>Adds random weights.</summary>
    public OnnxGraphs Weights(string name, params int[] dims) =>
        Floats(name, dims,
            [.. Enumerable.Range(0, dims.Aggregate(1, static (product, side) => product * side)).Select(_ => 0.5f * _random.NextNormal())]);

    public OnnxGraphs Floats(string name, int[] dims, params float[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = 1 };
        tensor.Dims.AddRange(dims.Select(static side => (long)side));
        // Both forms are in use: raw bytes and a list.
        if (_names++ % 2 == 0) tensor.FloatData.AddRange(values);
        else tensor.RawData = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values));
        Model.Graph.Initializer.Add(tensor);
        return this;
    }

    public OnnxGraphs Whole(string name, params long[] values) => Whole(name, [values.Length], values);

    public OnnxGraphs Whole(string name, int[] dims, params long[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = 7 };
        tensor.Dims.AddRange(dims.Select(static side => (long)side));
        tensor.Int64Data.AddRange(values);
        Model.Graph.Initializer.Add(tensor);
        return this;
    }

    /// <summary>Adds integers of 32 bits.</summary>
    public OnnxGraphs Whole32(string name, params int[] values) => Integers(name, 6, [values.Length], values);

    /// <summary>Adds integers of 8 bits.</summary>
    public OnnxGraphs Bytes(string name, int type, int[] dims, params int[] values) => Integers(name, type, dims, values);

    private OnnxGraphs Integers(string name, int type, int[] dims, int[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = type };
        tensor.Dims.AddRange(dims.Select(static side => (long)side));
        if (type == 6 || _names++ % 2 == 0) tensor.Int32Data.AddRange(values);
        else tensor.RawData = ByteString.CopyFrom([.. values.Select(static value => (byte)value)]);
        Model.Graph.Initializer.Add(tensor);
        return this;
    }

    /// <summary>Adds a node that holds a constant.</summary>
    public string ConstantNode(string name, int[] dims, params float[] values)
    {
        var tensor = new TensorProto { DataType = 1 };
        tensor.Dims.AddRange(dims.Select(static side => (long)side));
        tensor.FloatData.AddRange(values);
        Node("Constant", [], name, ("value", tensor));
        return name;
    }

    /// <summary>Ends in an output.</summary>
    public OnnxGraphs Output(string name, params int[] shape)
    {
        Model.Graph.Output.Add(Value(name, shape));
        return this;
    }

    /// <summary>A picture of random values.</summary>
    public float[] Picture(int count)
    {
        var values = new float[count];
        foreach (ref float value in values.AsSpan()) value = _random.NextNormal();
        return values;
    }

    private static ValueInfoProto Value(string name, int[] sides)
    {
        var shape = new TensorShapeProto();
        foreach (int side in sides)
            shape.Dim.Add(side == 0 ? new TensorShapeProto.Types.Dimension { DimParam = "batch" }
                : new TensorShapeProto.Types.Dimension { DimValue = side });
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = 1, Shape = shape } }
        };
    }

    private static AttributeProto Attribute(string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        switch (value)
        {
            case int number: (attribute.Type, attribute.I) = (2, number); break;
            case float number: (attribute.Type, attribute.F) = (1, number); break;
            case TensorProto tensor: (attribute.Type, attribute.T) = (4, tensor); break;
            case string text: (attribute.Type, attribute.S) = (3, ByteString.CopyFromUtf8(text)); break;
            case int[] numbers:
                attribute.Type = 7;
                attribute.Ints.AddRange(numbers.Select(static number => (long)number));
                break;
            case float[] numbers:
                attribute.Type = 6;
                attribute.Floats.AddRange(numbers);
                break;
            default: throw new ArgumentException($"An attribute cannot be {value.GetType()}.", nameof(value));
        }

        return attribute;
    }
}
