using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export;

/// <summary>A lowered network to records and tensors, and back.</summary>
internal static class OperationRecords
{
    public static ModelRecord.OperationRecord[] Of(InferenceGraph graph) =>
        [.. graph.Nodes.Select(static node => Of(node.Operation, node.Name) with
    {
        Name = node.Name,
        Kind = node.Operation.Kind,
        Inputs = node.Inputs.Count == 0 ? null : [.. node.Inputs.Select(static input => input.Name)],
        Range = node.Range is { } range ? [range.Low, range.High] : null,
        SumRange = node.SumRange is { } sums ? [sums.Low, sums.High] : null,
    })];

    /// <summary>The weights, each once, and the scales and shifts.</summary>
    public static IEnumerable<SafetensorsTensor> Tensors(InferenceGraph graph)
    {
        foreach (WeightArray weights in graph.Weights)
            yield return new SafetensorsTensor(WeightsName(weights.Name), weights.Shape, weights.Values.ToArray());
        foreach (InferenceNode node in graph.Nodes)
        {
            if (node.Operation is not LoweredConvolution convolution) continue;
            if (convolution.Scale is { } scale) yield return new SafetensorsTensor(ScaleName(node.Name), [scale.Count], [.. scale]);
            if (convolution.Shift is { } shift) yield return new SafetensorsTensor(ShiftName(node.Name), [shift.Count], [.. shift]);
        }
    }

    /// <summary>Builds the graph again; every shape is checked on the way.</summary>
    /// <exception cref="ArgumentException">Settings or shapes do not fit.</exception>
    /// <exception cref="InvalidDataException">The records are no network; the message says why.</exception>
    public static InferenceGraph ToGraph(ModelRecord.OperationRecord[] records, Preprocessing preprocessing, string[]? classes,
        SafetensorsFile file)
    {
        if (records is not [{ Kind: "input", Shape: [var channels, var height, var width] }, _, ..])
            throw new InvalidDataException("the network has no input");
        var graph = new InferenceGraphBuilder(new Shape(channels, height, width));
        var nodes = new Dictionary<string, InferenceNode>(StringComparer.Ordinal) { [records[0].Name] = graph.Input };
        var weights = new Dictionary<string, WeightArray>(StringComparer.Ordinal);
        foreach (ModelRecord.OperationRecord record in records.AsSpan(1))
        {
            InferenceNode[] inputs =
                [.. (record.Inputs ?? [])
                .Select(name => nodes.TryGetValue(name, out InferenceNode? input) ? input
                : throw new InvalidDataException($"operation '{record.Name}' reads '{name}', which does not come before it"))];
            InferenceNode node = graph.Add(record.Name, ToOperation(record, weights, file), inputs);
            (node.Range, node.SumRange) = (Range(record, record.Range), Range(record, record.SumRange));
            nodes[record.Name] = node;
        }

        return graph.Build(nodes[records[^1].Name], preprocessing, classes);
    }

    private static string WeightsName(string name) => $"weights/{name}";

    private static string ScaleName(string node) => $"scale/{node}";

    private static string ShiftName(string node) => $"shift/{node}";

    private static ModelRecord.OperationRecord Of(InferenceOperation operation, string name) => operation switch
    {
        LoweredInput input => new() { Shape = [input.Shape.Channels, input.Shape.Height, input.Shape.Width] },
        LoweredConvolution convolution => With(With(new(), convolution.Window), convolution.Activation) with
        {
            Groups = convolution.Groups,
            Weights = WeightsName(convolution.Weights.Name),
            Scale = convolution.Scale is null ? null : ScaleName(name),
            Shift = convolution.Shift is null ? null : ShiftName(name),
        },
        LoweredPool pool => With(new(), pool.Window) with { Mode = pool.Mode.ToString() },
        LoweredBlur blur => new() { Filter = blur.Filter, Stride = blur.Stride },
        LoweredAdd add => With(new(), add.Activation),
        LoweredActivation activation => With(new(), activation.Activation),
        LoweredMean or LoweredMultiply or LoweredFlatten or LoweredConcat => new(),
        _ => throw new NotSupportedException($"The operation '{operation.Kind}' cannot be written."),
    };

    private static ModelRecord.OperationRecord With(ModelRecord.OperationRecord record, SlidingWindow window) => record with
    {
        Window = [window.Height, window.Width],
        Strides = [window.StrideY, window.StrideX],
        Dilations = [window.DilationY, window.DilationX],
        Borders = [window.Borders.Top, window.Borders.Left, window.Borders.Bottom, window.Borders.Right],
    };

    private static ModelRecord.OperationRecord With(ModelRecord.OperationRecord record, PointActivation activation) =>
        record with { Function = activation.Function.ToString(), A = activation.A, B = activation.B };

    private static InferenceOperation ToOperation(ModelRecord.OperationRecord record, Dictionary<string, WeightArray> known,
        SafetensorsFile file) => record.Kind switch
        {
            "convolution" => new LoweredConvolution
            {
                Weights = Weights(record, known, file),
                Window = Window(record),
                Groups = record.Groups ?? throw Lacks(record),
                Scale = record.Scale is { } scale ? file[scale].Floats : null,
                Shift = record.Shift is { } shift ? file[shift].Floats : null,
                Activation = Activation(record),
            },
            "max_pool" or "average_pool" =>
            new LoweredPool { Window = Window(record), Mode = Enum.TryParse(record.Mode, out PoolMode mode) ? mode : throw Lacks(record) },
            "blur_pool" => new LoweredBlur(record.Filter ?? throw Lacks(record), record.Stride ?? throw Lacks(record)),
            "global_mean" => new LoweredMean(),
            "add" => new LoweredAdd { Activation = Activation(record) },
            "multiply" => new LoweredMultiply(),
            "activation" => new LoweredActivation(Activation(record)),
            "flatten" => new LoweredFlatten(),
            "concat" => new LoweredConcat(),
            _ => throw new InvalidDataException($"operation '{record.Name}' is a {record.Kind}, which this version does not know"),
        };

    private static WeightArray Weights(ModelRecord.OperationRecord record, Dictionary<string, WeightArray> known, SafetensorsFile file)
    {
        string name = record.Weights ?? throw Lacks(record);
        if (!known.TryGetValue(name, out WeightArray? weights))
            known[name] = weights = new WeightArray(name[(name.IndexOf('/') + 1)..], file[name].Shape, file[name].Floats);
        return weights;
    }

    private static SlidingWindow Window(ModelRecord.OperationRecord record) =>
        record is
        {
            Window: [var height, var width], Strides: [var strideY, var strideX], Dilations: [var dilationY, var dilationX],
            Borders: [var top, var left, var bottom, var right]
        }
            ? new SlidingWindow(height, width)
            {
                StrideY = strideY,
                StrideX = strideX,
                DilationY = dilationY,
                DilationX = dilationX,
                Borders = new Borders(top, left, bottom, right)
            }
            : throw Lacks(record);

    private static PointActivation Activation(ModelRecord.OperationRecord record) =>
        Enum.TryParse(record.Function, out PointFunction function) ? new PointActivation(function, record.A ?? 0, record.B ?? 0)
            : throw Lacks(record);

    private static ValueRange? Range(ModelRecord.OperationRecord record, float[]? ends)
    {
        if (ends is null) return null;
        if (ends is not [var low, var high]) throw Lacks(record);
        var range = new ValueRange(low, high);
        range.Check();
        return range;
    }

    private static InvalidDataException Lacks(ModelRecord.OperationRecord record) =>
        new($"operation '{record.Name}' lacks a setting, or has one that this version does not know");
}
