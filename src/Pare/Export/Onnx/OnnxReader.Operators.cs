using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export.Onnx;

/// <summary>What each operator of a file becomes.</summary>
internal sealed partial class OnnxReader
{
    private OnnxMap Map() => _node.Operator switch
    {
        "Conv" => Convolution(),
        "Gemm" => Gemm(),
        "MatMul" => MatMul(),
        "BatchNormalization" => BatchNorm(),
        "Add" => Sum(),
        "Sub" => Difference(),
        "Mul" => Product(),
        "Div" => PerChannel(Input(), Required(1), static value => 1 / value, null),
        "Relu" => Activate(new(PointFunction.Relu)),
        "Clip" => Clip(),
        "LeakyRelu" => Activate(new(PointFunction.LeakyRelu, _node.Float("alpha", 0.01f))),
        "Elu" => Activate(new(PointFunction.Elu, _node.Float("alpha", 1))),
        "PRelu" => PRelu(),
        "Sigmoid" => Activate(new(PointFunction.Sigmoid)),
        "HardSigmoid" => HardSigmoid(),
        "HardSwish" => Activate(new(PointFunction.HardSwish)),
        "Tanh" => Activate(new(PointFunction.Tanh)),
        "MaxPool" => Pool(PoolMode.Max),
        "AveragePool" => Pool(_node.Int("count_include_pad", 0) != 0 ? PoolMode.AverageWithBorders : PoolMode.Average),
        "GlobalAveragePool" => OnnxMap.Of(Add("", new LoweredMean(), Planes(Input())), OnnxMap.ChannelsFirst),
        "GlobalMaxPool" => GlobalMaxPool(),
        "ReduceMean" => Mean(),
        "Pad" => Pad(),
        "Concat" => Concat(),
        "Softmax" or "LogSoftmax" => Softmax(),
        "Flatten" => Flatten(),
        "Reshape" => Reshape(),
        "Squeeze" => Squeeze(),
        "Unsqueeze" => Unsqueeze(),
        "Transpose" => Transpose(),
        "Identity" => Raw(0),
        "Cast" => Cast(),
        "Dropout" => Dropout(),
        _ => throw _node.Refused("is an operator that Pare does not know"),
    };

    private OnnxMap Convolution()
    {
        OnnxMap map = Raw(0);
        if (map.IsProbability) map = Input();
        InferenceNode input = Planes(map);
        OnnxTensor tensor = Required(1);
        if (tensor.Dims is not [var outputs, _, var height, var width]) throw _node.Refused($"has weights of [{string.Join(", ", tensor.Dims)}]; Pare knows convolutions over rows and columns");
        if (_node.Ints("kernel_shape") is { } kernel && !kernel.SequenceEqual([height, width])) throw _node.Refused("has a kernel_shape that is not that of its weights");
        int groups = (int)Math.Clamp(_node.Int("group", 1), int.MinValue, int.MaxValue);
        OnnxTensor? bias = Optional(2);
        if (bias is not null && bias.Count != outputs) throw _node.Refused($"has {bias.Count} biases for {outputs} channels");
        if (map.Mirrored) return Blur(map, input, tensor, groups, bias);

        SlidingWindow window = Window(height, width, input.Shape, map.Pads, out _);
        WeightArray weights = Weights(tensor, "convolution", () => new WeightArray(WeightName(tensor.Name), tensor.Dims, Floats(tensor)));
        var operation = new LoweredConvolution { Weights = weights, Window = window, Groups = groups, Shift = bias is null ? null : Floats(bias) };
        return OnnxMap.Of(Add("", operation, input), OnnxMap.ChannelsFirst);
    }

