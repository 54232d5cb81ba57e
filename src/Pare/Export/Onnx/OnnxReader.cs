using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export.Onnx;

/// <summary>
/// Reads a classifier's ONNX graph, for one image at a time, as an <see cref="InferenceGraph"/>. What depends on no image is computed at
/// once; every other value is an <see cref="OnnxMap"/>. A node that cannot be followed exactly is refused by name.
/// </summary>
internal sealed partial class OnnxReader
{
    private const int MostNodes = 20_000, OldestOpset = 7, NewestOpset = 23;

    // What takes longer than some seconds for a picture is a claim and no classifier; the largest ones in use take a tenth.
    private const double MostSteps = 1e11;

    // Values that may be computed from nothing, and from each value in the file: a small file can compute large constants many times, and
    // use a tensor in many ways.
    private const long MostMade = 1 << 20, MostMadeOfEach = 8;

    private readonly string _path;
    private readonly Dictionary<string, OnnxTensor> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxMap> _maps = new(StringComparer.Ordinal);
    private readonly Dictionary<(OnnxTensor Tensor, string Use), WeightArray> _weights = [];
    private readonly UniqueNames _names = new(), _weightNames = new();
    private readonly InferenceGraphBuilder _builder;
    private readonly string _input;
    private readonly bool _takesBytes;
    private long _givenValues, _madeValues;

    // The node that is being read.
    private OnnxNode _node = null!;

    private OnnxReader(GraphProto graph, string path)
    {
        _path = path;
        if (graph.SparseInitializer.Count > 0) throw Refused("holds sparse weights");
        if (graph.Initializer.Count > MostNodes || graph.Node.Count > MostNodes)
            throw Refused($"has {graph.Node.Count} nodes and {graph.Initializer.Count} tensors; the limit is {MostNodes} each");
        foreach (TensorProto tensor in graph.Initializer)
        {
            if (_constants.ContainsKey(tensor.Name)) throw Refused($"holds two tensors '{tensor.Name}'");
            Give(tensor.Name, OnnxTensor.Of(tensor, path));
        }

        // Before IR version 4 initializers are listed among the inputs.
        ValueInfoProto[] inputs = [.. graph.Input.Where(input => !_constants.ContainsKey(input.Name))];
        if (inputs.Length != 1)
            throw Refused(
                $"has {inputs.Length} inputs ({string.Join(", ", inputs.Select(static input => input.Name))}); a classifier of pictures " +
                $"has one");
        if (inputs[0].Type?.TensorType is not { Shape: not null } type)
            throw Refused($"does not say the shape of its input '{inputs[0].Name}'");
        if (type.ElemType is not (OnnxTypes.Float or OnnxTypes.UInt8 or OnnxTypes.Double or OnnxTypes.Float16))
            throw Refused($"takes an input of type {type.ElemType}, and not float or uint8");
        (_input, _takesBytes) = (inputs[0].Name, type.ElemType == OnnxTypes.UInt8);

        int[] sides = Sides(type.Shape);
        bool last = sides.Length == 4 && IsChannelsLast(graph, sides);
        Shape shape = sides switch
        {
            [_, var height, var width] => new Shape(1, height, width),
            [_, var height, var width, var channels] when last => new Shape(channels, height, width),
            [_, var channels, var height, var width] => new Shape(channels, height, width),
            _ => throw Refused($"takes an input of {sides.Length} sides; a picture has four: batch, channels, rows and columns"),
        };
        _builder = new InferenceGraphBuilder(shape);
        _names.Of(_builder.Input.Name);
        _maps[_input] = sides.Length == 3
            ? OnnxMap.Of(_builder.Input, [null, MapAxis.Row, MapAxis.Column])
            : OnnxMap.Of(_builder.Input, last ? OnnxMap.ChannelsLast : OnnxMap.ChannelsFirst);
    }

    /// <summary>Reads a model.</summary>
    /// <param name="model">The file's content.</param>
    /// <param name="path">The file, for messages and for data beside it.</param>
    /// <exception cref="DataException">Something is refused; the message names it.</exception>
    /// <exception cref="ArgumentException">Shapes do not fit; the message names the node.</exception>
    public static OnnxNetwork Read(ModelProto model, string path)
    {
        if (model.Graph is null || model.Graph.Node.Count == 0)
            throw new DataException("The file holds no network.", path, "Export it again.");
        OperatorSetIdProto[] sets = [.. model.OpsetImport.Where(static set => set.Domain is "" or "ai.onnx")];
        if (sets.Length != 1 || sets[0].Version is < OldestOpset or > NewestOpset)
            throw new DataException(
                $"The file is of opset {string.Join(", ", sets.Select(static set => set.Version))}; Pare reads {OldestOpset} to " +
                $"{NewestOpset}.", path, "Export the network with opset 17.");
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (StringStringEntryProto entry in model.MetadataProps) metadata[entry.Key] = entry.Value;

        var reader = new OnnxReader(model.Graph, path);
        foreach (NodeProto node in model.Graph.Node) reader.Read(new OnnxNode(node, sets[0].Version, path));
        return reader.Finish(model.Graph, metadata);
    }

