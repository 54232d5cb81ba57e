using System.Runtime.InteropServices;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Quantization;
using static Pare.Export.Onnx.OnnxGraphBuilder;

namespace Pare.Export.Onnx;

/// <summary>
/// Writes an <see cref="InferenceGraph"/> as ONNX, a node or a few each. Maps are <c>[batch, channel, row, column]</c>; the layers at the
/// end that work on one pixel are vectors <c>[batch, channel]</c>, so that a linear layer is a <c>Gemm</c> and the last one gives
/// <c>logits</c>. What stands for numbers is virtual: here they are real ones.
/// </summary>
internal class OnnxWriter
{
    public const int Opset = 17, IrVersion = 8;
    public const string InputName = "input", OutputName = "logits";

    private readonly InferenceGraph _graph;
    private readonly OnnxOptions _options;
    private readonly Dictionary<WeightArray, string> _weights = [];
    private readonly Dictionary<QuantizationParameters, (string Scale, string ZeroPoint)> _steps = [];
    private readonly Dictionary<string, QuantizationParameters> _rounded = new(StringComparer.Ordinal);
    private readonly Dictionary<InferenceNode, string> _outputs = [];
    private readonly HashSet<InferenceNode> _head;

    private protected OnnxWriter(InferenceGraph graph, OnnxOptions options)
    {
        (_graph, _options) = (graph, options);
        _head = Head(graph);
    }

    protected OnnxGraphBuilder File { get; } = new(InputName, OutputName);

    public static ModelProto Write(InferenceGraph graph, OnnxOptions options) => new OnnxWriter(graph, options).Write();