    // A mirrored border and a binomial filter, the same for each channel: blur pooling.
    private OnnxMap Blur(OnnxMap map, InferenceNode input, OnnxTensor tensor, int groups, OnnxTensor? bias)
    {
        int channels = input.Shape.Channels, filter = tensor.Dims[2];
        SlidingWindow window = Window(filter, tensor.Dims[3], input.Shape, default, out _);
        if (bias is null && groups == channels && tensor.Dims[0] == channels && tensor.Dims[1] == 1 && window.Height == window.Width && filter is > 1 and < 16
            && window is { DilationX: 1, DilationY: 1, Borders.AreEmpty: true } && window.StrideX == window.StrideY)
        {
            var blur = new LoweredBlur(filter, window.StrideX);
            float[] row = blur.Weights();
            bool binomial = Enumerable.Range(0, tensor.Count).All(i => Math.Abs(tensor.Values[i] - (row[i / filter % filter] * row[i % filter])) < 1e-6);
            if (binomial && map.Pads == new Borders(blur.Before, blur.Before, filter / 2, filter / 2)) return OnnxMap.Of(Add("", blur, input), OnnxMap.ChannelsFirst);
        }

        throw _node.Refused("takes a map with a mirrored border; Pare knows that for blur pooling only");
    }

    private OnnxMap Gemm()
    {
        OnnxMap map = Input();
        OnnxTensor tensor = Required(1);
        if (map.Dims is not [[], _] || tensor.Dims.Length != 2 || _node.Int("transA", 0) != 0) throw _node.Refused("multiplies something else than one vector by a matrix");
        float alpha = _node.Float("alpha", 1), beta = _node.Float("beta", 1);
        bool transposed = _node.Int("transB", 0) != 0;
        InferenceNode sum = Linear(map, tensor, transposed, alpha, Optional(2) is { } bias ? Bias(bias, tensor.Dims[transposed ? 0 : 1], beta) : null);
        return OnnxMap.Of(sum, OnnxMap.Vector);
    }

    private OnnxMap MatMul()
    {
        OnnxMap map = Input();
        OnnxTensor tensor = Required(1);
        if (tensor.Dims.Length != 2) throw _node.Refused($"multiplies by weights of [{string.Join(", ", tensor.Dims)}]; Pare knows matrices");
        bool lastIsChannels = map.Dims[^1].All(static axis => axis == MapAxis.Channel);
        if (map.Dims[..^1].All(static axes => axes.Length == 0)) return Sides(Linear(map, tensor, transposed: false, 1, null));
        if (!lastIsChannels || !map.Is(OnnxMap.ChannelsLast)) throw _node.Refused("multiplies a side that is not the channels");
        return OnnxMap.Of(Linear(map, tensor, transposed: false, 1, null), OnnxMap.ChannelsLast);

        OnnxMap Sides(InferenceNode node) => OnnxMap.Of(node, [.. Enumerable.Repeat<MapAxis?>(null, map.Dims.Length - 1), MapAxis.Channel]);
    }

    // The same matrix for every pixel: a pointwise convolution.
    private InferenceNode Linear(OnnxMap map, OnnxTensor tensor, bool transposed, float alpha, float[]? bias)
    {
        (InferenceNode input, int[]? places) = map.Is(OnnxMap.ChannelsLast) && map.Node.Shape.Pixels > 1 ? (map.Node, null) : Values(map);
        int outputs = tensor.Dims[transposed ? 0 : 1], inputs = tensor.Dims[transposed ? 1 : 0];
        if (inputs != input.Shape.Channels) throw _node.Refused($"multiplies {input.Shape.Channels} values by a matrix for {inputs}");
        string use = $"matrix {transposed} {alpha} {(places is null ? "" : string.Join(' ', map.Order()))} {(places is null ? default : map.Node.Shape)}";
        WeightArray weights = Weights(tensor, use, () =>
        {
            var values = new float[tensor.Count];
            for (int o = 0; o < outputs; o++)
            {
                for (int i = 0; i < inputs; i++) values[(o * inputs) + (places?[i] ?? i)] = (float)(alpha * tensor.Values[transposed ? (o * inputs) + i : (i * outputs) + o]);
            }

            return new WeightArray(WeightName(tensor.Name), [outputs, inputs, 1, 1], values);
        });
        return Add("", new LoweredConvolution { Weights = weights, Window = SlidingWindow.Square(1), Shift = bias }, input);
    }

