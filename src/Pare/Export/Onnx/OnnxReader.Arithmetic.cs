using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export.Onnx;

/// <summary>Functions, and arithmetic of maps and constants.</summary>
internal sealed partial class OnnxReader
{
    private OnnxMap Sum()
    {
        if (_node.Inputs.Count != 2) throw _node.Refused("takes other than two inputs");
        if (Side() is (OnnxMap map, OnnxTensor constant)) return PerChannel(map, constant, null, static value => value);
        (OnnxMap a, OnnxMap b) = Pair();
        if (!a.SameSides(b) || a.Node.Shape != b.Node.Shape)
            throw _node.Refused($"adds maps of {a.Node.Shape} and {b.Node.Shape}, or turned differently");
        return a with { Node = Add("", new LoweredAdd(), a.Node, b.Node) };
    }

    private OnnxMap Difference()
    {
        if (_node.Inputs.Count == 2 && _constants.ContainsKey(_node.Inputs[0]))
            return PerChannel(Input(1), Required(0), null, static value => value, sign: -1);
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
            PointFunction function = b.Node.Operation is LoweredActivation { Activation.Function: PointFunction.Sigmoid }
                ? PointFunction.Silu : PointFunction.HardSwish;
            return a with { Node = Add("", new LoweredActivation(new(function)), a.Node) };
        }

        bool gate = b.Node.Shape == new Shape(a.Node.Shape.Channels, 1, 1) && a.Dims.Length == b.Dims.Length
            && a.Dims.Zip(b.Dims).All(static pair => pair.Second.SequenceEqual(pair.First.Where(static axis => axis == MapAxis.Channel)));
        if (!same && !gate) throw _node.Refused($"multiplies maps of {a.Node.Shape} and {b.Node.Shape}, or turned differently");
        return a with { Node = Add("", new LoweredMultiply(), a.Node, b.Node) };

        static bool IsGateOf(InferenceNode gate, InferenceNode map) =>
            gate.Operation is LoweredActivation { Activation.Function: PointFunction.Sigmoid or PointFunction.HardSigmoid }
                && gate.Inputs[0] == map;
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

    // sign x scale(constant) + shift(constant), the constant one value or one per channel.
    private OnnxMap PerChannel(OnnxMap map, OnnxTensor constant, Func<double, double>? scale, Func<double, double>? shift, double sign = 1)
    {
        int[] sides = [.. constant.Dims.SkipWhile(static side => side == 1)];
        // Even of sides of 1: they move the map's sides to the back, and its channels are no longer where they were.
        if (constant.Dims.Length > map.Dims.Length) throw _node.Refused("has a constant of more sides than the map");
        bool flat = false;
        for (int i = 0; i < sides.Length; i++)
        {
            int dim = map.Dims.Length - sides.Length + i;
            if (sides[i] == 1) continue;
            flat = map.Dims[dim].Any(static axis => axis != MapAxis.Channel);
            if (sides[i] != map.Side(dim) || (flat && map.Dims.Where((axes, other) => other != dim && axes.Length > 0).Any()))
                throw _node.Refused($"has a constant of [{string.Join(", ", constant.Dims)}]; Pare knows one value, or one per channel");
        }

        if (sides.Count(static side => side > 1) > 1)
            throw _node.Refused($"has a constant of [{string.Join(", ", constant.Dims)}]; Pare knows one value, or one per channel");
        InferenceNode node = flat ? Planes(map with { Dims = [[], map.Order(), [], []] }) : map.Node;
        Make(node.Shape.Channels);
        double[] values = [.. Enumerable.Range(0, node.Shape.Channels).Select(c => constant.Values[constant.Count == 1 ? 0 : c])];
        double[] scales = [.. values.Select(value => sign * (scale?.Invoke(value) ?? 1))];
        InferenceNode result = PerChannel(node, scales, shift is null ? null : [.. values.Select(shift)]);
        return flat ? OnnxMap.Of(result, [.. map.Dims.Select(static axes => axes.Length > 0 ? MapAxis.Channel : (MapAxis?)null)])
            : map with { Node = result };
    }

