using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export.Onnx;

/// <summary>Layers with weights: convolutions, matrices and norms.</summary>
internal sealed partial class OnnxReader
{
    private OnnxMap Convolution()
    {
        OnnxMap map = Raw(0);
        if (map.IsProbability) map = Input();
        InferenceNode input = Planes(map);
        OnnxTensor tensor = Required(1);
        if (tensor.Dims is not [var outputs, _, var height, var width])
            throw _node.Refused($"has weights of [{string.Join(", ", tensor.Dims)}]; Pare knows convolutions over rows and columns");
        if (_node.Ints("kernel_shape") is { } kernel && !kernel.SequenceEqual([height, width]))
            throw _node.Refused("has a kernel_shape that is not that of its weights");
        int groups = (int)Math.Clamp(_node.Int("group", 1), int.MinValue, int.MaxValue);
        OnnxTensor? bias = Optional(2);
        if (bias is not null && bias.Count != outputs) throw _node.Refused($"has {bias.Count} biases for {outputs} channels");
        if (map.Mirrored) return Blur(map, input, tensor, groups, bias);

        SlidingWindow window = Window(height, width, input.Shape, map.Pads, out _);
        WeightArray weights = Weights(tensor, "convolution", () => new WeightArray(WeightName(tensor.Name), tensor.Dims, Floats(tensor)));
        var operation =
            new LoweredConvolution { Weights = weights, Window = window, Groups = groups, Shift = bias is null ? null : Floats(bias) };
        return OnnxMap.Of(Add("", operation, input), OnnxMap.ChannelsFirst);
    }

    // A mirrored border and a binomial filter, the same for each channel: blur pooling.
    private OnnxMap Blur(OnnxMap map, InferenceNode input, OnnxTensor tensor, int groups, OnnxTensor? bias)
    {
        int channels = input.Shape.Channels, filter = tensor.Dims[2];
        SlidingWindow window = Window(filter, tensor.Dims[3], input.Shape, default, out _);
        if (bias is null && groups == channels && tensor.Dims[0] == channels && tensor.Dims[1] == 1 && window.Height == window.Width
            && filter is > 1 and < 16
            && window is { DilationX: 1, DilationY: 1, Borders.AreEmpty: true } && window.StrideX == window.StrideY)
        {
            var blur = new LoweredBlur(filter, window.StrideX);
            float[] row = blur.Weights();
            bool binomial = Enumerable.Range(0, tensor.Count)
                .All(i => Math.Abs(tensor.Values[i] - (row[i / filter % filter] * row[i % filter])) < 1e-6);
            if (binomial && map.Pads == new Borders(blur.Before, blur.Before, filter / 2, filter / 2))
                return OnnxMap.Of(Add("", blur, input), OnnxMap.ChannelsFirst);
        }

        throw _node.Refused("takes a map with a mirrored border; Pare knows that for blur pooling only");
    }

    private OnnxMap Gemm()
    {
        OnnxMap map = Input();
        OnnxTensor tensor = Required(1);
        if (map.Dims is not [[], _] || tensor.Dims.Length != 2 || _node.Int("transA", 0) != 0)
            throw _node.Refused("multiplies something else than one vector by a matrix");
        float alpha = _node.Float("alpha", 1), beta = _node.Float("beta", 1);
        bool transposed = _node.Int("transB", 0) != 0;
        InferenceNode sum =
            Linear(map, tensor, transposed, alpha, Optional(2) is { } bias ? Bias(bias, tensor.Dims[transposed ? 0 : 1], beta) : null);
        return OnnxMap.Of(sum, OnnxMap.Vector);
    }

    private OnnxMap MatMul()
    {
        OnnxMap map = Input();
        OnnxTensor tensor = Required(1);
        if (tensor.Dims.Length != 2)
            throw _node.Refused($"multiplies by weights of [{string.Join(", ", tensor.Dims)}]; Pare knows matrices");
        bool lastIsChannels = map.Dims[^1].All(static axis => axis == MapAxis.Channel);
        if (map.Dims[..^1].All(static axes => axes.Length == 0)) return Sides(Linear(map, tensor, transposed: false, 1, null));
        if (!lastIsChannels || !map.Is(OnnxMap.ChannelsLast)) throw _node.Refused("multiplies a side that is not the channels");
        return OnnxMap.Of(Linear(map, tensor, transposed: false, 1, null), OnnxMap.ChannelsLast);

        OnnxMap Sides(InferenceNode node) => OnnxMap.Of(node, [.. Enumerable.Repeat<MapAxis?>(null, map.Dims.Length - 1), MapAxis.Channel]);
    }