    private float[] Bias(OnnxTensor bias, int outputs, float beta) =>
        bias.Count == 1 || (bias.Count == outputs && (bias.Dims.Length == 0 || bias.Dims[^1] == outputs))
            ? [.. Enumerable.Range(0, outputs).Select(o => (float)(beta * bias.Values[bias.Count == 1 ? 0 : o]))]
            : throw _node.Refused($"has a bias of [{string.Join(", ", bias.Dims)}] for {outputs} outputs");

    private OnnxMap BatchNorm()
    {
        OnnxMap map = Input();
        float[] scale = Of(1), shift = Of(2), mean = Of(3), variance = Of(4);
        if (_node.Int("training_mode", 0) != 0 || _node.Int("spatial", 1) != 1 || _node.Outputs.Count(static output => output.Length > 0) > 1) throw _node.Refused("is in training, or norms each pixel by itself");
        _node.Float("momentum", 0);
        double epsilon = _node.Float("epsilon", 1e-5f);
        if (map.Dims.Length < 2 || map.Dims.Where((axes, i) => i != 1 && axes.Contains(MapAxis.Channel)).Any()) throw _node.Refused("norms a side that is not the channels");
        if (variance.Any(static value => value < 0)) throw _node.Refused("has a negative variance");
        double[] factors = [.. scale.Select((value, c) => value / Math.Sqrt(variance[c] + epsilon))];
        double[] shifts = [.. shift.Select((value, c) => value - (mean[c] * factors[c]))];

        // One value a channel of what it sees: a flattened map has more of them than the map before.
        bool flat = map.Dims[1].Any(static axis => axis != MapAxis.Channel);
        InferenceNode node = flat ? Planes(map with { Dims = [[], map.Dims[1], [], []] }) : map.Node;
        if (factors.Length != node.Shape.Channels) throw _node.Refused($"norms {factors.Length} channels of {node.Shape.Channels}");
        InferenceNode normed = PerChannel(node, factors, shifts);
        return flat ? OnnxMap.Of(normed, OnnxMap.Vector) : map with { Node = normed };

        float[] Of(int index)
        {
            OnnxTensor tensor = Required(index);
            return tensor.Dims.Length == 1 && tensor.Count == Required(1).Count ? Floats(tensor) : throw _node.Refused($"has statistics '{tensor.Name}' of [{string.Join(", ", tensor.Dims)}]");
        }
    }

    private OnnxMap Sum()
    {
        if (_node.Inputs.Count != 2) throw _node.Refused("takes other than two inputs");
        if (Side() is (OnnxMap map, OnnxTensor constant)) return PerChannel(map, constant, null, static value => value);
        (OnnxMap a, OnnxMap b) = Pair();
        if (!a.SameSides(b) || a.Node.Shape != b.Node.Shape) throw _node.Refused($"adds maps of {a.Node.Shape} and {b.Node.Shape}, or turned differently");
        return a with { Node = Add("", new LoweredAdd(), a.Node, b.Node) };
    }

    private OnnxMap Difference()
    {
        if (_node.Inputs.Count == 2 && _constants.ContainsKey(_node.Inputs[0])) return PerChannel(Input(1), Required(0), null, static value => value, sign: -1);
        return PerChannel(Input(), Required(1), null, static value => -value);
    }