    private InferenceNode PerChannel(InferenceNode node, double[] scales, double[]? shifts, Borders borders = default)
    {
        if (!scales.Concat(shifts ?? []).All(static value => double.IsFinite((float)value)))
            throw _node.Refused("divides by zero, or leaves the range of numbers");
        int channels = node.Shape.Channels;
        Make(channels);
        var weights =
            new WeightArray(WeightName($"{_node.Name}.{(borders.AreEmpty ? "scale" : "border")}{_names.Count}"), [channels, 1, 1, 1],
            [.. scales.Select(static value => (float)value)]);
        var operation = new LoweredConvolution
        {
            Weights = weights,
            Window = SlidingWindow.Square(1) with { Borders = borders },
            Groups = channels,
            Shift = shifts is null ? null : [.. shifts.Select(static value => (float)value)],
        };
        return Add(borders.AreEmpty ? "" : "border", operation, node);
    }

    private double[] Ones(InferenceNode node)
    {
        Make(node.Shape.Channels);
        return [.. Enumerable.Repeat(1.0, node.Shape.Channels)];
    }

    private OnnxMap Activate(PointActivation activation)
    {
        OnnxMap map = Input();
        return map with { Node = Add("", new LoweredActivation(activation), map.Node) };
    }

    private OnnxMap Clip()
    {
        float low = _node.Has("min") ? _node.Float("min", 0) : Optional(1) is { } min ? (float)Single(min) : float.NegativeInfinity;
        float high = _node.Has("max") ? _node.Float("max", 0) : Optional(2) is { } max ? (float)Single(max) : float.PositiveInfinity;
        return Activate(low == 0 && float.IsPositiveInfinity(high) ? new(PointFunction.Relu) : new(PointFunction.Clip, low, high));
    }

    private OnnxMap HardSigmoid()
    {
        float alpha = _node.Float("alpha", 0.2f), beta = _node.Float("beta", 0.5f);
        if (Math.Abs(alpha - (1 / 6f)) < 1e-6f && beta == 0.5f) return Activate(new(PointFunction.HardSigmoid));
        OnnxMap map = Input();
        InferenceNode line =
            PerChannel(map.Node, [.. Ones(map.Node).Select(_ => (double)alpha)], [.. Ones(map.Node).Select(_ => (double)beta)]);
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

    private OnnxMap Concat()
    {
        if (_node.Inputs.Count == 0) throw _node.Refused("puts nothing together");
        OnnxMap[] maps = [.. Enumerable.Range(0, _node.Inputs.Count).Select(index => Flat(Input(index)))];
        int rank = maps[0].Dims.Length, axis = OnnxAxes.Place(_node, _node.Int("axis", 0), rank);
        MapAxis?[]? layout = (rank, axis) switch
        {
            (4, 1) => OnnxMap.ChannelsFirst,
            (4, 3) => OnnxMap.ChannelsLast,
            (2, 1) => OnnxMap.Vector,
            _ => null,
        };
        if (layout is null || !maps.All(map => map.Is(layout)))
            throw _node.Refused("puts maps together along something else than their channels");
        return maps.Length == 1 ? maps[0] : OnnxMap.Of(Add("", new LoweredConcat(), [.. maps.Select(static map => map.Node)]), layout);
    }

    private OnnxMap Softmax()
    {
        OnnxMap map = Input();
        int axis = OnnxAxes.Place(_node, _node.Int("axis", _node.Opset < 13 ? 1 : -1), map.Dims.Length);
        bool overAll = _node.Opset < 13 ? map.Dims[..axis].All(static axes => axes.Length == 0)
            : !map.Dims.Where((axes, dim) => dim != axis && axes.Length > 0).Any();
        if (!overAll || map.Node.Shape.Pixels != 1) throw _node.Refused("is a softmax over something else than the classes");
        return map with { IsProbability = true };
    }
}
