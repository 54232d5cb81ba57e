using System.Runtime.InteropServices;
using Pare.Graphs.Lowering;
using Pare.Quantization;
using static Pare.Export.Onnx.OnnxGraphBuilder;

namespace Pare.Export.Onnx;

/// <summary>
/// Writes a <see cref="QuantizedGraph"/> as ONNX: the file of the network in float32 with each map, and each sum that a table takes,
/// brought to its 8-bit integers and back (<c>QuantizeLinear</c>, <c>DequantizeLinear</c>). Weights are 8-bit integers with a scale an
/// output channel, biases 32-bit ones in steps of the sum. A runtime computes the nodes between in integers, or as they stand.
/// </summary>
internal sealed class QuantizedOnnxWriter : OnnxWriter
{
    private readonly QuantizedGraph _graph;
    private readonly Dictionary<QuantizedWeights, string> _weights = [];

    // What the integers of each map stand for in the file.
    private readonly QuantizationParameters[] _parameters;

    private QuantizedOnnxWriter(QuantizedGraph graph, OnnxOptions options)
        : base(graph.Source, options) => (_graph, _parameters) = (graph, new QuantizationParameters[graph.Nodes.Count]);

    // The accuracies that are known, on test images and of sure answers, are those of the network in float32, and this is another one.
    public static ModelProto Write(QuantizedGraph graph, OnnxOptions options) => new QuantizedOnnxWriter(graph, options with
    {
        Origin = options.Origin with { TestAccuracy = null },
        Confidence = options.Confidence with { WishedAccuracy = null },
    }).Write();

    protected override string Map(InferenceNode node, string values)
    {
        QuantizationParameters parameters = _parameters[node.Index] =
            Quantizer.KeepsParameters(node) ? AwayFromZero(node, _parameters[node.Inputs[0].Index]) : Of(node).Parameters;
        return Of(node).IsSums ? values : Rounded(node.Name, values, parameters);
    }

    protected override string Sums(InferenceNode node, string values) =>
        Of(node).SumParameters is { } parameters ? Rounded($"{node.Name}.sum", values, parameters) : values;

    protected override string Moved(InferenceNode source, string values) => Rounded(values, values, _parameters[source.Index]);

    // What the ends of 8 bits cut off by themselves needs no function.
    protected override PointActivation Activation(InferenceNode node, PointActivation activation)
    {
        OutputStage? stage = Of(node).Operation switch
        {
            QuantizedConvolution convolution => convolution.Stage,
            QuantizedAdd add => add.Stage,
            QuantizedActivation function => function.Stage,
            _ => null,
        };
        return stage is { Table: null, Min: QuantizationParameters.Lowest, Max: QuantizationParameters.Highest } ? default : activation;
    }

    protected override string Weighted(InferenceNode node, LoweredConvolution layer, string input, string operation, int rank,
        AttributeProto[] settings)
    {
        var convolution = (QuantizedConvolution)Of(node).Operation;
        QuantizedWeights weights = convolution.Weights;
        float step = _parameters[node.Inputs[0].Index].Scale;
        // What a step of the weights is worth here: the norm of a node whose weights serve others, too, is in it. It is positive; where
        // the norm turns or drops a channel, a product does so.
        float[] signs = [.. convolution.Units.Select(static unit => (float)Math.Sign(unit))];
        float[] scales = [.. convolution.Units.Select((unit, o) => unit == 0 ? weights.Scales[o] : (float)Math.Abs((double)unit / step))];
        long channels = layer.Channels;
        string values = Dequantized($"{node.Name}.weight", Integers(weights, rank),
            File.Constant($"{node.Name}.weight_scale", [channels], scales),
            File.Constant($"{node.Name}.weight_zero_point", OnnxTypes.Int8, [channels], new byte[channels]));
        string[] inputs = [input, values, .. Bias(node, convolution, [.. scales.Select(scale => scale * step)])];
        string sum = File.Emit(operation, node.Name, inputs, settings);
        return signs.All(static sign => sign == 1) ? sum
            : File.Emit("Mul", $"{node.Name}.signed", [sum, File.Constant($"{node.Name}.sign", [1, channels, 1, 1], signs)]);
    }

    // A filter whose largest product of coefficients leaves 8 bits stays in float32.
    protected override string BlurWeights(LoweredBlur blur, int channels)
    {
        int[] row = [.. blur.Weights().Select(weight => (int)Math.ScaleB(weight, blur.Filter - 1))];
        int[] square = [.. row.SelectMany(a => row.Select(b => a * b))];
        if (square.Max() > sbyte.MaxValue) return base.BlurWeights(blur, channels);
        byte[] bytes = [.. Enumerable.Range(0, channels).SelectMany(_ => square.Select(static tap => (byte)tap))];
        string name = $"blur{blur.Filter}x{channels}.weight";
        return Dequantized(name, File.Constant(name, OnnxTypes.Int8, [channels, 1, blur.Filter, blur.Filter], bytes),
            File.Scalar((float)Math.ScaleB(1, 2 - (2 * blur.Filter))), File.Constant($"{name}_zero_point", OnnxTypes.Int8, [], [0]));
    }

    // A mean of integers often lies just between two of them. Of these QuantizeLinear takes the even one and Pare the one farther from 0:
    // so the mean is made larger by so little that no other is rounded otherwise.
    private QuantizationParameters AwayFromZero(InferenceNode node, QuantizationParameters parameters)
    {
        double parts = Of(node).Operation switch
        {
            QuantizedPool { Layer: { Mode: not PoolMode.Max, Window: var window } } => window.Height * window.Width,
            QuantizedBlur blur => Math.ScaleB(1, blur.Shift),
            _ => 0,
        };
        return parts == 0 ? parameters : parameters with { Scale = (float)(parameters.Scale * (1 - (1 / (512 * parts)))) };
    }

    private QuantizedNode Of(InferenceNode node) => _graph.Nodes[node.Index];

    private string Integers(QuantizedWeights weights, int rank)
    {
        if (_weights.TryGetValue(weights, out string? name)) return name;
        return _weights[weights] = File.Add(weights.Name, OnnxTypes.Int8,
            [.. weights.Shape.Take(rank).Select(static side => (long)side)], MemoryMarshal.AsBytes(weights.Values));
    }

    private string[] Bias(InferenceNode node, QuantizedConvolution convolution, float[] scales)
    {
        if (convolution.Bias.All(static bias => bias == 0)) return [];
        string name = $"{node.Name}.bias";
        string integers = File.Add(name, OnnxTypes.Int32, [scales.Length], MemoryMarshal.AsBytes<int>([.. convolution.Bias]));
        return [Dequantized(name, integers, File.Constant($"{node.Name}.bias_scale", [scales.Length], scales))];
    }

    // A scale for each output channel, or one for all.
    private string Dequantized(string name, params string[] inputs) =>
        File.Emit("DequantizeLinear", $"{name}.dequantized", inputs, Int("axis", 0));
}