    private OnnxMap Product()
    {
        if (_node.Inputs.Count != 2) throw _node.Refused("takes other than two inputs");
        if (Side() is (OnnxMap map, OnnxTensor constant)) return PerChannel(map, constant, static value => value, null);
        (OnnxMap a, OnnxMap b) = Pair();
        if (a.Node.Shape.Pixels < b.Node.Shape.Pixels || IsGateOf(a.Node, b.Node)) (a, b) = (b, a);
        bool same = a.SameSides(b) && a.Node.Shape == b.Node.Shape;
        // x sigmoid(x) and its hard form are functions of their own.
        if (same && IsGateOf(b.Node, a.Node))
        {
            PointFunction function = b.Node.Operation is LoweredActivation { Activation.Function: PointFunction.Sigmoid } ? PointFunction.Silu : PointFunction.HardSwish;
            return a with { Node = Add("", new LoweredActivation(new(function)), a.Node) };
        }

        bool gate = b.Node.Shape == new Shape(a.Node.Shape.Channels, 1, 1) && a.Dims.Length == b.Dims.Length
            && a.Dims.Zip(b.Dims).All(static pair => pair.Second.SequenceEqual(pair.First.Where(static axis => axis == MapAxis.Channel)));
        if (!same && !gate) throw _node.Refused($"multiplies maps of {a.Node.Shape} and {b.Node.Shape}, or turned differently");
        return a with { Node = Add("", new LoweredMultiply(), a.Node, b.Node) };

        static bool IsGateOf(InferenceNode gate, InferenceNode map) =>
            gate.Operation is LoweredActivation { Activation.Function: PointFunction.Sigmoid or PointFunction.HardSigmoid } && gate.Inputs[0] == map;
    }

    // Two maps; one that is only seen as flattened is flattened where it meets a vector.
    private (OnnxMap A, OnnxMap B) Pair()
    {
        (OnnxMap a, OnnxMap b) = (Input(0), Input(1));
        return a.SameSides(b) && a.Node.Shape == b.Node.Shape ? (a, b) : (Flat(a), Flat(b));
    }

    private OnnxMap Flat(OnnxMap map)
    {
        if (map.Dims.Count(static axes => axes.Length > 0) != 1 || !map.Order().Any(static axis => axis != MapAxis.Channel)) return map;
        if (!map.Order().SequenceEqual(OnnxMap.Of(map.Node, OnnxMap.ChannelsFirst).Order())) return map;
        InferenceNode flat = Add("flat", new LoweredFlatten(), map.Node);
        return OnnxMap.Of(flat, [.. map.Dims.Select(static axes => axes.Length > 0 ? MapAxis.Channel : (MapAxis?)null)]);
    }

    // A map and a constant, in either order; null for two maps.
    private (OnnxMap Map, OnnxTensor Constant)? Side()
    {
        if (_constants.TryGetValue(_node.Inputs[1], out OnnxTensor? second)) return (Input(0), second);
        return _constants.TryGetValue(_node.Inputs[0], out OnnxTensor? first) ? (Input(1), first) : null;
    }

    // sign x scale(constant) + shift(constant), the constant one value or one a channel.
    private OnnxMap PerChannel(OnnxMap map, OnnxTensor constant, Func<double, double>? scale, Func<double, double>? shift, double sign = 1)
    {
        int[] sides = [.. constant.Dims.SkipWhile(static side => side == 1)];
        if (sides.Length > map.Dims.Length) throw _node.Refused("has a constant of more sides than the map");
        bool flat = false;
        for (int i = 0; i < sides.Length; i++)
        {
            int dim = map.Dims.Length - sides.Length + i;
            if (sides[i] == 1) continue;
            flat = map.Dims[dim].Any(static axis => axis != MapAxis.Channel);
            if (sides[i] != map.Side(dim) || (flat && map.Dims.Where((axes, other) => other != dim && axes.Length > 0).Any()))
                throw _node.Refused($"has a constant of [{string.Join(", ", constant.Dims)}]; Pare knows one value, or one a channel");
        }

        if (sides.Count(static side => side > 1) > 1) throw _node.Refused($"has a constant of [{string.Join(", ", constant.Dims)}]; Pare knows one value, or one a channel");
        InferenceNode node = flat ? Planes(map with { Dims = [[], map.Order(), [], []] }) : map.Node;
        double[] values = [.. Enumerable.Range(0, node.Shape.Channels).Select(c => constant.Values[constant.Count == 1 ? 0 : c])];
        double[] scales = [.. values.Select(value => sign * (scale?.Invoke(value) ?? 1))];
        if (!scales.All(static value => double.IsFinite((float)value))) throw _node.Refused("divides by zero");
        InferenceNode result = PerChannel(node, scales, shift is null ? null : [.. values.Select(shift)]);
        return flat ? OnnxMap.Of(result, [.. map.Dims.Select(static axes => axes.Length > 0 ? MapAxis.Channel : (MapAxis?)null)]) : map with { Node = result };
    }

