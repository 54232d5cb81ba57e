using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export.Onnx;

/// <summary>Pools, means and borders, and the windows that convolutions and pools slide.</summary>
internal sealed partial class OnnxReader
{
    private OnnxMap Pool(PoolMode mode)
    {
        OnnxMap map = Raw(0);
        if (map.IsProbability) map = Input();
        if (_node.Outputs.Count(static output => output.Length > 0) > 1) throw _node.Refused("gives places, too; Pare knows values only");
        _node.Int("storage_order", 0);
        if (_node.Ints("kernel_shape") is not [var height, var width]) throw _node.Refused("has no kernel of rows and columns");
        InferenceNode input = Planes(map);
        if (map.Mirrored) map = Input();
        bool isPositive = input.Operation
            is LoweredActivation
        {
            Activation: { Function: PointFunction.Relu or PointFunction.Sigmoid or PointFunction.HardSigmoid }
            or { Function: PointFunction.Clip, A: >= 0 }
        };

        // Zeros around the map count in a mean; as the border of a maximum they never win where nothing is negative.
        Borders laid = map.Pads;
        if (!laid.AreEmpty && mode == PoolMode.Max && !isPositive)
        {
            input = Planes(Input());
            laid = default;
        }

        SlidingWindow window = Window(height, width, input.Shape, laid, out bool widened);
        if (!laid.AreEmpty
            && ((mode == PoolMode.Average && window.Borders != laid) || !LoweredPool.MeetsEverywhere(window, input.Shape)))
        {
            // A border of the pool's own around that of zeros, or a window of nothing but border: the zeros are laid first.
            (input, laid) = (Planes(Input()), default);
            window = Window(height, width, input.Shape, laid, out widened);
        }

        if (!laid.AreEmpty && mode == PoolMode.Average) mode = PoolMode.AverageWithBorders;

        if (widened && mode == PoolMode.AverageWithBorders) throw _node.Refused("rounds its size up (ceil_mode) and counts its border");
        return OnnxMap.Of(Add("", new LoweredPool { Window = window, Mode = mode }, input), OnnxMap.ChannelsFirst);
    }

    private OnnxMap GlobalMaxPool()
    {
        InferenceNode input = Planes(Input());
        return OnnxMap.Of(
            Add("", new LoweredPool { Window = new SlidingWindow(input.Shape.Height, input.Shape.Width), Mode = PoolMode.Max }, input),
            OnnxMap.ChannelsFirst);
    }

    private OnnxMap Mean()
    {
        OnnxMap map = Input();
        long[]? named = OnnxAxes.Axes(_node, Constants());
        bool keep = _node.Int("keepdims", 1) != 0;
        if (named is null or [] && _node.Int("noop_with_empty_axes", 0) != 0) return map;
        int[] dims =
            [.. (named is { Length: > 0 } ? named : [.. Enumerable.Range(0, map.Dims.Length).Select(static dim => (long)dim)])
            .Select(axis => OnnxAxes.Place(_node, axis, map.Dims.Length))];
        MapAxis[] taken = [.. dims.SelectMany(dim => map.Dims[dim])];
        MapAxis[] spatial = [.. map.Order().Where(static axis => axis != MapAxis.Channel)];
        if (taken.Contains(MapAxis.Channel) || (taken.Length > 0 && !spatial.All(taken.Contains)))
            throw _node.Refused("takes the mean over something else than all rows and columns");
        InferenceNode node = taken.Length == 0 ? map.Node : Add("", new LoweredMean(), map.Node);
        return new OnnxMap(node,
            [.. map.Dims.Select((axes, dim) => dims.Contains(dim) ? [] : axes).Where((_, dim) => keep || !dims.Contains(dim))]);
    }

    private OnnxMap Pad()
    {
        OnnxMap map = Input();
        string mode = _node.Text("mode", "constant");
        if (mode is not ("constant" or "reflect")) throw _node.Refused($"lays a border of kind '{mode}' around a map");
        double fill = _node.Has("value") ? _node.Float("value", 0) : mode == "constant" && Optional(2) is { } value ? Single(value) : 0;
        if (fill != 0) throw _node.Refused(Invariant($"lays a border of {fill} around a map; Pare knows zeros"));
        long[] pads = _node.Ints("pads") ?? [.. Required(1).Values.Select(static side => (long)side)];
        int rank = map.Dims.Length;
        if (Optional(3) is { } axes)
        {
            if (pads.Length != 2 * axes.Count) throw _node.Refused("names other axes than it has borders for");
            var all = new long[2 * rank];
            for (int i = 0; i < axes.Count; i++)
            {
                int place = OnnxAxes.Place(_node, (long)axes.Values[i], rank);
                (all[place], all[rank + place]) = (pads[i], pads[axes.Count + i]);
            }

            pads = all;
        }

        bool first = map.Is(OnnxMap.ChannelsFirst);
        if (pads.Length != 2 * rank || rank != 4 || (!first && !map.Is(OnnxMap.ChannelsLast)))
            throw _node.Refused("lays a border around a map that was turned or regrouped");
        (int row, int column, int channel) = first ? (2, 3, 1) : (1, 2, 3);
        if (pads.Any(static pad => pad is < 0 or > 1 << 14) || pads[0] + pads[rank] + pads[channel] + pads[rank + channel] != 0)
            throw _node.Refused("cuts a map, or adds channels or images");
        return map with
        {
            Pads = new Borders((int)pads[row], (int)pads[column], (int)pads[rank + row], (int)pads[rank + column]),
            Mirrored = mode == "reflect" && pads.Any(static pad => pad > 0)
        };
    }

    // The window of a convolution or a pool with its own borders and those that were laid before it.
    private SlidingWindow Window(long height, long width, Shape map, Borders laid, out bool widened)
    {
        long[] strides = Pair("strides"), dilations = Pair("dilations");
        string auto = _node.Text("auto_pad", "NOTSET");
        long[] pads = _node.Ints("pads") ?? [0, 0, 0, 0];
        bool ceil = _node.Operator != "Conv" && _node.Int("ceil_mode", 0) != 0;
        if (pads.Length != 4) throw _node.Refused($"has {pads.Length} pads");
        const int most = 1 << 14;
        if (strides.Concat(dilations).Concat([height, width]).Any(static value => value is < 1 or > most)
            || pads.Any(static value => value is < 0 or > most))
            throw _node.Refused("has a kernel, stride, dilation or padding that is out of range");
        widened = false;
        (long top, long bottom, bool rows) = Along(map.Height + laid.Top + laid.Bottom, height, strides[0], dilations[0], pads[0], pads[2]);
        (long left, long right, bool columns) =
            Along(map.Width + laid.Left + laid.Right, width, strides[1], dilations[1], pads[1], pads[3]);
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
                case "SAME_UPPER" or "SAME_LOWER" when _node.Operator != "Conv" && dilation > 1:
                    throw _node.Refused($"pads by '{auto}' a window with gaps, which programs do in different ways");
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
            // A window that would begin behind the map is left out.
            return side + before + wider - span >= side + before ? (before, after, false) : (before, wider, true);
        }

        long[] Pair(string name) => _node.Ints(name) switch
        {
            null => [1, 1],
            [var y, var x] => [y, x],
            var other => throw _node.Refused($"has {other.Length} {name}"),
        };
    }
}
