namespace Pare.Export.Onnx;

/// <summary>Computes what does not depend on the image: the shapes and small sums that exporters leave in a file.</summary>
/// <param name="node">A node.</param>
/// <param name="inputs">Its inputs, all constant; null for those that are left out.</param>
/// <param name="path">The file, for data beside it.</param>
/// <param name="most">The most values that the result may have.</param>
internal sealed class OnnxConstants(OnnxNode node, IReadOnlyList<OnnxTensor?> inputs, string path, long most)
{
    // Whole numbers up to here are exact in doubles.
    private const double MostExact = 1L << 53;

    private readonly string _name = node.Outputs[0];

    /// <summary>The result of the node; null for an operator that is not among these.</summary>
    public OnnxTensor? Fold()
    {
        OnnxTensor? result = node.Operator switch
        {
            "Identity" => Input(0) with { Name = _name },
            "Cast" => Cast(Input(0)),
            "Add" => Pairwise(static (a, b) => a + b),
            "Sub" => Pairwise(static (a, b) => a - b),
            "Mul" => Pairwise(static (a, b) => a * b),
            "Div" => Pairwise(Input(0).IsWhole && Input(1).IsWhole ? static (a, b) => Math.Truncate(a / b) : static (a, b) => a / b),
            "Reshape" => Reshape(Input(0), [.. Input(1).Values.Select(static side => (long)side)], node.Int("allowzero", 0) != 0),
            "Transpose" => Transpose(Input(0)),
            "Squeeze" or "Unsqueeze" => Squeeze(Input(0)),
            "Concat" => Concat(),
            "Gather" => Gather(Input(0), Input(1)),
            "Slice" => Slice(),
            "ConstantOfShape" => Filled(),
            "Shape" => Shape(Input(0)),
            "QuantizeLinear" => Quantized(),
            "DequantizeLinear" => Steps(static (value, step, zero) => (float)(value - zero) * (float)step, Input(1).Type),
            _ => null,
        };
        return result is null || result.Values.All(double.IsFinite) ? result
            : throw node.Refused("computes a constant that is no finite number");
    }

    private OnnxTensor Input(int index) =>
        inputs.Count > index && inputs[index] is { } found ? found : throw node.Refused($"lacks its input {index + 1}");

    // One step for all, or one for each place along an axis.
    private OnnxTensor Steps(Func<double, double, double, double> of, int type)
    {
        (OnnxTensor tensor, OnnxTensor steps) = (Input(0), Input(1));
        OnnxTensor? zeros = inputs.Count > 2 ? inputs[2] : null;
        long axis = node.Int("axis", 1);
        node.Int("saturate", 1);
        if (steps.IsWhole) throw node.Refused("has scales that are whole numbers");
        if (node.Operator == "DequantizeLinear" && tensor.Type is not (OnnxTypes.Int8 or OnnxTypes.UInt8 or OnnxTypes.Int32))
            throw node.Refused("takes a constant that is not of int8, uint8 or int32");
        int place = steps.Count == 1 ? 0 : OnnxAxes.Place(node, axis, tensor.Dims.Length);
        int side = steps.Count == 1 ? 1 : tensor.Dims[place], each = steps.Count == 1 ? 1 : Count(tensor.Dims.AsSpan(place + 1));
        if (steps.Dims.Length > 1 || steps.Count != side || (zeros is not null && zeros.Count != side))
            throw node.Refused($"has {steps.Count} scales and {zeros?.Count ?? steps.Count} zero points for {side}");
        return Rounded(new OnnxTensor(_name, tensor.Dims, [.. tensor.Values.Select((value, i) =>
            of(value, steps.Values[i / each % side], zeros?.Values[i / each % side] ?? 0))], type));
    }

    private OnnxTensor Quantized()
    {
        int type = inputs.Count > 2 && inputs[2] is { } zeros ? zeros.Type : OnnxTypes.UInt8;
        (double low, double high) = type switch
        {
            OnnxTypes.Int8 => (-128.0, 127.0),
            OnnxTypes.UInt8 => (0.0, 255.0),
            _ => throw node.Refused("rounds to integers that are not of 8 bits"),
        };
        return Steps((value, step, zero) => Math.Clamp(Math.Round((float)value / (float)step) + zero, low, high), type);
    }

    private OnnxTensor Shape(OnnxTensor tensor)
    {
        int[] sides = OnnxAxes.ShapeOf(node, tensor.Dims);
        return new OnnxTensor(_name, [sides.Length], [.. sides.Select(static side => (double)side)], OnnxTypes.Int64);
    }

    private OnnxTensor Cast(OnnxTensor tensor)
    {
        long to = node.Int("to", 0);
        if (to is not (OnnxTypes.Int32 or OnnxTypes.Int64 or OnnxTypes.Float or OnnxTypes.Float16 or OnnxTypes.Double))
            throw node.Refused($"turns a constant into type {to}, which cuts its values");
        return to == tensor.Type ? tensor with { Name = _name } : Rounded(new OnnxTensor(_name, tensor.Dims, tensor.Values, (int)to));
    }