    private InferenceNode PerChannel(InferenceNode node, double[] scales, double[]? shifts, Borders borders = default)
    {
        int channels = node.Shape.Channels;
        var weights = new WeightArray(WeightName($"{_node.Name}.{(borders.AreEmpty ? "scale" : "border")}{_names.Count}"), [channels, 1, 1, 1], [.. scales.Select(static value => (float)value)]);
        var operation = new LoweredConvolution
        {
            Weights = weights,
            Window = SlidingWindow.Square(1) with { Borders = borders },
            Groups = channels,
            Shift = shifts is null ? null : [.. shifts.Select(static value => (float)value)],
        };
        return Add(borders.AreEmpty ? "" : "border", operation, node);
    }

    private static double[] Ones(InferenceNode node) => [.. Enumerable.Repeat(1.0, node.Shape.Channels)];

    private OnnxMap Activate(PointActivation activation)
    {
        OnnxMap map = Input();
        return map with { Node = Add("", new LoweredActivation(activation), map.Node) };
    }

    private OnnxMap Clip()
    {
        float low = _node.Has("min") ? _node.Float("min", 0) : Optional(1) is { } min ? (float)min.Values[0] : float.NegativeInfinity;
        float high = _node.Has("max") ? _node.Float("max", 0) : Optional(2) is { } max ? (float)max.Values[0] : float.PositiveInfinity;
        return Activate(low == 0 && float.IsPositiveInfinity(high) ? new(PointFunction.Relu) : new(PointFunction.Clip, low, high));
    }

    private OnnxMap HardSigmoid()
    {
        float alpha = _node.Float("alpha", 0.2f), beta = _node.Float("beta", 0.5f);
        if (Math.Abs(alpha - (1 / 6f)) < 1e-6f && beta == 0.5f) return Activate(new(PointFunction.HardSigmoid));
        OnnxMap map = Input();
        InferenceNode line = PerChannel(map.Node, [.. Ones(map.Node).Select(_ => (double)alpha)], [.. Ones(map.Node).Select(_ => (double)beta)]);
        return map with { Node = Add("clip", new LoweredActivation(new(PointFunction.Clip, 0, 1)), line) };
    }

    // relu(x) - slope relu(-x), each channel with its slope.
    private OnnxMap PRelu()
    {
        OnnxTensor slope = Required(1);
        if (slope.Count == 1) return Activate(new(PointFunction.LeakyRelu, (float)slope.Values[0]));
        OnnxMap map = Input();
        InferenceNode positive = Add("positive", new LoweredActivation(new(PointFunction.Relu)), map.Node);
        InferenceNode mirrored = PerChannel(map.Node, [.. Ones(map.Node).Select(static one => -one)], null);
        OnnxMap negative = map with { Node = Add("negative", new LoweredActivation(new(PointFunction.Relu)), mirrored) };
        return map with { Node = Add("sum", new LoweredAdd(), positive, PerChannel(negative, slope, static value => -value, null).Node) };
    }

