using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export.Onnx;

/// <summary>
/// Writes an <see cref="InferenceGraph"/> as ONNX, a node or a few each. Maps are <c>[batch, channel, row, column]</c>; the layers at the
/// end that work on one pixel are vectors <c>[batch, channel]</c>, so that a linear layer is a <c>Gemm</c> and the last one gives
/// <c>logits</c>.
/// </summary>
internal sealed class OnnxWriter
{
    public const int Opset = 17, IrVersion = 8;
    public const string InputName = "input", OutputName = "logits";

    private readonly InferenceGraph _graph;
    private readonly OnnxOptions _options;
    private readonly GraphProto _proto = new() { Name = "pare" };
    private readonly HashSet<string> _tensors = new(StringComparer.Ordinal), _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<WeightArray, string> _weights = [];
    private readonly Dictionary<string, string> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<InferenceNode, string> _outputs = [];
    private readonly HashSet<InferenceNode> _head;

    private OnnxWriter(InferenceGraph graph, OnnxOptions options)
    {
        (_graph, _options) = (graph, options);
        _head = Head(graph);
        _tensors.UnionWith([InputName, OutputName]);
    }

    public static ModelProto Write(InferenceGraph graph, OnnxOptions options)
    {
        var writer = new OnnxWriter(graph, options);
        writer.WriteInput();
        foreach (InferenceNode node in graph.Nodes.Skip(1)) writer.Write(node);
        writer.WriteOutput();
        var model =
            new ModelProto { IrVersion = IrVersion, ProducerName = "Pare", ProducerVersion = LibraryVersion.Full, Graph = writer._proto };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = Opset });
        foreach ((string key, string value) in OnnxMetadata.Of(graph, options.WithPreprocessing)
            .Concat(OnnxMetadata.Of(options.Origin)).Concat(options.Metadata))
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model;
    }

    // From the output back: nodes of one pixel that nothing but such nodes reads. Weights that are used more than once stay of rank four,
    // one array for all.
    private static HashSet<InferenceNode> Head(InferenceGraph graph)
    {
        var head = new HashSet<InferenceNode>();
        var uses = graph.Nodes.Select(static node => node.Operation).OfType<LoweredConvolution>()
            .CountBy(static convolution => convolution.Weights).ToDictionary();
        foreach (InferenceNode node in graph.Nodes.Reverse())
        {
            bool vector = node.Operation switch
            {
                LoweredConvolution { IsPointwise: true, Groups: 1, Scale: null } linear =>
                    node.Inputs[0].Shape.Pixels == 1 && uses[linear.Weights] == 1,
                LoweredActivation => node.Shape.Pixels == 1,
                LoweredFlatten => true,
                _ => false,
            };
            if (vector && graph.Nodes.Where(reader => reader.Inputs.Contains(node)).All(head.Contains)) head.Add(node);
        }

        return head;
    }

    private void WriteInput()
    {
        Shape shape = _graph.Input.Shape;
        if (!_options.WithPreprocessing)
        {
            _proto.Input.Add(Value(InputName, OnnxTypes.Float, shape.Channels, shape.Height, shape.Width));
            _outputs[_graph.Input] = InputName;
            return;
        }

        _proto.Input.Add(Value(InputName, OnnxTypes.UInt8, shape.Height, shape.Width, shape.Channels));
        Preprocessing preprocessing = _graph.Preprocessing;
        string floats = Emit("Cast", "input.float", [InputName], Int("to", OnnxTypes.Float));
        string planes = Emit("Transpose", "input.planes", [floats], Ints("perm", 0, 3, 1, 2));
        string unit = Emit("Div", "input.unit", [planes, Constant("input.levels", [], [255f])]);
        string centred = Emit("Sub", "input.centred", [unit, Constant("input.mean", [1, shape.Channels, 1, 1], [.. preprocessing.Mean])]);
        _outputs[_graph.Input] =
            Emit("Div", "input.normalized",
            [centred, Constant("input.standard_deviation", [1, shape.Channels, 1, 1], [.. preprocessing.StandardDeviation])]);
    }

    private void WriteOutput()
    {
        string last = _outputs[_graph.Output];
        int classes = _graph.Output.Shape.Channels;
        if (!_head.Contains(_graph.Output)) last = Emit("Flatten", $"{_graph.Output.Name}.vector", [last], Int("axis", 1));
        // The last node that was written ends in the output's name; who else read it by its own name is told, too.
        foreach (NodeProto node in _proto.Node)
        {
            Rename(node.Input);
            Rename(node.Output);
        }

        _proto.Output.Add(Value(OutputName, OnnxTypes.Float, classes));

        void Rename(Google.Protobuf.Collections.RepeatedField<string> names)
        {
            for (int i = 0; i < names.Count; i++)
            {
                if (names[i] == last) names[i] = OutputName;
            }
        }
    }

    private void Write(InferenceNode node)
    {
        string[] inputs = [.. node.Inputs.Select(input => _outputs[input])];
        if (_head.Contains(node) && node.Operation is not LoweredFlatten && !_head.Contains(node.Inputs[0]))
            inputs[0] = Emit("Flatten", $"{node.Name}.vector", inputs, Int("axis", 1));
        _outputs[node] = node.Operation switch
        {
            LoweredConvolution linear when _head.Contains(node) => Linear(node, linear, inputs[0]),
            LoweredConvolution convolution => Convolution(node, convolution, inputs[0]),
            LoweredActivation activation => Activate(node.Name, activation.Activation, inputs[0]),
            LoweredPool pool => Pool(node, pool, inputs[0]),
            LoweredBlur blur => Blur(node, blur, inputs[0]),
            LoweredMean => Emit("GlobalAveragePool", node.Name, inputs),
            LoweredAdd add => Activate(node.Name, add.Activation, Sum(node, inputs)),
            LoweredMultiply => Emit("Mul", node.Name, inputs),
            LoweredConcat => Emit("Concat", node.Name, inputs, Int("axis", 1)),
            LoweredFlatten when _head.Contains(node) => Emit("Flatten", node.Name, inputs, Int("axis", 1)),
            LoweredFlatten => Emit("Reshape", node.Name, [inputs[0], Constant($"{node.Name}.shape", [4], new long[] { 0, -1, 1, 1 })]),
            _ => throw new NotSupportedException($"The operation '{node.Operation.Kind}' has no ONNX form."),
        };
    }

    private string Linear(InferenceNode node, LoweredConvolution linear, string input)
    {
        string[] inputs = [input, Weights(linear.Weights, linear.Weights.Shape.Take(2)), .. Bias(node, linear)];
        return Activate(node.Name, linear.Activation, Emit("Gemm", node.Name, inputs, Int("transB", 1)));
    }

    private string Convolution(InferenceNode node, LoweredConvolution convolution, string input)
    {
        SlidingWindow window = convolution.Window;
        AttributeProto[] settings =
            [Ints("kernel_shape", window.Height, window.Width), .. Slides(window), Ints("dilations", window.DilationY, window.DilationX),
            Int("group", convolution.Groups)];
        string weights = Weights(convolution.Weights, convolution.Weights.Shape);
        if (convolution.Scale is null)
            return Activate(node.Name, convolution.Activation,
                Emit("Conv", node.Name, [input, weights, .. Bias(node, convolution)], settings));

        // The weights serve several nodes; the norm is this node's own.
        long[] channels = [1, convolution.Channels, 1, 1];
        string sum = Emit("Conv", node.Name, [input, weights], settings);
        sum = Emit("Mul", $"{node.Name}.scaled", [sum, Constant($"{node.Name}.scale", channels, [.. convolution.Scale])]);
        if (convolution.Shift is { } shift)
            sum = Emit("Add", $"{node.Name}.shifted", [sum, Constant($"{node.Name}.shift", channels, [.. shift])]);
        return Activate(node.Name, convolution.Activation, sum);
    }

    private IEnumerable<string> Bias(InferenceNode node, LoweredConvolution convolution) =>
        convolution.Shift is { } shift ? [Constant($"{node.Name}.bias", [shift.Count], [.. shift])] : [];

    private string Pool(InferenceNode node, LoweredPool pool, string input)
    {
        SlidingWindow window = pool.Window;
        var settings = new List<AttributeProto> { Ints("kernel_shape", window.Height, window.Width) };
        settings.AddRange(Slides(window));
        bool dilated = window.DilationX > 1 || window.DilationY > 1;
        if (pool.Mode == PoolMode.Max)
        {
            if (dilated) settings.Add(Ints("dilations", window.DilationY, window.DilationX));
            return Emit("MaxPool", node.Name, [input], [.. settings]);
        }

        if (dilated)
            throw new NotSupportedException($"'{node.Name}' is an average pool with gaps, which ONNX's opset {Opset} does not know.");
        settings.Add(Int("count_include_pad", pool.Mode == PoolMode.AverageWithBorders ? 1 : 0));
        return Emit("AveragePool", node.Name, [input], [.. settings]);
    }

    private string Blur(InferenceNode node, LoweredBlur blur, string input)
    {
        int channels = node.Shape.Channels, filter = blur.Filter;
        float[] row = blur.Weights();
        string pads = Constant($"blur{filter}.pads", [8], new long[] { 0, 0, blur.Before, blur.Before, 0, 0, filter / 2, filter / 2 });
        string padded = Emit("Pad", $"{node.Name}.mirrored", [input, pads], Text("mode", "reflect"));
        float[] square = [.. Enumerable.Range(0, channels).SelectMany(_ => row.SelectMany(a => row.Select(b => a * b)))];
        string weights = Constant($"blur{filter}x{channels}.weight", [channels, 1, filter, filter], square);
        return Emit("Conv", node.Name, [padded, weights], Ints("kernel_shape", filter, filter), Ints("strides", blur.Stride, blur.Stride),
            Int("group", channels));
    }

    private string Sum(InferenceNode node, string[] inputs)
    {
        string sum = inputs[0];
        for (int i = 1; i < inputs.Length; i++) sum = Emit("Add", i == 1 ? node.Name : $"{node.Name}.{i}", [sum, inputs[i]]);
        return sum;
    }

    private string Activate(string name, PointActivation activation, string input)
    {
        string own = $"{name}.{activation.Function.ToString().ToLowerInvariant()}";
        return activation.Function switch
        {
            PointFunction.Identity => input,
            PointFunction.Relu => Emit("Relu", own, [input]),
            PointFunction.Clip => Emit("Clip", own, Bounded(input, activation.A, activation.B)),
            PointFunction.LeakyRelu => Emit("LeakyRelu", own, [input], Float("alpha", activation.A)),
            PointFunction.Elu => Emit("Elu", own, [input], Float("alpha", activation.A)),
            PointFunction.Sigmoid => Emit("Sigmoid", own, [input]),
            PointFunction.HardSigmoid => Emit("HardSigmoid", own, [input], Float("alpha", 1 / 6f), Float("beta", 0.5f)),
            PointFunction.Silu => Emit("Mul", own, [input, Emit("Sigmoid", $"{name}.sigmoid", [input])]),
            PointFunction.HardSwish => Emit("HardSwish", own, [input]),
            PointFunction.Tanh => Emit("Tanh", own, [input]),
            _ => throw new NotSupportedException($"The function {activation.Function} has no ONNX form."),
        };
    }

    // An end that is open is left out.
    private string[] Bounded(string input, float low, float high) =>
        [input, float.IsInfinity(low) ? "" : Scalar(low), .. float.IsInfinity(high) ? Array.Empty<string>() : [Scalar(high)]];

    private string Emit(string operation, string name, string[] inputs, params AttributeProto[] settings)
    {
        var node = new NodeProto { OpType = operation, Name = Unique(_nodes, name) };
        node.Input.AddRange(inputs);
        string output = Unique(_tensors, name);
        node.Output.Add(output);
        node.Attribute.AddRange(settings);
        _proto.Node.Add(node);
        return output;
    }

    private string Weights(WeightArray weights, IEnumerable<int> shape)
    {
        if (_weights.TryGetValue(weights, out string? name)) return name;
        return _weights[weights] =
            Add(weights.Name, OnnxTypes.Float, [.. shape.Select(static side => (long)side)], MemoryMarshal.AsBytes(weights.Values));
    }

    private string Scalar(float value) => Constant($"value{value.ToString("R", CultureInfo.InvariantCulture)}", [], [value]);

    private string Constant(string name, long[] shape, ReadOnlySpan<float> values) =>
        Constant(name, OnnxTypes.Float, shape, MemoryMarshal.AsBytes(values));

    private string Constant(string name, long[] shape, ReadOnlySpan<long> values) =>
        Constant(name, OnnxTypes.Int64, shape, MemoryMarshal.AsBytes(values));

    // What is called the same is the same: filters of blur pools, the ends of a clipped range.
    private string Constant(string name, int type, long[] shape, ReadOnlySpan<byte> values)
    {
        if (_constants.TryGetValue(name, out string? there)) return there;
        return _constants[name] = Add(name, type, shape, values);
    }

    private string Add(string name, int type, long[] shape, ReadOnlySpan<byte> values)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("ONNX files are little-endian, and this machine is not.");
        var tensor = new TensorProto { Name = Unique(_tensors, name), DataType = type, RawData = ByteString.CopyFrom(values) };
        tensor.Dims.AddRange(shape);
        _proto.Initializer.Add(tensor);
        return tensor.Name;
    }

    private ValueInfoProto Value(string name, int type, params ReadOnlySpan<int> sides)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(_options.DynamicBatch ? new TensorShapeProto.Types.Dimension { DimParam = "batch" }
            : new TensorShapeProto.Types.Dimension { DimValue = 1 });
        foreach (int side in sides) shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = side });
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = type, Shape = shape } }
        };
    }

    private static string Unique(HashSet<string> taken, string name)
    {
        string unique = name;
        for (int i = 2; !taken.Add(unique); i++) unique = string.Create(CultureInfo.InvariantCulture, $"{name}.{i}");
        return unique;
    }

    private static IEnumerable<AttributeProto> Slides(SlidingWindow window)
    {
        Borders borders = window.Borders;
        return [Ints("strides", window.StrideY, window.StrideX), Ints("pads", borders.Top, borders.Left, borders.Bottom, borders.Right)];
    }

    private static AttributeProto Int(string name, long value) => new() { Name = name, Type = OnnxTypes.AttributeInt, I = value };

    private static AttributeProto Float(string name, float value) => new() { Name = name, Type = OnnxTypes.AttributeFloat, F = value };

    private static AttributeProto Text(string name, string value) =>
        new() { Name = name, Type = OnnxTypes.AttributeString, S = ByteString.CopyFromUtf8(value) };

    private static AttributeProto Ints(string name, params ReadOnlySpan<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = OnnxTypes.AttributeInts };
        foreach (long value in values) attribute.Ints.Add(value);
        return attribute;
    }
}