    // What was computed as the numbers of its type: a sum of floats is rounded to one.
    private OnnxTensor Rounded(OnnxTensor tensor)
    {
        double[] values = tensor.Type switch
        {
            OnnxTypes.Float => [.. tensor.Values.Select(static value => (double)(float)value)],
            OnnxTypes.Float16 => [.. tensor.Values.Select(static value => (double)(Half)value)],
            OnnxTypes.Double => tensor.Values,
            _ => [.. tensor.Values.Select(Math.Truncate)],
        };
        return Exact(tensor with { Values = values });
    }

    private OnnxTensor Exact(OnnxTensor tensor)
    {
        double largest = tensor.Type == OnnxTypes.Int32 ? int.MaxValue : MostExact;
        return !tensor.IsWhole || tensor.Values.All(value => Math.Abs(value) <= largest) ? tensor
            : throw node.Refused("computes with whole numbers that their type does not hold, or that are too large to be exact");
    }

    private OnnxTensor Pairwise(Func<double, double, double> of)
    {
        (OnnxTensor a, OnnxTensor b) = (Exact(Input(0)), Exact(Input(1)));
        if (a.Type != b.Type) throw node.Refused("meets constants of two types");
        int rank = Math.Max(a.Dims.Length, b.Dims.Length);
        int[] left = Ranked(a), right = Ranked(b), dims = new int[rank];
        for (int i = 0; i < rank; i++)
        {
            dims[i] = left[i] == 1 ? right[i] : left[i];
            if (right[i] != 1 && right[i] != dims[i])
                throw node.Refused(
                    $"meets constants of [{string.Join(", ", a.Dims)}] and [{string.Join(", ", b.Dims)}], which do not fit");
        }

        var values = new double[Count(dims)];
        for (int i = 0; i < values.Length; i++) values[i] = of(a.Values[At(i, dims, left)], b.Values[At(i, dims, right)]);
        return Rounded(new OnnxTensor(_name, dims, values, a.Type));

        int[] Ranked(OnnxTensor tensor) => [.. Enumerable.Repeat(1, rank - tensor.Dims.Length), .. tensor.Dims];
    }

    private OnnxTensor Reshape(OnnxTensor tensor, long[] sides, bool zeroIsZero) =>
        new(_name, [.. OnnxAxes.Sides(node, tensor.Dims, sides, zeroIsZero).Select(static side => (int)side)], tensor.Values, tensor.Type);

    private OnnxTensor Transpose(OnnxTensor tensor)
    {
        int rank = tensor.Dims.Length;
        int[] order = OnnxAxes.Order(node, rank);
        int[] dims = [.. order.Select(from => tensor.Dims[from])], strides = Strides(tensor.Dims);
        var values = new double[tensor.Count];
        for (int i = 0; i < values.Length; i++)
        {
            int rest = i, from = 0;
            for (int d = rank - 1; d >= 0; d--)
            {
                from += rest % dims[d] * strides[order[d]];
                rest /= dims[d];
            }

            values[i] = tensor.Values[from];
        }

        return new OnnxTensor(_name, dims, values, tensor.Type);
    }

    private OnnxTensor Squeeze(OnnxTensor tensor)
    {
        bool adds = node.Operator == "Unsqueeze";
        long[]? axes = OnnxAxes.Axes(node, inputs);
        int rank = tensor.Dims.Length + (adds ? axes?.Length ?? 0 : 0);
        var dims = new List<int>(tensor.Dims);
        int[] places = axes is null ? [.. Enumerable.Range(0, rank).Where(i => dims[i] == 1)]
            : [.. axes.Select(axis => OnnxAxes.Place(node, axis, rank)).Order()];
        if (adds) foreach (int place in places) dims.Insert(place, 1);
        else foreach (int place in places.Reverse()) dims.RemoveAt(place);
        if (Count([.. dims]) != tensor.Count) throw node.Refused("squeezes a side that is not 1");
        return new OnnxTensor(_name, [.. dims], tensor.Values, tensor.Type);
    }

    private OnnxTensor Concat()
    {
        OnnxTensor[] parts = [.. Enumerable.Range(0, inputs.Count).Select(Input)];
        int rank = parts[0].Dims.Length, axis = OnnxAxes.Place(node, node.Int("axis", 0), rank);
        if (parts.Any(part => part.Type != parts[0].Type || part.Dims.Length != rank
            || part.Dims.Where((side, i) => i != axis && side != parts[0].Dims[i]).Any()))
            throw node.Refused("puts constants together that do not fit");
        int before = Count(parts[0].Dims.AsSpan(0, axis));
        int[] dims = [.. parts[0].Dims];
        dims[axis] = (int)Math.Min(parts.Sum(part => (long)part.Dims[axis]), int.MaxValue);
        var values = new List<double>(Count(dims));
        for (int i = 0; i < before; i++)
        {
            foreach (OnnxTensor part in parts)
            {
                int each = part.Count / Math.Max(1, before);
                values.AddRange(part.Values.AsSpan(i * each, each));
            }
        }

        return new OnnxTensor(_name, dims, [.. values], parts[0].Type);
    }

