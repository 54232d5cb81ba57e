using Google.Protobuf;
using Pare.Export.Onnx;

namespace Pare.Tests.Support;

/// <summary>
/// Random classifiers as other programs write them: any opset, odd settings, layouts turned and turned back, constants in every form. Some
/// are such that no program can run them, and some that Pare refuses.
/// </summary>
internal sealed class RandomOnnxGraphs
{
    private SeededRandom _random;
    private readonly OnnxGraphs _graph;
    private readonly int _opset;
    private string _now = "x";
    private int _values, _channels, _height, _width;

    private RandomOnnxGraphs(int seed)
    {
        _random = new SeededRandom(seed, stream: 12);
        _opset = 7 + Next(15);
        (_channels, _height, _width) = (Next(2) == 0 ? 1 : 3, 5 + Next(6), 4 + Next(6));
        bool last = Next(4) == 0;
        int[] sides = last ? [Next(2), _height, _width, _channels] : [Next(2), _channels, _height, _width];
        _graph = new OnnxGraphs(_opset, sides);
        _graph.Model.IrVersion = _opset > 18 ? 10 : 8;
        if (last) _now = Node("Transpose", [_now], ("perm", Ints(0, 3, 1, 2)));
    }

    /// <summary>Makes one; the same seed makes the same.</summary>
    public static OnnxGraphs Of(int seed)
    {
        var made = new RandomOnnxGraphs(seed);
        for (int steps = 1 + made.Next(5); steps > 0; steps--) made.Step();
        made.End();
        return made._graph;
    }

    private void Step()
    {
        switch (Next(13))
        {
            case 0 or 1: Convolution(); break;
            case 2: Pool(); break;
            case 3: Function(); break;
            case 4: Norm(); break;
            case 5: Arithmetic(Next(2) == 0 ? [_channels, 1, 1] : [1, _channels, 1, 1]); break;
            case 6: Border(); break;
            case 7: Branches(); break;
            case 8: Gate(); break;
            case 9: ChannelsLast(); break;
            case 10: Nothing(); break;
            case 11: Arithmetic(Next(2) == 0 ? [] : [1]); break;
            default:
                Convolution();
                Function();
                break;
        }
    }

    private void Convolution()
    {
        int groups = Next(3) == 0 ? _channels : 1, outputs = groups * (1 + Next(groups > 1 ? 2 : 5));
        int[] kernel = [1 + Next(4), 1 + Next(3)], strides = [1 + Next(3), 1 + Next(2)], dilations = [1 + Next(2), 1 + Next(3)];
        var settings = new List<(string, object)> { ("group", groups) };
        if (Next(2) == 0) settings.Add(("kernel_shape", kernel));
        if (Next(3) > 0) settings.Add(("strides", strides));
        else strides = [1, 1];
        if (Next(3) == 0) settings.Add(("dilations", dilations));
        else dilations = [1, 1];
        int[]? pads = Pads(settings, 3);
        if (!Slide(kernel, strides, dilations, pads, settings, ceil: false)) return;
        int inputs = _channels / groups;
        _channels = outputs;
        string weights = Weights(outputs, inputs, kernel[0], kernel[1]);
        _now = Node("Conv", Next(2) == 0 ? [_now, weights] : [_now, weights, Weights(outputs)], [.. settings]);
    }

    private void Pool()
    {
        bool max = Next(2) == 0;
        int[] kernel = [1 + Next(4), 1 + Next(3)], strides = [1 + Next(3), 1 + Next(3)], dilations = [1 + Next(2), 1 + Next(2)];
        var settings = new List<(string, object)> { ("kernel_shape", kernel) };
        if (Next(4) > 0) settings.Add(("strides", strides));
        else strides = [1, 1];
        if (Next(3) == 0 && _opset >= (max ? 10 : 19)) settings.Add(("dilations", dilations));
        else dilations = [1, 1];
        bool ceil = _opset >= 10 && Next(2) == 0;
        if (ceil) settings.Add(("ceil_mode", 1));
        if (!max && Next(2) == 0) settings.Add(("count_include_pad", Next(2)));
        int[]? pads = Pads(settings, Math.Min(kernel[0], kernel[1]));
        if (Slide(kernel, strides, dilations, pads, settings, ceil)) _now = Node(max ? "MaxPool" : "AveragePool", [_now], [.. settings]);
    }

