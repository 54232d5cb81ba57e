using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export.Onnx;

/// <summary>Operators that move no value, or leave all as they are.</summary>
internal sealed partial class OnnxReader
{
    private OnnxMap Flatten()
    {
        OnnxMap map = Bordered();
        int axis = (int)_node.Int("axis", 1);
        axis = axis < 0 ? axis + map.Dims.Length : axis;
        if (axis < 0 || axis > map.Dims.Length) throw _node.Refused($"names axis {axis} of {map.Dims.Length}");
        return map with
        {
            Dims =
            [[.. map.Dims[..axis].SelectMany(static axes => axes)], [.. map.Dims[axis..].SelectMany(static axes => axes)]]
        };
    }

    private OnnxMap Reshape()
    {
        OnnxMap map = Bordered();
        long[] asked = _node.Ints("shape") ?? [.. Required(1).Values.Select(static side => (long)side)];
        long[] sides =
            OnnxAxes.Sides(_node, [.. Enumerable.Range(0, map.Dims.Length).Select(map.Side)], asked, _node.Int("allowzero", 0) != 0);
        return map.Regroup(sides) ?? throw _node.Refused($"reshapes a map to [{string.Join(", ", sides)}], across its channels or rows");
    }

    private OnnxMap Squeeze()
    {
        OnnxMap map = Bordered();
        int[] dims = OnnxAxes.Axes(_node, Constants()) is { } axes
            ? [.. axes.Select(axis => OnnxAxes.Place(_node, axis, map.Dims.Length))]
            : [.. Enumerable.Range(0, map.Dims.Length).Where(dim => map.Dims[dim].Length == 0)];
        if (dims.Any(dim => map.Dims[dim].Length > 0)) throw _node.Refused("squeezes a side that is not 1");
        return map with { Dims = [.. map.Dims.Where((_, dim) => !dims.Contains(dim))] };
    }

    private OnnxMap Unsqueeze()
    {
        OnnxMap map = Bordered();
        long[] axes = OnnxAxes.Axes(_node, Constants()) ?? throw _node.Refused("names no axes");
        var dims = new List<MapAxis[]>(map.Dims);
        foreach (int place in axes.Select(axis => OnnxAxes.Place(_node, axis, map.Dims.Length + axes.Length)).Order())
            dims.Insert(Math.Min(place, dims.Count), []);
        return map with { Dims = [.. dims] };
    }

    private OnnxMap Transpose()
    {
        OnnxMap map = Bordered();
        return map with { Dims = [.. OnnxAxes.Order(_node, map.Dims.Length).Select(from => map.Dims[from])] };
    }

    private OnnxMap Cast()
    {
        long to = _node.Int("to", 0);
        return to is OnnxTypes.Float or OnnxTypes.Double or OnnxTypes.Float16 ? Raw(0)
            : throw _node.Refused($"turns a map into type {to}, which cuts its values");
    }

    private OnnxMap Dropout()
    {
        _node.Float("ratio", 0);
        _node.Int("seed", 0);
        Optional(1);
        return Optional(2) is { } training && Single(training) != 0 ? throw _node.Refused("is in training: it drops values") : Raw(0);
    }

    // A softmax may be reshaped; a border that Pad asked for is laid first.
    private OnnxMap Bordered() => Raw(0) is { IsProbability: true } probability ? probability : Input();
}