    private OnnxTensor Gather(OnnxTensor data, OnnxTensor indices)
    {
        int axis = OnnxAxes.Place(node, node.Int("axis", 0), data.Dims.Length), side = data.Dims[axis];
        int before = Count(data.Dims.AsSpan(0, axis)), after = Count(data.Dims.AsSpan(axis + 1));
        var values = new double[Count([before, indices.Count, after])];
        for (int b = 0; b < before; b++)
        {
            for (int i = 0; i < indices.Count; i++)
            {
                int index = (int)indices.Values[i] < 0 ? (int)indices.Values[i] + side : (int)indices.Values[i];
                if (index < 0 || index >= side) throw node.Refused($"takes number {index} of {side}");
                data.Values.AsSpan(((b * side) + index) * after, after).CopyTo(values.AsSpan(((b * indices.Count) + i) * after));
            }
        }

        return new OnnxTensor(_name, [.. data.Dims[..axis], .. indices.Dims, .. data.Dims[(axis + 1)..]], values, data.Type);
    }

    private OnnxTensor Slice()
    {
        OnnxTensor data = Input(0);
        int rank = data.Dims.Length;
        long[] starts = Setting(1, "starts") ?? Input(1).Whole(), ends = Setting(2, "ends") ?? Input(2).Whole();
        long[] axes = Setting(3, "axes") ?? [.. Enumerable.Range(0, starts.Length).Select(static axis => (long)axis)];
        long[] steps = Setting(4, "steps") ?? [.. Enumerable.Repeat(1L, starts.Length)];
        if (starts.Length > rank || ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length
            || steps.Contains(0))
            throw node.Refused("cuts a constant by settings that do not fit together");

        // The places that are kept along each axis.
        int[][] kept = [.. data.Dims.Select(static side => Enumerable.Range(0, side).ToArray())];
        for (int i = 0; i < starts.Length; i++)
        {
            int axis = OnnxAxes.Place(node, axes[i], rank), side = data.Dims[axis];
            long step = steps[i], low = step > 0 ? 0 : -1, high = step > 0 ? side : side - 1;
            long from = Math.Clamp(starts[i] < 0 ? starts[i] + side : starts[i], Math.Max(0, low), Math.Max(0, high));
            long to = Math.Clamp(ends[i] < 0 ? ends[i] + side : ends[i], low, high);
            var places = new List<int>();
            for (long at = from; step > 0 ? at < to : at > to; at += step) places.Add((int)at);
            kept[axis] = side == 0 ? [] : [.. places];
        }

        int[] dims = [.. kept.Select(static places => places.Length)], strides = Strides(data.Dims);
        var values = new double[Count(dims)];
        for (int i = 0; i < values.Length; i++)
        {
            int rest = i, at = 0;
            for (int d = rank - 1; d >= 0; d--)
            {
                at += kept[d][rest % dims[d]] * strides[d];
                rest /= dims[d];
            }

            values[i] = data.Values[at];
        }

        return new OnnxTensor(_name, dims, values, data.Type);

        long[]? Setting(int index, string attribute) =>
            node.Ints(attribute) ?? (inputs.Count > index && inputs[index] is { } given ? given.Whole() : null);
    }

    // Zeros, or one value again and again.
    private OnnxTensor Filled()
    {
        OnnxTensor value = node.Tensor("value") is { } given ? OnnxTensor.Of(given, path)
            : new OnnxTensor(_name, [1], [0], OnnxTypes.Float);
        if (value.Count != 1) throw node.Refused("repeats something else than one value");
        long[] asked = Input(0).Whole();
        if (asked.Any(static side => side is < 0 or >= int.MaxValue))
            throw node.Refused("makes a constant of sides that are out of range");
        int[] dims = [.. asked.Select(static side => (int)side)];
        return new OnnxTensor(_name, dims, [.. Enumerable.Repeat(value.Values[0], Count(dims))], value.Type);
    }

    private int Count(ReadOnlySpan<int> dims)
    {
        long count = 1;
        foreach (int side in dims)
        {
            if ((count *= side) > most) throw node.Refused("computes a constant of more values than a small classifier needs");
        }

        return (int)count;
    }

    private static int[] Strides(int[] dims)
    {
        var strides = new int[dims.Length];
        for (int i = dims.Length - 1, stride = 1; i >= 0; stride *= dims[i--]) strides[i] = stride;
        return strides;
    }

    // Where value number i of a larger array is in one whose sides of 1 serve all.
    private static int At(int i, int[] dims, int[] own)
    {
        int at = 0, stride = 1;
        for (int d = dims.Length - 1; d >= 0; d--)
        {
            int place = i % dims[d];
            i /= dims[d];
            if (own[d] != 1) at += place * stride;
            stride *= own[d];
        }

        return at;
    }
}