    // Null where the size decides (auto_pad).
    private int[]? Pads(List<(string, object)> settings, int below)
    {
        switch (Next(6))
        {
            case 0:
                settings.Add(("auto_pad", Next(2) == 0 ? "SAME_UPPER" : "SAME_LOWER"));
                return null;
            case 1:
                settings.Add(("auto_pad", "VALID"));
                return [0, 0, 0, 0];
            case 2 or 3:
                int[] pads = [Next(below), Next(below), Next(below), Next(below)];
                settings.Add(("pads", pads));
                return pads;
            default:
                return [0, 0, 0, 0];
        }
    }

    private bool Slide(int[] kernel, int[] strides, int[] dilations, int[]? pads, List<(string, object)> settings, bool ceil)
    {
        int[] sides = [_height, _width];
        for (int i = 0; i < 2; i++)
        {
            int span = ((kernel[i] - 1) * dilations[i]) + 1, side = sides[i];
            if (pads is null)
            {
                sides[i] = (side + strides[i] - 1) / strides[i];
                continue;
            }

            int room = side + pads[i] + pads[i + 2] - span;
            if (room < 0) return false;
            sides[i] = (room / strides[i]) + 1;
            if (ceil && room % strides[i] != 0 && sides[i] * strides[i] < side + pads[i]) sides[i]++;
        }

        (_height, _width) = (sides[0], sides[1]);
        return true;
    }

    private void Function()
    {
        string[] names = ["Relu", "Sigmoid", "Tanh", "LeakyRelu", "Elu", "HardSigmoid", "HardSwish", "Clip", "PRelu"];
        string name = names[Next(names.Length)];
        if (name == "HardSwish" && _opset < 14) name = "Relu";
        float small = 0.1f + (0.05f * Next(8));
        _now = name switch
        {
            "Clip" when _opset < 11 => Node(name, [_now], [.. Next(2) == 0 ? [("min", (object)-small)] : Array.Empty<(string, object)>(),
                ("max", Next(2) == 0 ? 6f : small)]),
            "Clip" => Node(name, Next(3) == 0 ? [_now, Floats([], -small)] : [_now, Next(2) == 0 ? "" : Floats([], 0), Floats([], small)]),
            "PRelu" => Node(name, [_now, Next(3) == 0 ? Floats([1], -small) : Weights(_channels, 1, 1)]),
            "HardSigmoid" when Next(2) == 0 => Node(name, [_now], ("alpha", small), ("beta", 0.4f)),
            "HardSigmoid" when Next(2) == 0 => Node(name, [_now], ("alpha", 1 / 6f)),
            "LeakyRelu" or "Elu" when Next(2) == 0 => Node(name, [_now], ("alpha", Next(4) == 0 ? -small : small)),
            _ => Node(name, [_now]),
        };
    }

    private void Norm()
    {
        string variance = Floats([_channels], [.. Enumerable.Range(0, _channels).Select(_ => 0.2f + _random.NextSingle())]);
        var settings = new List<(string, object)>();
        if (Next(2) == 0) settings.Add(("epsilon", 1e-2f));
        if (Next(2) == 0) settings.Add(("momentum", 0.5f));
        if (Next(3) == 0 && _opset >= 14) settings.Add(("training_mode", 0));
        if (Next(3) == 0 && _opset < 9) settings.Add(("spatial", 1));
        _now = Node("BatchNormalization", [_now, Weights(_channels), Weights(_channels), Weights(_channels), variance], [.. settings]);
    }

    private void Arithmetic(int[] dims)
    {
        int count = dims.Aggregate(1, static (product, side) => product * side);
        string constant = Floats(dims, [.. Enumerable.Range(0, count).Select(_ => 0.3f + _random.NextSingle())]);
        string name = ((string[])["Add", "Sub", "Mul", "Div"])[Next(4)];
        _now = Node(name, Next(2) == 0 && name != "Div" ? [constant, _now] : [_now, constant]);
    }