    // The same matrix for every pixel: a pointwise convolution.
    private InferenceNode Linear(OnnxMap map, OnnxTensor tensor, bool transposed, float alpha, float[]? bias)
    {
        bool everyPixel = map.Is(OnnxMap.ChannelsLast) && map.Node.Shape.Pixels > 1;
        int values = everyPixel ? map.Node.Shape.Channels : map.Node.Shape.Count;
        int outputs = tensor.Dims[transposed ? 0 : 1], inputs = tensor.Dims[transposed ? 1 : 0];
        if (inputs != values) throw _node.Refused($"multiplies {values} values by a matrix for {inputs}");
        (InferenceNode input, int[]? places) = everyPixel ? (map.Node, null) : Values(map);
        string use =
            Invariant($"matrix {transposed} {alpha} ") + $"{(places is null ? "" : string.Join(' ', map.Order()))} " +
            $"{(places is null ? default : map.Node.Shape)}";
        WeightArray matrix = Weights(tensor, use, () =>
        {
            Make(tensor.Count);
            var weights = new float[tensor.Count];
            for (int o = 0; o < outputs; o++)
            {
                for (int i = 0; i < inputs; i++)
                    weights[(o * inputs) + (places?[i] ?? i)] =
                        (float)(alpha * tensor.Values[transposed ? (o * inputs) + i : (i * outputs) + o]);
            }

            return new WeightArray(WeightName(tensor.Name), [outputs, inputs, 1, 1], weights);
        });
        return Add("", new LoweredConvolution { Weights = matrix, Window = SlidingWindow.Square(1), Shift = bias }, input);
    }

    private float[] Bias(OnnxTensor bias, int outputs, float beta)
    {
        if (bias.Count != 1 && (bias.Count != outputs || (bias.Dims.Length > 0 && bias.Dims[^1] != outputs)))
            throw _node.Refused($"has a bias of [{string.Join(", ", bias.Dims)}] for {outputs} outputs");
        Make(outputs);
        return [.. Enumerable.Range(0, outputs).Select(o => (float)(beta * bias.Values[bias.Count == 1 ? 0 : o]))];
    }

    private OnnxMap BatchNorm()
    {
        OnnxMap map = Input();
        float[] scale = Of(1), shift = Of(2), mean = Of(3), variance = Of(4);
        if (_node.Int("training_mode", 0) != 0 || _node.Int("spatial", 1) != 1
            || _node.Outputs.Count(static output => output.Length > 0) > 1) throw _node.Refused(
            "is in training, or norms each pixel by itself");
        _node.Float("momentum", 0);
        double epsilon = _node.Float("epsilon", 1e-5f);
        if (map.Dims.Length < 2 || map.Dims.Where((axes, i) => i != 1 && axes.Contains(MapAxis.Channel)).Any())
            throw _node.Refused("norms a side that is not the channels");
        if (variance.Any(static value => value < 0)) throw _node.Refused("has a negative variance");
        double[] factors = [.. scale.Select((value, c) => value / Math.Sqrt(variance[c] + epsilon))];
        double[] shifts = [.. shift.Select((value, c) => value - (mean[c] * factors[c]))];

        // One value per channel of what it sees: a flattened map has more of them than the map before.
        bool flat = map.Dims[1].Any(static axis => axis != MapAxis.Channel);
        InferenceNode node = flat ? Planes(map with { Dims = [[], map.Dims[1], [], []] }) : map.Node;
        if (factors.Length != node.Shape.Channels) throw _node.Refused($"norms {factors.Length} channels of {node.Shape.Channels}");
        InferenceNode normed = PerChannel(node, factors, shifts);
        return flat ? OnnxMap.Of(normed, OnnxMap.Vector) : map with { Node = normed };

        float[] Of(int index)
        {
            OnnxTensor tensor = Required(index);
            return tensor.Dims.Length == 1 && tensor.Count == Required(1).Count ? Floats(tensor)
                : throw _node.Refused($"has statistics '{tensor.Name}' of [{string.Join(", ", tensor.Dims)}]");
        }
    }
}