    private OnnxNetwork Finish(GraphProto file, Dictionary<string, string> metadata)
    {
        if (file.Output.Count != 1)
            throw Refused(
                $"has {file.Output.Count} outputs ({string.Join(", ", file.Output.Select(static output => output.Name))}); a classifier " +
                $"has one");
        if (!_maps.TryGetValue(file.Output[0].Name, out OnnxMap? map))
            throw Refused($"ends in '{file.Output[0].Name}', which no node makes from the picture");
        if (map.Integers is not null) throw Refused($"ends in '{file.Output[0].Name}', which are 8-bit integers");
        if (map.Pads.AreEmpty && map.Dims is [[], { Length: > 1 } all]
            && all.SequenceEqual(OnnxMap.Of(map.Node, OnnxMap.ChannelsFirst).Order()))
            map = map with { Node = Add("flat", new LoweredFlatten(), map.Node) };
        if (map.Node.Shape.Pixels != 1 || !map.Pads.AreEmpty)
            throw Refused(
                $"ends in a map of {map.Node.Shape}{(map.Pads.AreEmpty ? "" : " with a border around it")}; a classifier ends in a " +
                $"vector of one value per class");
        if (map.Node.Operation is LoweredActivation { Activation.Function: PointFunction.Sigmoid or PointFunction.HardSigmoid })
            throw Refused($"ends in a sigmoid ('{map.Node.Name}'): its classes do not exclude each other, and Pare is for those that do");
        if (map.Node.Shape.Channels > Limits.Channels)
            throw Refused($"has {map.Node.Shape.Channels} outputs; Pare is for small classifiers");
        if (map.Node.Shape.Channels < 2) throw Refused("has a single output; a classifier has one per class, two or more");
        if (OnnxMetadata.Classes(metadata, _path) is { } names && names.Length != map.Node.Shape.Channels)
            throw Refused($"names {names.Length} classes and has {map.Node.Shape.Channels} outputs");
        if (OnnxMetadata.Classes(metadata, _path)?.CountBy(static name => name).FirstOrDefault(static name => name.Value > 1).Key
            is { } twice)
            throw Refused($"names the class `{twice}` twice");

        int channels = _builder.Input.Shape.Channels;
        Preprocessing? said = OnnxMetadata.Preprocessing(metadata, _path);
        Preprocessing raw = _takesBytes
            ? new Preprocessing(Enumerable.Repeat(0f, channels).ToArray(), Enumerable.Repeat(1 / 255f, channels).ToArray()) : said
            ?? Preprocessing.Plain(channels);
        InferenceGraph graph = Fusion.Fuse(_builder.Build(map.Node, raw, OnnxMetadata.Classes(metadata, _path)), intoPreprocessing: true);
        double steps = graph.Nodes.Sum(static node => node.Operation is LoweredPool { Window: var window }
            ? (double)node.Shape.Count * window.Height * window.Width : node.Macs);
        if (steps > MostSteps)
            throw Refused(Invariant($"takes {steps:0.0e0} multiplications and comparisons for one picture; Pare is for small classifiers"));
        return new OnnxNetwork(graph, _takesBytes || said is not null, metadata) { EndsInSoftmax = map.IsProbability };
    }

    private void Read(OnnxNode node)
    {
        _node = node;
        if (node.Domain is not ("" or "ai.onnx")) throw node.Refused($"is of the operator set '{node.Domain}', which Pare does not know");
        if (node.Outputs.Count == 0 || node.Outputs[0].Length == 0) throw node.Refused("has no output");
        if (_constants.ContainsKey(node.Outputs[0]) || _maps.ContainsKey(node.Outputs[0]))
            throw node.Refused($"makes '{node.Outputs[0]}' a second time");
        foreach (string input in node.Inputs.Where(static input => input.Length > 0))
        {
            if (!_constants.ContainsKey(input) && !_maps.ContainsKey(input))
                throw node.Refused($"takes '{input}', which nothing before it makes: the graph is cut, out of order or a circle");
        }

        if (node.Operator is not ("QuantizeLinear" or "DequantizeLinear" or "Identity" or "Dropout")
            && node.Inputs.Any(input => _constants.TryGetValue(input, out OnnxTensor? given) && given.IsByte))
            throw node.Refused("takes constants of 8 bits or truth values; Pare knows the former as weights before DequantizeLinear only");

        string output = node.Outputs[0];
        if (node.Operator == "Constant")
        {
            Give(output, Constant());
        }
        else if (Fold() is { } constant)
        {
            Make(constant.Count);
            Keep(output, constant);
        }
        else
        {
            _maps[output] = Map();
            if (_maps[output].Dims.Length > OnnxAxes.MostSides) throw node.Refused("gives a map of more sides than Pare knows");
        }

        node.CheckAllKnown();
    }