    private void Border()
    {
        int[] pads = [0, 0, Next(3), Next(3), 0, 0, Next(3), Next(3)];
        if (Next(8) == 0) pads[2 + Next(2)] = -1;
        (string, object)[] mode = Next(2) == 0 ? [("mode", Next(6) == 0 ? "edge" : "constant")] : [];
        if (_opset < 11) _now = Node("Pad", [_now], [("pads", pads), .. mode]);
        else if (_opset >= 18 && Next(2) == 0)
            _now = Node("Pad", [_now, Whole(pads[3], pads[2], pads[7], pads[6]), "", Whole(-1, 2)], mode);
        else _now = Node("Pad", Next(2) == 0 ? [_now, Whole(pads)] : [_now, Whole(pads), Floats([], 0)], mode);
        (_height, _width) = (_height + pads[2] + pads[6], _width + pads[3] + pads[7]);
        // What a reader may do at once with the border, or not.
        if (Next(3) == 0) _now = Node("Identity", [_now]);
        if (Next(2) == 0) Pool();
    }

    private void Branches()
    {
        string before = _now;
        string other = Node("Conv", [before, Weights(_channels, _channels, 1, 1)]);
        if (Next(2) == 0)
        {
            _now = Node("Add", Next(2) == 0 ? [before, other] : [other, before]);
            return;
        }

        _now = Node("Concat", [other, before, other], ("axis", Next(2) == 0 ? 1 : -3));
        _channels *= 3;
    }

    private void Gate()
    {
        string before = _now;
        switch (Next(3))
        {
            case 0:
                string mean = Next(2) == 0 ? Node("GlobalAveragePool", [before]) : Mean([2, 3], keep: 1);
                string squeezed = Node("Conv", [mean, Weights(_channels, _channels, 1, 1), Weights(_channels)]);
                string gate = Node(Next(2) == 0 ? "Sigmoid" : "HardSigmoid", [squeezed]);
                _now = Node("Mul", Next(2) == 0 ? [before, gate] : [gate, before]);
                break;
            case 1:
                string share = Next(2) == 0 ? Node("Sigmoid", [before]) : Node("HardSigmoid", [before], ("alpha", 1 / 6f));
                _now = Node("Mul", Next(2) == 0 ? [before, share] : [share, before]);
                break;
            default:
                _now = Node("Mul", [before, Node("Conv", [before, Weights(_channels, _channels, 1, 1)])]);
                break;
        }
    }

    private void ChannelsLast()
    {
        _now = Node("Transpose", [_now], ("perm", Ints(0, 2, 3, 1)));
        for (int steps = 1 + Next(3); steps > 0; steps--)
        {
            switch (Next(6))
            {
                case 0: Arithmetic(Next(2) == 0 ? [_channels] : [1, 1, _channels]); break;
                case 1:
                    int outputs = 1 + Next(5);
                    _now = Node("MatMul", [_now, Weights(_channels, outputs)]);
                    _channels = outputs;
                    if (Next(2) == 0) Arithmetic([_channels]);
                    break;
                case 2: _now = Node("Relu", [_now]); break;
                case 3:
                    if (_opset < 11) break;
                    _now = Node("Pad", [_now, Whole(0, 1, 0, 0, 0, 0, 2, 0)]);
                    (_height, _width) = (_height + 1, _width + 2);
                    break;
                case 4:
                    _now = Node("Concat", [_now, _now], ("axis", Next(2) == 0 ? 3 : -1));
                    _channels *= 2;
                    break;
                default: _now = Node("PRelu", [_now, Weights(_channels)]); break;
            }
        }

        _now = Node("Transpose", [_now], ("perm", Ints(0, 3, 1, 2)));
    }