    private OnnxMap Pool(PoolMode mode)
    {
        OnnxMap map = Raw(0);
        if (map.IsProbability) map = Input();
        if (_node.Outputs.Count(static output => output.Length > 0) > 1) throw _node.Refused("gives places, too; Pare knows values only");
        _node.Int("storage_order", 0);
        if (_node.Ints("kernel_shape") is not [var height, var width]) throw _node.Refused("has no kernel of rows and columns");
        InferenceNode input = Planes(map);
        if (map.Mirrored) map = Input();
        bool isPositive = input.Operation is LoweredActivation { Activation: { Function: PointFunction.Relu or PointFunction.Sigmoid or PointFunction.HardSigmoid } or { Function: PointFunction.Clip, A: >= 0 } };

        // Zeros around the map count in a mean; as the border of a maximum they never win where nothing is negative.
        Borders laid = map.Pads;
        if (!laid.AreEmpty && mode == PoolMode.Max && !isPositive)
        {
            input = Planes(Input());
            laid = default;
        }

        SlidingWindow window = Window(height, width, input.Shape, laid, out bool widened);
        if (!laid.AreEmpty && mode == PoolMode.Average)
        {
            if (window.Borders != laid) throw _node.Refused("lays a border of its own around one of zeros");
            mode = PoolMode.AverageWithBorders;
        }

        if (widened && mode == PoolMode.AverageWithBorders) throw _node.Refused("rounds its size up (ceil_mode) and counts its border");
        return OnnxMap.Of(Add("", new LoweredPool { Window = window, Mode = mode }, input), OnnxMap.ChannelsFirst);
    }

    private OnnxMap GlobalMaxPool()
    {
        InferenceNode input = Planes(Input());
        return OnnxMap.Of(Add("", new LoweredPool { Window = new SlidingWindow(input.Shape.Height, input.Shape.Width), Mode = PoolMode.Max }, input), OnnxMap.ChannelsFirst);
    }

    private OnnxMap Mean()
    {
        OnnxMap map = Input();
        long[]? named = OnnxConstants.Axes(_node, Constants());
        bool keep = _node.Int("keepdims", 1) != 0;
        if (named is null or [] && _node.Int("noop_with_empty_axes", 0) != 0) return map;
        int[] dims = [.. (named ?? [.. Enumerable.Range(0, map.Dims.Length).Select(static dim => (long)dim)]).Select(axis => OnnxConstants.Place(_node, axis, map.Dims.Length))];
        MapAxis[] taken = [.. dims.SelectMany(dim => map.Dims[dim])];
        MapAxis[] spatial = [.. map.Order().Where(static axis => axis != MapAxis.Channel)];
        if (taken.Contains(MapAxis.Channel) || (taken.Length > 0 && !spatial.All(taken.Contains))) throw _node.Refused("takes the mean over something else than all rows and columns");
        InferenceNode node = taken.Length == 0 ? map.Node : Add("", new LoweredMean(), map.Node);
        return new OnnxMap(node, [.. map.Dims.Select((axes, dim) => dims.Contains(dim) ? [] : axes).Where((_, dim) => keep || !dims.Contains(dim))]);
    }

    private OnnxMap Pad()
    {
        OnnxMap map = Input();
        string mode = _node.Text("mode", "constant");
        if (mode is not ("constant" or "reflect")) throw _node.Refused($"lays a border of kind '{mode}' around a map");
        double fill = _node.Has("value") ? _node.Float("value", 0) : mode == "constant" && Optional(2) is { } value ? value.Values[0] : 0;
        if (fill != 0) throw _node.Refused($"lays a border of {fill} around a map; Pare knows zeros");
        long[] pads = _node.Ints("pads") ?? [.. Required(1).Values.Select(static side => (long)side)];
        int rank = map.Dims.Length;
        if (Optional(3) is { } axes)
        {
            if (pads.Length != 2 * axes.Count) throw _node.Refused("names other axes than it has borders for");
            var all = new long[2 * rank];
            for (int i = 0; i < axes.Count; i++)
            {
                int place = OnnxConstants.Place(_node, (long)axes.Values[i], rank);
                (all[place], all[rank + place]) = (pads[i], pads[axes.Count + i]);
            }

            pads = all;
        }

        bool first = map.Is(OnnxMap.ChannelsFirst);
        if (pads.Length != 2 * rank || rank != 4 || (!first && !map.Is(OnnxMap.ChannelsLast))) throw _node.Refused("lays a border around a map that was turned or regrouped");
        (int row, int column, int channel) = first ? (2, 3, 1) : (1, 2, 3);
        if (pads.Any(static pad => pad is < 0 or > 1 << 14) || pads[0] + pads[rank] + pads[channel] + pads[rank + channel] != 0) throw _node.Refused("cuts a map, or adds channels or images");
        return map with { Pads = new Borders((int)pads[row], (int)pads[column], (int)pads[rank + row], (int)pads[rank + column]), Mirrored = mode == "reflect" && pads.Any(static pad => pad > 0) };
    }