    // A constant that stands in the file.
    private void Give(string name, OnnxTensor constant)
    {
        if ((_givenValues += constant.Count) > OnnxTensor.MostValues)
            throw Refused(Invariant($"holds more than {OnnxTensor.MostValues:N0} values in its tensors and constants"));
        Keep(name, constant);
    }

    private void Keep(string name, OnnxTensor constant)
    {
        if (constant.Dims.Length > OnnxAxes.MostSides || (constant.Count == 0 && constant.Dims.Length > 1))
            throw Refused(Invariant($"holds a tensor '{name}' of {constant.Dims.Length} sides and {constant.Count} values"));
        _constants.Add(name, constant);
    }

    // Comes before arrays of so many values are made.
    private void Make(long values)
    {
        if (values > Left()) throw Refused("computes more values than a small classifier needs");
        _madeValues += values;
    }

    private long Left() => MostMade + (MostMadeOfEach * _givenValues) - _madeValues;

    private OnnxTensor Constant()
    {
        string name = _node.Outputs[0];
        if (_node.Tensor("value") is { } tensor) return OnnxTensor.Of(tensor, _path) with { Name = name };
        if (_node.Has("value_float")) return new OnnxTensor(name, [], [_node.Float("value_float", 0)], OnnxTypes.Float);
        if (_node.Has("value_int")) return new OnnxTensor(name, [], [_node.Int("value_int", 0)], OnnxTypes.Int64);
        if (_node.Floats("value_floats") is { } floats)
            return new OnnxTensor(name, [floats.Length], [.. floats.Select(static value => (double)value)], OnnxTypes.Float);
        if (_node.Ints("value_ints") is { } ints)
            return new OnnxTensor(name, [ints.Length], [.. ints.Select(static value => (double)value)], OnnxTypes.Int64);
        throw _node.Refused("holds a constant of a kind that Pare does not know");
    }

    // The node's result where no image has a part in it.
    private OnnxTensor? Fold()
    {
        if (_node.Operator == "Shape" && _node.Inputs.Count > 0 && _maps.TryGetValue(_node.Inputs[0], out OnnxMap? map))
        {
            int[] sides = OnnxAxes.ShapeOf(_node, map.Sides());
            return new OnnxTensor(_node.Outputs[0], [sides.Length], [.. sides.Select(static side => (double)side)], OnnxTypes.Int64);
        }

        return _node.Inputs.Any(_maps.ContainsKey) || _node.Inputs.Count == 0 ? null
            : new OnnxConstants(_node, Constants(), _path, Left()).Fold();
    }

    private OnnxTensor?[] Constants() => [.. _node.Inputs.Select(_constants.GetValueOrDefault)];

    private OnnxTensor? Optional(int index) =>
        _node.Inputs.Count <= index || _node.Inputs[index].Length == 0 ? null
        : _constants.GetValueOrDefault(_node.Inputs[index])
            ?? throw _node.Refused($"computes its input {index + 1} from the picture; Pare takes a constant there");

    private OnnxTensor Required(int index) => Optional(index) ?? throw _node.Refused($"lacks its input {index + 1}");

    private double Single(OnnxTensor tensor) =>
        tensor.Count == 1 ? tensor.Values[0] : throw _node.Refused($"has {tensor.Count} values in '{tensor.Name}' for one setting");

    // The map that the node takes, whatever Pad and softmax did to it before.
    private OnnxMap Raw(int index) => Any(index) is { Integers: null } map ? map
        : throw _node.Refused("takes 8-bit integers; Pare knows these between QuantizeLinear and DequantizeLinear only");

    private OnnxMap Any(int index) =>
        _node.Inputs.Count > index && _maps.TryGetValue(_node.Inputs[index], out OnnxMap? map) ? map
            : throw _node.Refused($"lacks its input {index + 1}, or takes a constant there");