    protected ModelProto Write()
    {
        WriteInput();
        foreach (InferenceNode node in _graph.Nodes.Skip(1)) Write(node);
        WriteOutput();
        var model =
            new ModelProto { IrVersion = IrVersion, ProducerName = "Pare", ProducerVersion = LibraryVersion.Full, Graph = File.Proto };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = Opset });
        foreach ((string key, string value) in OnnxMetadata.Of(_graph, _options.WithPreprocessing)
            .Concat(OnnxMetadata.Of(_options.Origin)).Concat(OnnxMetadata.Of(_options.Confidence)).Concat(_options.Metadata))
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model;
    }

    /// <summary>A node's map as others read it.</summary>
    protected virtual string Map(InferenceNode node, string values) => values;

    /// <summary>What a node's activation is applied to.</summary>
    protected virtual string Sums(InferenceNode node, string values) => values;

    /// <summary>Values of a map that were moved and not changed.</summary>
    protected virtual string Moved(InferenceNode source, string values) => values;

    /// <summary>What is left to be applied of a node's activation.</summary>
    protected virtual PointActivation Activation(InferenceNode node, PointActivation activation) => activation;

    /// <summary>The sums of a layer with weights, its norm and bias with them.</summary>
    /// <param name="node">The node.</param>
    /// <param name="layer">Its operation.</param>
    /// <param name="input">The map that it takes.</param>
    /// <param name="operation"><c>Conv</c> or <c>Gemm</c>.</param>
    /// <param name="rank">Sides of the weights: 4 or 2.</param>
    /// <param name="settings">The settings of the operation.</param>
    protected virtual string Weighted(InferenceNode node, LoweredConvolution layer, string input, string operation, int rank,
        AttributeProto[] settings)
    {
        string weights = Weights(layer.Weights, rank);
        if (layer.Scale is null)
        {
            string[] bias = layer.Shift is { } given ? [File.Constant($"{node.Name}.bias", [given.Count], [.. given])] : [];
            return File.Emit(operation, node.Name, [input, weights, .. bias], settings);
        }

        // The weights serve several nodes; the norm is this node's own.
        long[] channels = [1, layer.Channels, 1, 1];
        string sum = File.Emit(operation, node.Name, [input, weights], settings);
        sum = File.Emit("Mul", $"{node.Name}.scaled", [sum, File.Constant($"{node.Name}.scale", channels, [.. layer.Scale])]);
        return layer.Shift is { } shift
            ? File.Emit("Add", $"{node.Name}.shifted", [sum, File.Constant($"{node.Name}.shift", channels, [.. shift])]) : sum;
    }

    /// <summary>The filter of a blur pool, <c>[channels, 1, filter, filter]</c>.</summary>
    protected virtual string BlurWeights(LoweredBlur blur, int channels)
    {
        float[] row = blur.Weights();
        float[] square = [.. Enumerable.Range(0, channels).SelectMany(_ => row.SelectMany(a => row.Select(b => a * b)))];
        return File.Constant($"blur{blur.Filter}x{channels}.weight", [channels, 1, blur.Filter, blur.Filter], square);
    }

    /// <summary>Values brought to their integers and back; those that were brought to these steps already stay as they are.</summary>
    protected string Rounded(string name, string values, QuantizationParameters parameters)
    {
        if (_rounded.TryGetValue(values, out QuantizationParameters known) && known == parameters) return values;
        if (!_steps.TryGetValue(parameters, out (string Scale, string ZeroPoint) steps))
        {
            steps = (File.Constant($"{name}.step", [], [parameters.Scale]),
                File.Constant($"{name}.zero_point", OnnxTypes.Int8, [], [(byte)parameters.ZeroPoint]));
            _steps.Add(parameters, steps);
        }

        string integers = File.Emit("QuantizeLinear", $"{name}.quantized", [values, steps.Scale, steps.ZeroPoint]);
        string rounded = File.Emit("DequantizeLinear", $"{name}.dequantized", [integers, steps.Scale, steps.ZeroPoint]);
        _rounded.Add(rounded, parameters);
        return rounded;
    }

    // From the output back: nodes of one pixel that nothing but such nodes reads. Weights that are used more than once stay of rank four,
    // one array for all.
    private static HashSet<InferenceNode> Head(InferenceGraph graph)
    {
        var head = new HashSet<InferenceNode>();
        IReadOnlyList<InferenceNode>[] readers = graph.Readers();
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
            if (vector && readers[node.Index].All(head.Contains)) head.Add(node);
        }

        return head;
    }

    private void WriteInput()
    {
        Shape shape = _graph.Input.Shape;
        if (!_options.WithPreprocessing)
        {
            File.Proto.Input.Add(Value(InputName, OnnxTypes.Float, shape.Channels, shape.Height, shape.Width));
            _outputs[_graph.Input] = Map(_graph.Input, InputName);
            return;
        }

        File.Proto.Input.Add(Value(InputName, OnnxTypes.UInt8, shape.Height, shape.Width, shape.Channels));
        Preprocessing preprocessing = _graph.Preprocessing;
        string floats = File.Emit("Cast", "input.float", [InputName], Int("to", OnnxTypes.Float));
        string planes = File.Emit("Transpose", "input.planes", [floats], Ints("perm", 0, 3, 1, 2));
        string unit = File.Emit("Div", "input.unit", [planes, File.Constant("input.levels", [], [255f])]);
        string centred = File.Emit("Sub", "input.centred",
            [unit, File.Constant("input.mean", [1, shape.Channels, 1, 1], [.. preprocessing.Mean])]);
        string normalized = File.Emit("Div", "input.normalized",
            [centred, File.Constant("input.standard_deviation", [1, shape.Channels, 1, 1], [.. preprocessing.StandardDeviation])]);
        _outputs[_graph.Input] = Map(_graph.Input, normalized);
    }

    private void WriteOutput()
    {
        string last = _outputs[_graph.Output];
        int classes = _graph.Output.Shape.Channels;
        if (!_head.Contains(_graph.Output)) last = File.Emit("Flatten", $"{_graph.Output.Name}.vector", [last], Int("axis", 1));
        // The last node that was written ends in the output's name; who else read it by its own name is told, too.
        File.Rename(last, OutputName);
        File.Proto.Output.Add(Value(OutputName, OnnxTypes.Float, classes));
    }

    private void Write(InferenceNode node)
    {
        string[] inputs = [.. node.Inputs.Select(input => _outputs[input])];
        if (_head.Contains(node) && node.Operation is not LoweredFlatten && !_head.Contains(node.Inputs[0]))
            inputs[0] = Moved(node.Inputs[0], File.Emit("Flatten", $"{node.Name}.vector", inputs, Int("axis", 1)));
        _outputs[node] = Map(node, node.Operation switch
        {
            LoweredConvolution convolution => Convolution(node, convolution, inputs[0]),
            LoweredActivation activation => Activate(node, activation.Activation, inputs[0]),
            LoweredPool pool => Pool(node, pool, inputs[0]),
            LoweredBlur blur => Blur(node, blur, inputs[0]),
            LoweredMean => File.Emit("GlobalAveragePool", node.Name, inputs),
            LoweredAdd add => Activate(node, add.Activation, Sum(node, inputs)),
            LoweredMultiply => File.Emit("Mul", node.Name, inputs),
            LoweredConcat => File.Emit("Concat", node.Name, inputs, Int("axis", 1)),
            LoweredFlatten when _head.Contains(node) => File.Emit("Flatten", node.Name, inputs, Int("axis", 1)),
            LoweredFlatten =>
                File.Emit("Reshape", node.Name, [inputs[0], File.Constant($"{node.Name}.shape", [4], new long[] { 0, -1, 1, 1 })]),
            _ => throw new NotSupportedException($"The operation '{node.Operation.Kind}' has no ONNX form."),
        });
    }

    private string Convolution(InferenceNode node, LoweredConvolution convolution, string input)
    {
        SlidingWindow window = convolution.Window;
        AttributeProto[] settings =
            [Ints("kernel_shape", window.Height, window.Width), .. Slides(window), Ints("dilations", window.DilationY, window.DilationX),
            Int("group", convolution.Groups)];
        string sums = _head.Contains(node) ? Weighted(node, convolution, input, "Gemm", 2, [Int("transB", 1)])
            : Weighted(node, convolution, input, "Conv", 4, settings);
        return Activate(node, convolution.Activation, sums);
    }

    private string Pool(InferenceNode node, LoweredPool pool, string input)
    {
        SlidingWindow window = pool.Window;
        var settings = new List<AttributeProto> { Ints("kernel_shape", window.Height, window.Width) };
        settings.AddRange(Slides(window));
        bool dilated = window.DilationX > 1 || window.DilationY > 1;
        if (pool.Mode == PoolMode.Max)
        {
            if (dilated) settings.Add(Ints("dilations", window.DilationY, window.DilationX));
            return File.Emit("MaxPool", node.Name, [input], [.. settings]);
        }

        if (dilated)
            throw new NotSupportedException($"'{node.Name}' is an average pool with gaps, which ONNX's opset {Opset} does not know.");
        settings.Add(Int("count_include_pad", pool.Mode == PoolMode.AverageWithBorders ? 1 : 0));
        return File.Emit("AveragePool", node.Name, [input], [.. settings]);
    }

    private string Blur(InferenceNode node, LoweredBlur blur, string input)
    {
        int channels = node.Shape.Channels, filter = blur.Filter;
        string pads = File.Constant($"blur{filter}.pads", [8], new long[] { 0, 0, blur.Before, blur.Before, 0, 0, filter / 2, filter / 2 });
        string padded = Moved(node.Inputs[0], File.Emit("Pad", $"{node.Name}.mirrored", [input, pads], Text("mode", "reflect")));
        return File.Emit("Conv", node.Name, [padded, BlurWeights(blur, channels)], Ints("kernel_shape", filter, filter),
            Ints("strides", blur.Stride, blur.Stride), Int("group", channels));
    }

    private string Sum(InferenceNode node, string[] inputs)
    {
        string sum = inputs[0];
        for (int i = 1; i < inputs.Length; i++) sum = File.Emit("Add", i == 1 ? node.Name : $"{node.Name}.{i}", [sum, inputs[i]]);
        return sum;
    }

    private string Activate(InferenceNode node, PointActivation activation, string sums)
    {
        (string name, string input) = (node.Name, Sums(node, sums));
        activation = Activation(node, activation);
        string own = $"{name}.{activation.Function.ToString().ToLowerInvariant()}";
        return activation.Function switch
        {
            PointFunction.Identity => input,
            PointFunction.Relu => File.Emit("Relu", own, [input]),
            PointFunction.Clip => File.Emit("Clip", own, Bounded(input, activation.A, activation.B)),
            PointFunction.LeakyRelu => File.Emit("LeakyRelu", own, [input], Float("alpha", activation.A)),
            PointFunction.Elu => File.Emit("Elu", own, [input], Float("alpha", activation.A)),
            PointFunction.Sigmoid => File.Emit("Sigmoid", own, [input]),
            PointFunction.HardSigmoid => File.Emit("HardSigmoid", own, [input], Float("alpha", 1 / 6f), Float("beta", 0.5f)),
            PointFunction.Silu => File.Emit("Mul", own, [input, File.Emit("Sigmoid", $"{name}.sigmoid", [input])]),
            PointFunction.HardSwish => File.Emit("HardSwish", own, [input]),
            PointFunction.Tanh => File.Emit("Tanh", own, [input]),
            PointFunction.FakeQuantize => Rounded(own, input, new QuantizationParameters(activation.A, (int)activation.B)),
            _ => throw new NotSupportedException($"The function {activation.Function} has no ONNX form."),
        };
    }

    // An end that is open is left out.
    private string[] Bounded(string input, float low, float high) =>
        [input, float.IsInfinity(low) ? "" : File.Scalar(low), .. float.IsInfinity(high) ? Array.Empty<string>() : [File.Scalar(high)]];

    private string Weights(WeightArray weights, int rank)
    {
        if (_weights.TryGetValue(weights, out string? name)) return name;
        return _weights[weights] = File.Add(weights.Name, OnnxTypes.Float,
            [.. weights.Shape.Take(rank).Select(static side => (long)side)], MemoryMarshal.AsBytes(weights.Values));
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

    private static IEnumerable<AttributeProto> Slides(SlidingWindow window)
    {
        Borders borders = window.Borders;
        return [Ints("strides", window.StrideY, window.StrideX), Ints("pads", borders.Top, borders.Left, borders.Bottom, borders.Right)];
    }
}