    private OnnxMap Concat()
    {
        OnnxMap[] maps = [.. Enumerable.Range(0, _node.Inputs.Count).Select(index => Flat(Input(index)))];
        int rank = maps[0].Dims.Length, axis = OnnxConstants.Place(_node, _node.Int("axis", 0), rank);
        MapAxis?[]? layout = (rank, axis) switch
        {
            (4, 1) => OnnxMap.ChannelsFirst,
            (4, 3) => OnnxMap.ChannelsLast,
            (2, 1) => OnnxMap.Vector,
            _ => null,
        };
        if (layout is null || !maps.All(map => map.Is(layout))) throw _node.Refused("puts maps together along something else than their channels");
        return maps.Length == 1 ? maps[0] : OnnxMap.Of(Add("", new LoweredConcat(), [.. maps.Select(static map => map.Node)]), layout);
    }

    private OnnxMap Softmax()
    {
        OnnxMap map = Input();
        int axis = OnnxConstants.Place(_node, _node.Int("axis", _node.Opset < 13 ? 1 : -1), map.Dims.Length);
        bool overAll = _node.Opset < 13 ? map.Dims[..axis].All(static axes => axes.Length == 0) : !map.Dims.Where((axes, dim) => dim != axis && axes.Length > 0).Any();
        if (!overAll || map.Node.Shape.Pixels != 1) throw _node.Refused("is a softmax over something else than the classes");
        return map with { IsProbability = true };
    }

    private OnnxMap Flatten()
    {
        OnnxMap map = Bordered();
        int axis = (int)_node.Int("axis", 1);
        axis = axis < 0 ? axis + map.Dims.Length : axis;
        if (axis < 0 || axis > map.Dims.Length) throw _node.Refused($"names axis {axis} of {map.Dims.Length}");
        return map with { Dims = [[.. map.Dims[..axis].SelectMany(static axes => axes)], [.. map.Dims[axis..].SelectMany(static axes => axes)]] };
    }

    private OnnxMap Reshape()
    {
        OnnxMap map = Bordered();
        long[] asked = _node.Ints("shape") ?? [.. Required(1).Values.Select(static side => (long)side)];
        long[] sides = OnnxConstants.Sides(_node, [.. Enumerable.Range(0, map.Dims.Length).Select(map.Side)], asked, _node.Int("allowzero", 0) != 0);
        return map.Regroup(sides) ?? throw _node.Refused($"reshapes a map to [{string.Join(", ", sides)}], across its channels or rows");
    }

    private OnnxMap Squeeze()
    {
        OnnxMap map = Bordered();
        int[] dims = OnnxConstants.Axes(_node, Constants()) is { } axes
            ? [.. axes.Select(axis => OnnxConstants.Place(_node, axis, map.Dims.Length))]
            : [.. Enumerable.Range(0, map.Dims.Length).Where(dim => map.Dims[dim].Length == 0)];
        if (dims.Any(dim => map.Dims[dim].Length > 0)) throw _node.Refused("squeezes a side that is not 1");
        return map with { Dims = [.. map.Dims.Where((_, dim) => !dims.Contains(dim))] };
    }

    private OnnxMap Unsqueeze()
    {
        OnnxMap map = Bordered();
        long[] axes = OnnxConstants.Axes(_node, Constants()) ?? throw _node.Refused("names no axes");
        var dims = new List<MapAxis[]>(map.Dims);
        foreach (int place in axes.Select(axis => OnnxConstants.Place(_node, axis, map.Dims.Length + axes.Length)).Order()) dims.Insert(Math.Min(place, dims.Count), []);
        return map with { Dims = [.. dims] };
    }