    // The map as its values are. Zeros that a Pad asked for are laid around it by a window of one pixel.
    private OnnxMap Input(int index = 0)
    {
        OnnxMap map = Raw(index);
        if (map.IsProbability) throw _node.Refused("follows a softmax, which Pare knows at a network's end only");
        if (map.Pads.AreEmpty) return map;
        if (map.Mirrored) throw _node.Refused("takes a map with a mirrored border; Pare knows that for blur pooling only");
        InferenceNode padded = PerChannel(map.Node, Ones(map.Node), null, map.Pads);
        return OnnxMap.Of(padded, map.Is(OnnxMap.ChannelsLast) && !map.Is(OnnxMap.ChannelsFirst) ? OnnxMap.ChannelsLast
            : OnnxMap.ChannelsFirst);
    }

    // A map of channels, rows and columns, in this order.
    private InferenceNode Planes(OnnxMap map)
    {
        if (map.Is(OnnxMap.ChannelsFirst)) return map.Node;
        if (map.Dims is [[], var all, [], []] && all.Length > 1 && map.Order()
            .SequenceEqual(OnnxMap.Of(map.Node, OnnxMap.ChannelsFirst).Order())) return Add("flat", new LoweredFlatten(), map.Node);
        throw _node.Refused("takes a map whose sides were turned or regrouped in a way that Pare cannot follow");
    }

    // A vector, and for each of its values the place that it has in the order of channels, rows, columns.
    private (InferenceNode Node, int[]? Places) Values(OnnxMap map)
    {
        if (map.Node.Shape.Pixels == 1) return (map.Node, null);
        MapAxis[] order = map.Order();
        InferenceNode flat = Add("flat", new LoweredFlatten(), map.Node);
        if (order.SequenceEqual(OnnxMap.Of(map.Node, OnnxMap.ChannelsFirst).Order())) return (flat, null);
        Shape shape = map.Node.Shape;
        var places = new int[shape.Count];
        for (int i = 0; i < places.Length; i++)
        {
            int rest = i, place = 0;
            foreach (MapAxis axis in order.Reverse())
            {
                int length = OnnxMap.Length(shape, axis);
                place += rest % length * (axis == MapAxis.Channel ? shape.Pixels : axis == MapAxis.Row ? shape.Width : 1);
                rest /= length;
            }

            places[i] = place;
        }

        return (flat, places);
    }

    private InferenceNode Add(string suffix, InferenceOperation operation, params InferenceNode[] inputs)
    {
        string name = suffix.Length == 0 ? _node.Name : $"{_node.Name}.{suffix}";
        return _builder.Add(_names.Of(name), operation, inputs);
    }

    private WeightArray Weights(OnnxTensor tensor, string use, Func<WeightArray> make)
    {
        if (_weights.TryGetValue((tensor, use), out WeightArray? there)) return there;
        return _weights[(tensor, use)] = make();
    }

    private string WeightName(string name) => _weightNames.Of(name.Length > 0 ? name : $"{_node.Name}.weight");

    private float[] Floats(OnnxTensor tensor)
    {
        Make(tensor.Count);
        return [.. tensor.Values.Select(static value => (float)value)];
    }

    private DataException Refused(string what) =>
        new($"The network {what}.", _path, "Export it so that it takes one picture and gives one value per class.");

    private int[] Sides(TensorShapeProto shape)
    {
        var sides = new int[shape.Dim.Count];
        for (int i = 0; i < sides.Length; i++)
        {
            long side = shape.Dim[i].ValueCase == TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue ? shape.Dim[i].DimValue : 0;
            if (i == 0)
            {
                if (side > 1) throw Refused($"takes exactly {side} pictures at once; Pare needs 1 or a free batch");
                side = 1;
            }

            if (side is < 1 or > 1 << 15)
                throw Refused(
                    $"leaves side {i + 1} of its input '{_input}' open or out of range; Pare needs fixed rows, columns and channels");
            sides[i] = (int)side;
        }

        return sides;
    }

    // Exporters from Keras turn the picture first, or reshape it where it has one channel.
    private static bool IsChannelsLast(GraphProto graph, int[] sides)
    {
        if (sides[3] is not (1 or 3)) return false;
        if (sides[1] is not (1 or 3)) return true;
        string value = graph.Input[0].Name;
        foreach (NodeProto node in graph.Node.Where(node => node.Input.Contains(value)))
        {
            if (node.OpType == "Transpose")
                return node.Attribute.Any(static attribute => attribute.Name == "perm" && attribute.Ints.SequenceEqual([0L, 3, 1, 2]));
            if (node.OpType is not ("Cast" or "Identity" or "Mul" or "Add" or "Sub" or "Div" or "QuantizeLinear"
                or "DequantizeLinear"))
                return false;
            value = node.Output[0];
        }

        return false;
    }
}