    private void Nothing()
    {
        switch (Next(6))
        {
            case 0: _now = Node("Identity", [_now]); break;
            case 1: _now = _opset < 12 ? Node("Dropout", [_now], ("ratio", 0.3f)) : Node("Dropout", [_now, Floats([], 0.3f)]); break;
            case 2:
                _now = Squeeze("Unsqueeze", _now, Next(5));
                _now = Squeeze("Squeeze", _now, 0);
                break;
            case 3:
                _now = Node("Reshape", [_now, Whole(0, _channels, -1, _width)]);
                break;
            case 4:
                // As exporters write x.view(x.shape).
                _now = Node("Reshape", [_now, Node("Shape", [_now])]);
                break;
            default:
                _now = Node("Flatten", [_now], ("axis", Next(2) + 1));
                _now = Node("Reshape", [_now, Whole(1, _channels, _height, _width)]);
                break;
        }
    }

    private string Squeeze(string name, string of, int axis) => _opset < 13 ? Node(name, [of], ("axes", Ints(axis)))
        : Node(name, [of, Whole(axis)]);

    private string Mean(int[] axes, int keep) => _opset < 18 ? Node("ReduceMean", [_now], ("axes", axes), ("keepdims", keep))
        : Node("ReduceMean", [_now, Whole(axes)], ("keepdims", keep));

    private void End()
    {
        int values = _channels;
        switch (Next(7))
        {
            case 0: _now = Node("Flatten", [Node("GlobalAveragePool", [_now])]); break;
            case 1: _now = Mean(Next(2) == 0 ? [2, 3] : [-1, -2], keep: 0); break;
            case 2:
                _now = Mean([3, 2], keep: 1);
                _now = Squeeze("Squeeze", Squeeze("Squeeze", _now, 3), 2);
                break;
            case 3:
                _now = Node("Flatten", [_now], ("axis", Next(2) == 0 ? 1 : -3));
                values = _channels * _height * _width;
                break;
            case 4:
                _now = Node("Reshape", [_now, Next(2) == 0 ? Whole(0, -1) : Whole(-1, _channels * _height * _width)]);
                values = _channels * _height * _width;
                break;
            case 5:
                _now = Node("Transpose", [_now], ("perm", Ints(0, 2, 3, 1)));
                _now = Node("Reshape", [_now, Whole(1, -1)]);
                values = _channels * _height * _width;
                break;
            default: _now = Node("Flatten", [Node("GlobalMaxPool", [_now])]); break;
        }

        int classes = 2 + Next(4);
        bool transposed = Next(2) == 0;
        (string, object)[] settings = [("transB", transposed ? 1 : 0), ("alpha", 0.5f), ("beta", 1.5f)];
        string weights = transposed ? Weights(classes, values) : Weights(values, classes);
        if (Next(2) == 0) _now = Node("Gemm", [_now, weights, Floats([classes], new float[classes])], settings);
        else if (!transposed)
        {
            _now = Node("MatMul", [_now, weights]);
            Arithmetic(Next(2) == 0 ? [classes] : [1, classes]);
        }
        else
        {
            string bias = ((string[])[Weights(classes), Weights(1, classes), Floats([1], 0.25f)])[Next(3)];
            _now = Node("Gemm", [_now, weights, bias], settings);
        }

        if (Next(4) == 0) _now = Node("Softmax", [_now], Next(2) == 0 ? [("axis", Next(2) == 0 ? 1 : -1)] : []);
        _graph.Output(_now, 0, classes);
    }

    private int Next(int max) => _random.NextInt(max);

    private static int[] Ints(params int[] values) => values;

    private string Node(string operation, string[] inputs, params (string Name, object Value)[] settings)
    {
        string output = $"v{++_values}";
        _graph.Node(operation, inputs, output, settings);
        return output;
    }

    private string Weights(params int[] dims) =>
        Floats(dims,
            [.. Enumerable.Range(0, dims.Aggregate(1, static (product, side) => product * side)).Select(_ => 0.6f * _random.NextNormal())]);

    // An initializer or a node.
    private string Floats(int[] dims, params float[] values)
    {
        string name = $"k{++_values}";
        if (Next(5) == 0) return _graph.ConstantNode(name, dims, values);
        _graph.Floats(name, dims, values);
        return name;
    }

    private string Whole(params int[] values)
    {
        string name = $"k{++_values}";
        _graph.Whole(name, [.. values.Select(static value => (long)value)]);
        return name;
    }
}