    private OnnxMap Transpose()
    {
        OnnxMap map = Bordered();
        return map with { Dims = [.. OnnxConstants.Order(_node, map.Dims.Length).Select(from => map.Dims[from])] };
    }

    private OnnxMap Cast()
    {
        long to = _node.Int("to", 0);
        return to is OnnxTypes.Float or OnnxTypes.Double or OnnxTypes.Float16 ? Raw(0) : throw _node.Refused($"turns a map into type {to}, which cuts its values");
    }

    private OnnxMap Dropout()
    {
        _node.Float("ratio", 0);
        _node.Int("seed", 0);
        Optional(1);
        return Optional(2) is { } training && training.Values[0] != 0 ? throw _node.Refused("is in training: it drops values") : Raw(0);
    }

    // A softmax may be reshaped; a border that Pad asked for is laid first.
    private OnnxMap Bordered() => Raw(0) is { IsProbability: true } probability ? probability : Input();

    // The window of a convolution or a pool with its own borders and those that were laid before it.
    private SlidingWindow Window(long height, long width, Shape map, Borders laid, out bool widened)
    {
        long[] strides = Pair("strides"), dilations = Pair("dilations");
        string auto = _node.Text("auto_pad", "NOTSET");
        long[] pads = _node.Ints("pads") ?? [0, 0, 0, 0];
        bool ceil = _node.Operator != "Conv" && _node.Int("ceil_mode", 0) != 0;
        if (pads.Length != 4) throw _node.Refused($"has {pads.Length} pads");
        const int most = 1 << 14;
        if (strides.Concat(dilations).Concat([height, width]).Any(static value => value is < 1 or > most) || pads.Any(static value => value is < 0 or > most))
            throw _node.Refused("has a kernel, stride, dilation or padding that is out of range");
        widened = false;
        (long top, long bottom, bool rows) = Along(map.Height + laid.Top + laid.Bottom, height, strides[0], dilations[0], pads[0], pads[2]);
        (long left, long right, bool columns) = Along(map.Width + laid.Left + laid.Right, width, strides[1], dilations[1], pads[1], pads[3]);
        widened = rows || columns;
        return new SlidingWindow((int)height, (int)width)
        {
            StrideY = (int)strides[0],
            StrideX = (int)strides[1],
            DilationY = (int)dilations[0],
            DilationX = (int)dilations[1],
            Borders = new Borders((int)top + laid.Top, (int)left + laid.Left, (int)bottom + laid.Bottom, (int)right + laid.Right),
        };

        (long Before, long After, bool Widened) Along(long side, long kernel, long stride, long dilation, long before, long after)
        {
            long span = ((kernel - 1) * dilation) + 1;
            switch (auto)
            {
                case "VALID":
                    (before, after) = (0, 0);
                    break;
                case "SAME_UPPER" or "SAME_LOWER":
                    long total = Math.Max(0, ((((side + stride - 1) / stride) - 1) * stride) + span - side);
                    before = auto == "SAME_UPPER" ? total / 2 : total - (total / 2);
                    after = total - before;
                    break;
                case "NOTSET":
                    break;
                default:
                    throw _node.Refused($"pads by '{auto}', which Pare does not know");
            }

            long rest = (side + before + after - span) % stride;
            if (!ceil || side + before + after < span || rest == 0) return (before, after, false);
            long wider = after + stride - rest;
            // The last window must begin on the map or the border before it.
            return side + before + wider - span >= side + before ? throw _node.Refused("rounds its size up (ceil_mode) to a window outside the map") : (before, wider, true);
        }

        long[] Pair(string name) => _node.Ints(name) switch
        {
            null => [1, 1],
            [var y, var x] => [y, x],
            var other => throw _node.Refused($"has {other.Length} {name}"),
        };
    }

    private static float[] Floats(OnnxTensor tensor) => [.. tensor.Values.Select(static value => (float)value)];
}
